/**
 * @file dl_speech_features.hpp
 * From sound to features, frame by frame, as torchaudio.compliance.kaldi computes them.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_audio_common.hpp"
#include "esp_err.h"

namespace dl {
namespace audio {

struct SpeechFeatureConfig {
    int sample_rate = 16000;       ///< Hz
    int frame_length = 25;         ///< milliseconds
    int frame_shift = 10;          ///< milliseconds
    int num_mel_bins = 26;         ///< filters (Fbank, MFCC)
    int num_ceps = 13;             ///< coefficients (MFCC), at most num_mel_bins
    float preemphasis = 0.97f;     ///< 0 <= preemphasis < 1
    float cepstral_lifter = 22.0;  ///< scaling of the coefficients (MFCC); 0: none
    WinType window_type = WinType::HANNING;
    float low_freq = 80.0f;                       ///< Hz, lower edge of the first filter
    float high_freq = 0.0f;                       ///< Hz, upper edge of the last one; <= 0: half the sample rate
    float log_epsilon = 1.1920928955078125e-07f;  ///< keeps the logarithm finite
    int use_log_fbank = 1;         ///< 0: no logarithm, 1: log(max(x, log_epsilon)), 2: log(x + log_epsilon)
    bool raw_energy = true;        ///< the energy is that before pre-emphasis and window
    bool use_power = true;         ///< power, not magnitude
    bool use_energy = false;       ///< the frame's energy comes first (Fbank, MFCC)
    bool use_int16_fft = false;    ///< without effect: the transform is in float
    bool remove_dc_offset = true;  ///< subtract each frame's mean
};

/** Log all settings. */
void print_speech_feature_config(const SpeechFeatureConfig &config);

/** What all features share: settings, window, and the way from samples to a spectrum. */
class SpeechFeatureBase {
public:
    /** Settings that make no sense, or missing memory, are logged; process() then refuses. */
    explicit SpeechFeatureBase(const SpeechFeatureConfig config, uint32_t caps = MALLOC_CAP_DEFAULT);
    virtual ~SpeechFeatureBase();
    SpeechFeatureBase(const SpeechFeatureBase &) = delete;
    SpeechFeatureBase &operator=(const SpeechFeatureBase &) = delete;

    /**
     * One frame.
     * @param input samples, -1 to 1
     * @param win_len their number: that of the settings
     * @param output get_output_shape()[1] values
     * @param input_prev not used: the sample before the first counts as equal to it, as Kaldi has it
     * @return ESP_ERR_INVALID_ARG, ESP_ERR_INVALID_STATE (the settings were refused)
     */
    virtual esp_err_t process_frame(const float *input, int win_len, float *output, float input_prev = 0);
    /** The same for 16-bit samples, which are divided by 32768. */
    virtual esp_err_t process_frame(const int16_t *input, int win_len, float *output, int16_t input_prev = 0);

    /**
     * All frames. @param output get_output_shape(input_len) values
     * @return ESP_ERR_INVALID_ARG also for an input that is shorter than a frame
     */
    esp_err_t process(const float *input, int input_len, float *output);
    esp_err_t process(const int16_t *input, int input_len, float *output);

    /** {frames, values per frame} */
    std::vector<int> get_output_shape(int input_len);
    const SpeechFeatureConfig &config() const { return m_config; }
    void print_config() { print_speech_feature_config(m_config); }

protected:
    /**
     * From a frame's spectrum to its features. A class that goes another way overrides process_frame() instead.
     * @param spectrum m_fft_size / 2 + 1 values, may be overwritten; m_fft_size values of memory
     * @param energy logarithm of the frame's energy
     */
    virtual void features(float *spectrum, float energy, float *output);
    /** Apply use_log_fbank to n values. */
    void take_log(float *x, int n) const;

    SpeechFeatureConfig m_config;
    uint32_t m_caps;
    int m_win_len = 0;      ///< samples of a frame
    int m_win_step = 0;     ///< samples from one frame to the next
    int m_fft_size = 0;     ///< power of two, not below m_win_len
    int m_feature_dim = 0;  ///< values per frame
    bool m_ready = false;

private:
    template <typename T>
    esp_err_t process_all(const T *input, int input_len, float *output);
    esp_err_t process_cache(int win_len, float *output);

    float *m_window = nullptr;
    float *m_cache = nullptr;
    dl_fft_f32_t *m_fft = nullptr;
};

}  // namespace audio
}  // namespace dl
