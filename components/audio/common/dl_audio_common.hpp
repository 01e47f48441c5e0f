/**
 * @file dl_audio_common.hpp
 * Windows, mel filters and the steps of a frame: what all speech features share.
 */
#pragma once

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cstdint>

#include "dl_fft.hpp"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_log.h"

namespace dl {
namespace audio {

enum class WinType {
    HANNING,  ///< 0.5 - 0.5 cos, zero at both ends
    HANN,     ///< the same with the period of its length: the last value is not zero
    SINE,
    HAMMING,
    POVEY,  ///< Kaldi's: HANNING to the power of 0.85
    BLACKMAN,
    RECTANGULAR,
    NONE,  ///< no window
};

/** Triangles over the bins of a spectrum. */
typedef struct {
    float *coeff;   ///< weights of all filters, one after another
    int *bank_pos;  ///< first and last bin of each filter; last < first: no bin lies in it
    int nfilter;
} mel_filter_t;

/**
 * @return win_len values for heap_caps_free(); nullptr for WinType::NONE, win_len <= 0, or without memory
 */
float *win_func_init(WinType win_type, int win_len, uint32_t caps = MALLOC_CAP_DEFAULT, float blackman_coeff = 0.42f);

/** "hanning", "hann", "sine", "hamming", "povey", "blackman", "rectangular"; NONE for everything else. */
WinType win_type_from_string(const char *str);
const char *win_type_to_string(WinType win_type);

/** Frames of win_len samples, win_step apart, that lie wholly within the input. */
int get_frame_num(int input_len, int win_len, int win_step);
/** Least power of two that is not below x; 1 for 0. x <= 2^31 */
uint32_t next_power_of_2(uint32_t x);

/** Subtract the mean. */
void remove_dc_offset(float *x, int n);
/** Logarithm of the sum of squares, of epsilon if that is larger. */
float compute_energy(const float *x, int len, float epsilon);
/** x[i] -= coeff * x[i - 1], and prev before x[0]. In place. @return x */
float *apply_preemphasis(float *x, int win_len, float preemphasis_coeff, float prev);
/** Multiply; nullptr: no window. In place. @return x */
float *apply_window(float *x, int win_len, const float *win_func);

/** Kaldi's mel scale: 1127 ln(1 + f / 700). */
float hz2mel(float x);
float mel2hz(float x);

/**
 * nfilter triangles, evenly spaced in mel between the two frequencies, each reaching from its neighbour's centre to the
 * other's.
 * @param high_freq not above low_freq: half the sample rate
 * @return nullptr on arguments that make no sense, or without memory, with a log line
 */
mel_filter_t *mel_filter_init(int nfft, int nfilter, int low_freq, int high_freq, int sample_rate, uint32_t caps);
/** nullptr is fine. */
void mel_filter_deinit(mel_filter_t *mel_filter);
/** Weighted sums of the spectrum. @param output nfilter values @return output */
float *mel_dotprod(const float *x, const mel_filter_t *mel_filter, float *output);

/** Of a transform of n values as dl_rfft_f32_run() leaves it: n / 2 + 1 powers, or magnitudes. In place. @return x */
float *compute_spectrum(float *x, int n, bool use_power);

}  // namespace audio
}  // namespace dl
