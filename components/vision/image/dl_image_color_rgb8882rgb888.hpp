/**
 * @file dl_image_color_rgb8882rgb888.hpp
 * RGB888 and BGR888 to RGB888 and BGR888, as bytes and quantized.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_norm_quant.hpp"

namespace dl {
namespace image {

namespace pixel_detail {

/** Store a pixel's three channels: as they are (void), or through the tables of a NormQuant. */
template <typename ExtraProcess>
struct Store888;

template <>
struct Store888<void> {
    static constexpr int dst_step = 3;
    void store(const Channels &c, uint8_t *dst) const {
        dst[0] = c.c1;
        dst[1] = c.c2;
        dst[2] = c.c3;
    }
};

template <typename T>
struct Store888<NormQuant<T, 3>> {
    using QuantType = T;
    static constexpr int dst_step = 3 * sizeof(T);
    const NormQuant<T, 3> &m_extra_process;

    Store888(const NormQuant<T, 3> &extra_process)
        : m_extra_process(extra_process),
          m_table1(extra_process.m_lut1),
          m_table2(extra_process.m_lut2),
          m_table3(extra_process.m_lut3) {}
    void store(const Channels &c, uint8_t *dst) const {
        const T values[3] = {m_table1[c.c1], m_table2[c.c2], m_table3[c.c3]};
        std::memcpy(dst, values, sizeof(values));
    }

private:
    // Copies of the pointers: read through the reference, they would have to be loaded again after each store into dst.
    const T *m_table1;
    const T *m_table2;
    const T *m_table3;
};

}  // namespace pixel_detail

/** @tparam RGBSwap source and destination have their channels in different orders
 * @tparam ExtraProcess void, or NormQuant<int8_t, 3>, NormQuant<int16_t, 3>: given to the constructor */
template <bool RGBSwap, typename ExtraProcess = void>
struct RGB8882RGB888 : pixel_detail::Store888<ExtraProcess>,
                       pixel_detail::Sixteens<RGB8882RGB888<RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 3;
    static constexpr int pixels = 1;
    using pixel_detail::Store888<ExtraProcess>::Store888;
    void operator()(const uint8_t *src, uint8_t *dst) const { this->store(pixel_detail::load888<RGBSwap>(src), dst); }
};

}  // namespace image
}  // namespace dl
