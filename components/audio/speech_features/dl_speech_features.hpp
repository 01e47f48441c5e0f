/**
 * @file dl_speech_features.hpp
 * Sound becomes features, frame by frame, as in torchaudio.compliance.kaldi.
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
    bool raw_energy = true;        ///< compute the energy before pre-emphasis and window
    bool use_power = true;         ///< spectra are powers, not magnitudes
    bool use_energy = false;       ///< the frame's energy comes first (Fbank, MFCC)
    bool use_int16_fft = false;    ///< without effect: the transform is in float
    bool remove_dc_offset = true;  ///< subtract each frame's mean
};

/** Log all settings. */
void print_speech_feature_config(const SpeechFeatureConfig &config);

/** The base of all features: settings, window, and the computation of a spectrum. */
class SpeechFeatureBase {
public:
    /** If settings are invalid or memory is missing, a log line says so, and process() returns an error. */
    explicit SpeechFeatureBase(const SpeechFeatureConfig config, uint32_t caps = MALLOC_CAP_DEFAULT);
    virtual ~SpeechFeatureBase();
    SpeechFeatureBase(const SpeechFeatureBase &) = delete;
    SpeechFeatureBase &operator=(const SpeechFeatureBase &) = delete;

    /**
     * Compute the features of one frame.
     * @param input samples, -1 to 1
     * @param win_len number of samples, which must be that of the settings
     * @param output get_output_shape()[1] values
     * @param input_prev not used: like Kaldi, this takes the first sample for the one before it
     * @return ESP_ERR_INVALID_ARG, ESP_ERR_INVALID_STATE (the settings were refused)
     */
    virtual esp_err_t process_frame(const float *input, int win_len, float *output, float input_prev = 0);
    /** Compute the features of a frame of 16-bit samples, which are divided by 32768. */
    virtual esp_err_t process_frame(const int16_t *input, int win_len, float *output, int16_t input_prev = 0);

    /**
     * Compute the features of all frames.
     * @param output get_output_shape(input_len) values
     * @return ESP_ERR_INVALID_ARG also for an input that is shorter than a frame
     */
    esp_err_t process(const float *input, int input_len, float *output);
    esp_err_t process(const int16_t *input, int input_len, float *output);

    /** Return {frames, values per frame}. */
    std::vector<int> get_output_shape(int input_len);
    const SpeechFeatureConfig &config() const { return m_config; }
    void print_config() { print_speech_feature_config(m_config); }

protected:
    /**
     * Compute a frame's features from its spectrum. A derived class overrides this, or process_frame() if it needs no
     * spectrum.
     * @param spectrum m_fft_size / 2 + 1 values. There is memory for m_fft_size, all of which may be overwritten
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
