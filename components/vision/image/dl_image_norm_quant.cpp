#include "dl_image_norm_quant.hpp"

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstring>
#include <utility>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "esp_log.h"

static const char *TAG = "dl_image_norm_quant";

namespace dl {
namespace image {

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
void NormQuantTables<QuantType>::allocate() {
    const size_t values = 256 * static_cast<size_t>(m_channels);
    const size_t bytes = values * (sizeof(int) + sizeof(QuantType));
    m_lut_32 = static_cast<int *>(heap_caps_aligned_alloc(16, bytes, MALLOC_CAP_DEFAULT));
    if (!m_lut_32) {
        ESP_LOGE(TAG, "no memory for the tables of %d channels: %zu bytes needed", m_channels, bytes);
        return;
    }
    m_lut1 = reinterpret_cast<QuantType *>(m_lut_32 + values);
    m_lut2 = m_channels == 3 ? m_lut1 + 256 : nullptr;
    m_lut3 = m_channels == 3 ? m_lut1 + 512 : nullptr;
}

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
NormQuantTables<QuantType>::NormQuantTables(const float *mean, const float *std, int channels, int exp)
    : m_channels(channels) {
    for (int channel = 0; channel < channels; channel++) {
        if (!std::isfinite(mean[channel]) || !std::isfinite(std[channel]) || std[channel] == 0) {
            ESP_LOGE(TAG, "channel %d: mean %g and standard deviation %g: numbers are needed, the latter not 0",
                     channel, static_cast<double>(mean[channel]), static_cast<double>(std[channel]));
            return;
        }
    }
    allocate();
    if (!valid()) {
        return;
    }
    // The smallest int cannot be negated. Its neighbour takes its place: the scale is infinite for both.
    const float inv_scale = DL_RESCALE(std::max(exp, -INT_MAX));
    for (int channel = 0; channel < channels; channel++) {
        const float inv_std = 1.f / std[channel];
        for (int v = 0; v < 256; v++) {
            const QuantType quantized =
                quantize<QuantType>((static_cast<float>(v) - mean[channel]) * inv_std, inv_scale);
            m_lut1[256 * channel + v] = quantized;
            m_lut_32[256 * channel + v] = quantized;
        }
    }
}

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
NormQuantTables<QuantType>::NormQuantTables(const NormQuantTables &other) : m_channels(other.m_channels) {
    if (other.valid()) {
        allocate();
    }
    if (valid()) {
        std::memcpy(m_lut_32, other.m_lut_32,
                    256 * static_cast<size_t>(m_channels) * (sizeof(int) + sizeof(QuantType)));
    }
}

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
NormQuantTables<QuantType>::NormQuantTables(NormQuantTables &&other)
noexcept {
    swap(other);
}

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t> NormQuantTables<QuantType>
&NormQuantTables<QuantType>::operator=(const NormQuantTables &other) {
    NormQuantTables copy(other);
    swap(copy);
    return *this;
}

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t> NormQuantTables<QuantType>
&NormQuantTables<QuantType>::operator=(NormQuantTables &&other) noexcept {
    swap(other);
    return *this;
}

template <typename QuantType>
requires std::same_as<QuantType, int8_t> || std::same_as<QuantType, int16_t>
void NormQuantTables<QuantType>::swap(NormQuantTables &other) noexcept {
    std::swap(m_lut1, other.m_lut1);
    std::swap(m_lut2, other.m_lut2);
    std::swap(m_lut3, other.m_lut3);
    std::swap(m_lut_32, other.m_lut_32);
    std::swap(m_channels, other.m_channels);
}

template class NormQuantTables<int8_t>;
template class NormQuantTables<int16_t>;

}  // namespace image
}  // namespace dl
