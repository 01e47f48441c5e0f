#include "dl_mfcc.hpp"

#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_mfcc";

namespace dl {
namespace audio {

namespace {
constexpr double PI = 3.14159265358979323846;
}

MFCC::MFCC(const SpeechFeatureConfig config, uint32_t caps) : Fbank(config, caps) {
    const int rows = m_config.num_ceps;
    const int columns = m_config.num_mel_bins;
    m_config.use_power = true;
    m_config.use_log_fbank = 1;
    m_feature_dim = rows + (m_config.use_energy ? 1 : 0);
    if (!m_ready) {
        return;
    }
    m_ready = false;
    if (rows < 1 || rows > columns) {
        ESP_LOGE(TAG, "%d coefficients of %d filters: 1 to %d are possible", rows, columns, columns);
        return;
    }
    m_transform = static_cast<float *>(heap_caps_malloc(sizeof(float) * rows * columns, caps));
    m_mel = static_cast<float *>(heap_caps_malloc(sizeof(float) * columns, caps));
    if (!m_transform || !m_mel) {
        ESP_LOGE(TAG, "no memory for a transform of %d x %d", rows, columns);
        return;
    }
    const double q = m_config.cepstral_lifter;
    for (int k = 0; k < rows; k++) {
        const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / columns);
        const double lifter = q != 0 ? 1 + 0.5 * q * std::sin(PI * k / q) : 1;
        for (int n = 0; n < columns; n++) {
            m_transform[static_cast<size_t>(k) * columns + n] =
                static_cast<float>(lifter * scale * std::cos(PI / columns * (n + 0.5) * k));
        }
    }
    m_ready = true;
}

MFCC::~MFCC() {
    heap_caps_free(m_transform);
    heap_caps_free(m_mel);
}

void MFCC::features(float *spectrum, float energy, float *output) {
    if (m_config.use_energy) {
        *output++ = energy;
    }
    mel_energies(spectrum, m_mel);
    const float *row = m_transform;
    for (int k = 0; k < m_config.num_ceps; k++, row += m_config.num_mel_bins) {
        float sum = 0;
        for (int n = 0; n < m_config.num_mel_bins; n++) {
            sum += row[n] * m_mel[n];
        }
        output[k] = sum;
    }
}

}  // namespace audio
}  // namespace dl
