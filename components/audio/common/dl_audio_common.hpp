/**
 * @file dl_audio_common.hpp
 * What all speech features share: windows, mel filters, and the steps of the computation of a frame.
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
    HANN,     ///< HANNING for a period of win_len values: the last value is not zero
    SINE,
    HAMMING,
    POVEY,  ///< Kaldi's window: HANNING to the power of 0.85
    BLACKMAN,
    RECTANGULAR,
    NONE,  ///< no window
};

/** Filters of triangular shape over the bins of a spectrum. */
typedef struct {
    float *coeff;   ///< weights of all filters, one after another
    int *bank_pos;  ///< first and last bin of each filter; last < first: the filter has no bin
    int nfilter;
} mel_filter_t;

/**
 * @return win_len values, which heap_caps_free() frees; nullptr for WinType::NONE, for win_len <= 0, or if there is no
 * memory
 */
float *win_func_init(WinType win_type, int win_len, uint32_t caps = MALLOC_CAP_DEFAULT, float blackman_coeff = 0.42f);

/**
 * Return the window with this name: "hanning", "hann", "sine", "hamming", "povey", "blackman" or "rectangular". Any
 * other name gives NONE.
 */
WinType win_type_from_string(const char *str);
const char *win_type_to_string(WinType win_type);

/** Return how many frames of win_len samples, win_step apart, lie completely in the input. */
int get_frame_num(int input_len, int win_len, int win_step);
/** Return the least power of two that is not below x, for x up to 2^31. For 0 it is 1. */
uint32_t next_power_of_2(uint32_t x);

/** Subtract the mean of the values, in place. */
void remove_dc_offset(float *x, int n);
/** Return the logarithm of the sum of squares. If epsilon is larger than the sum, return its logarithm. */
float compute_energy(const float *x, int len, float epsilon);
/** Compute x[i] -= coeff * x[i - 1] in place, with prev for x[-1]. @return x */
float *apply_preemphasis(float *x, int win_len, float preemphasis_coeff, float prev);
/** Multiply x by the window, in place; nullptr is no window. @return x */
float *apply_window(float *x, int win_len, const float *win_func);

/** Convert hertz to Kaldi's mel scale, 1127 ln(1 + f / 700), and back. */
float hz2mel(float x);
float mel2hz(float x);

/**
 * Make nfilter triangles, whose centres are evenly spaced in mel between the two frequencies. Each triangle reaches
 * from the centre before to the centre behind.
 * @param high_freq upper edge of the last filter; half the sample rate if it is not above low_freq
 * @return nullptr, with a log line, for invalid arguments, or if there is no memory
 */
mel_filter_t *mel_filter_init(int nfft, int nfilter, int low_freq, int high_freq, int sample_rate, uint32_t caps);
/** Free the filters. nullptr is allowed. */
void mel_filter_deinit(mel_filter_t *mel_filter);
/** Compute the sum of the spectrum, weighted by each filter. @param output nfilter values @return output */
float *mel_dotprod(const float *x, const mel_filter_t *mel_filter, float *output);

/**
 * Turn a transform of n values, as dl_rfft_f32_run() leaves it, into n / 2 + 1 powers or magnitudes, in place.
 * @return x
 */
float *compute_spectrum(float *x, int n, bool use_power);

}  // namespace audio
}  // namespace dl
