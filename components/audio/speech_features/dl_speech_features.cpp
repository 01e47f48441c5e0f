#include "dl_speech_features.hpp"

#include <algorithm>
#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_audio";

namespace dl {
namespace audio {

void print_speech_feature_config(const SpeechFeatureConfig &config) {
    ESP_LOGI(TAG, "sample_rate: %d, frame_length: %d ms, frame_shift: %d ms, window: %s", config.sample_rate,
             config.frame_length, config.frame_shift, win_type_to_string(config.window_type));
    ESP_LOGI(TAG, "num_mel_bins: %d, num_ceps: %d, cepstral_lifter: %g, low_freq: %g, high_freq: %g",
             config.num_mel_bins, config.num_ceps, config.cepstral_lifter, config.low_freq, config.high_freq);
    ESP_LOGI(TAG,
             "preemphasis: %g, log_epsilon: %g, use_log_fbank: %d, raw_energy: %d, use_power: %d, use_energy: %d, "
             "remove_dc_offset: %d",
             config.preemphasis, config.log_epsilon, config.use_log_fbank, config.raw_energy, config.use_power,
             config.use_energy, config.remove_dc_offset);
}

SpeechFeatureBase::SpeechFeatureBase(const SpeechFeatureConfig config, uint32_t caps) : m_config(config), m_caps(caps) {
    constexpr int64_t LONGEST = 1 << 20;  // most samples of a frame
    if (m_config.high_freq <= 0) {
        m_config.high_freq = m_config.sample_rate / 2.0f;
    }
    const int64_t length = static_cast<int64_t>(config.frame_length) * config.sample_rate / 1000;
    const int64_t step = static_cast<int64_t>(config.frame_shift) * config.sample_rate / 1000;
    if (config.sample_rate <= 0 || length < 2 || length > LONGEST || step < 1 || step > INT32_MAX ||
        !(config.preemphasis >= 0 && config.preemphasis < 1) || !(config.log_epsilon > 0)) {
        ESP_LOGE(TAG, "settings cannot be used:");
        print_speech_feature_config(config);
        return;
    }
    m_win_len = static_cast<int>(length);
    m_win_step = static_cast<int>(step);
    m_fft_size = static_cast<int>(next_power_of_2(static_cast<uint32_t>(length)));
    m_cache = static_cast<float *>(heap_caps_aligned_alloc(16, sizeof(float) * m_fft_size, caps));
    m_window = win_func_init(config.window_type, m_win_len, caps);
    m_fft = dl_rfft_f32_init(m_fft_size, caps);
    m_ready = m_cache && m_fft && (m_window || config.window_type == WinType::NONE);
    if (!m_ready) {
        ESP_LOGE(TAG, "no memory for frames of %d samples", m_win_len);
    }
}

SpeechFeatureBase::~SpeechFeatureBase() {
    heap_caps_free(m_window);
    heap_caps_free(m_cache);
    dl_rfft_f32_deinit(m_fft);
}

void SpeechFeatureBase::features(float *, float, float *) {}

void SpeechFeatureBase::take_log(float *x, int n) const {
    for (int i = 0; i < n; i++) {
        if (m_config.use_log_fbank == 1) {
            x[i] = std::log(std::max(x[i], m_config.log_epsilon));
        } else if (m_config.use_log_fbank == 2) {
            x[i] = std::log(x[i] + m_config.log_epsilon);
        }
    }
}

esp_err_t SpeechFeatureBase::process_cache(int win_len, float *output) {
    if (m_config.remove_dc_offset) {
        remove_dc_offset(m_cache, win_len);
    }
    float energy = 0;
    if (m_config.raw_energy) {
        energy = compute_energy(m_cache, win_len, m_config.log_epsilon);
    }
    apply_preemphasis(m_cache, win_len, m_config.preemphasis, m_cache[0]);
    apply_window(m_cache, win_len, m_window);
    if (!m_config.raw_energy) {
        energy = compute_energy(m_cache, win_len, m_config.log_epsilon);
    }
    std::fill(m_cache + win_len, m_cache + m_fft_size, 0.f);
    dl_rfft_f32_run(m_fft, m_cache);
    compute_spectrum(m_cache, m_fft_size, m_config.use_power);
    features(m_cache, energy, output);
    return ESP_OK;
}

esp_err_t SpeechFeatureBase::process_frame(const float *input, int win_len, float *output, float) {
    if (!m_ready) {
        return ESP_ERR_INVALID_STATE;
    }
    if (!input || !output || win_len != m_win_len) {
        return ESP_ERR_INVALID_ARG;
    }
    std::copy(input, input + win_len, m_cache);
    return process_cache(win_len, output);
}

esp_err_t SpeechFeatureBase::process_frame(const int16_t *input, int win_len, float *output, int16_t) {
    if (!m_ready) {
        return ESP_ERR_INVALID_STATE;
    }
    if (!input || !output || win_len != m_win_len) {
        return ESP_ERR_INVALID_ARG;
    }
    std::transform(input, input + win_len, m_cache, [](int16_t sample) { return sample / 32768.0f; });
    return process_cache(win_len, output);
}

template <typename T>
esp_err_t SpeechFeatureBase::process_all(const T *input, int input_len, float *output) {
    const int frames = get_frame_num(input_len, m_win_len, m_win_step);
    if (!m_ready) {
        return ESP_ERR_INVALID_STATE;
    }
    if (!input || !output || frames == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    for (int i = 0; i < frames; i++) {
        const esp_err_t err = process_frame(input + static_cast<size_t>(i) * m_win_step, m_win_len,
                                            output + static_cast<size_t>(i) * m_feature_dim);
        if (err != ESP_OK) {
            return err;
        }
    }
    return ESP_OK;
}

esp_err_t SpeechFeatureBase::process(const float *input, int input_len, float *output) {
    return process_all(input, input_len, output);
}

esp_err_t SpeechFeatureBase::process(const int16_t *input, int input_len, float *output) {
    return process_all(input, input_len, output);
}

std::vector<int> SpeechFeatureBase::get_output_shape(int input_len) {
    return {get_frame_num(input_len, m_win_len, m_win_step), m_feature_dim};
}

}  // namespace audio
}  // namespace dl
