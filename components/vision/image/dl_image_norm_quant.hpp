/**
 * @file dl_image_norm_quant.hpp
 * Normalization and quantization of a channel by a table with an entry for each of its 256 values.
 */
#pragma once

#include <array>
#include <concepts>
#include <cstdint>

#include "dl_image_define.hpp"
#include "dl_tensor_base.hpp"
#include "esp_heap_caps.h"

namespace dl {
namespace image {

/** The tables of some channels, in one block of the board's memory. */
template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
class NormQuantTables {
public:
    using QT = QuantType;

    NormQuantTables(const float *mean, const float *std, int channels, int exp);
    NormQuantTables(const NormQuantTables &other);
    NormQuantTables(NormQuantTables &&other) noexcept;
    NormQuantTables &operator=(const NormQuantTables &other);
    NormQuantTables &operator=(NormQuantTables &&other) noexcept;
    ~NormQuantTables() { heap_caps_free(m_lut_32); }

    /**
     * Can the tables be read? Not if a standard deviation is 0 or not a number, or if memory was missing: a log line
     * has said so.
     */
    bool valid() const { return m_lut_32 != nullptr; }

    QuantType norm_quant_chn1(uint8_t value) const { return m_lut1[value]; }

    QuantType *m_lut1 = nullptr;
    QuantType *m_lut2 = nullptr;
    QuantType *m_lut3 = nullptr;
    int *m_lut_32 = nullptr;  ///< the values of all tables as int, one channel after the other

private:
    void allocate();
    void swap(NormQuantTables &other) noexcept;

    int m_channels = 0;
};

extern template class NormQuantTables<int8_t>;
extern template class NormQuantTables<int16_t>;

/**
 * A value v of channel c becomes round((v - mean[c]) * (1 / std[c]) * 2^-exp), rounded by the target's rule and
 * saturated.
 */
template <typename QuantType, int Channels>
struct NormQuant;

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
struct NormQuant<QuantType, 3> : NormQuantTables<QuantType> {
    NormQuant(const std::array<float, 3> &mean, const std::array<float, 3> &std, int exp)
        : NormQuantTables<QuantType>(mean.data(), std.data(), 3, exp) {}

    QuantType norm_quant_chn2(uint8_t value) const { return this->m_lut2[value]; }
    QuantType norm_quant_chn3(uint8_t value) const { return this->m_lut3[value]; }
};

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
struct NormQuant<QuantType, 1> : NormQuantTables<QuantType> {
    NormQuant(float mean, float std, int exp) : NormQuantTables<QuantType>(&mean, &std, 1, exp) {}
};

}  // namespace image
}  // namespace dl
