/**
 * @file dl_image_color_gray2gray.hpp
 * Grey pixels, as bytes and quantized.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_norm_quant.hpp"

namespace dl {
namespace image {

namespace pixel_detail {

/** Store a grey value: as it is (void), or through the table of a NormQuant. */
template <typename ExtraProcess>
struct StoreGray;

template <>
struct StoreGray<void> {
    static constexpr int dst_step = 1;
    void store(uint8_t gray, uint8_t *dst) const { *dst = gray; }
};

template <typename T>
struct StoreGray<NormQuant<T, 1>> {
    using QuantType = T;
    static constexpr int dst_step = sizeof(T);
    const NormQuant<T, 1> &m_extra_process;

    StoreGray(const NormQuant<T, 1> &extra_process) : m_extra_process(extra_process), m_table(extra_process.m_lut1) {}
    void store(uint8_t gray, uint8_t *dst) const { std::memcpy(dst, &m_table[gray], sizeof(T)); }

private:
    const T *m_table;  // a copy of the pointer: read through the reference, it would have to be loaded again after each
                       // store into dst
};

}  // namespace pixel_detail

/** @tparam ExtraProcess void, or NormQuant<int8_t, 1>, NormQuant<int16_t, 1>: given to the constructor */
template <typename ExtraProcess = void>
struct Gray2Gray : pixel_detail::StoreGray<ExtraProcess>, pixel_detail::Sixteens<Gray2Gray<ExtraProcess>> {
    static constexpr int src_step = 1;
    static constexpr int pixels = 1;
    using pixel_detail::StoreGray<ExtraProcess>::StoreGray;
    void operator()(const uint8_t *src, uint8_t *dst) const { this->store(*src, dst); }
};

}  // namespace image
}  // namespace dl
