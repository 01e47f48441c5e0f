#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Second order recursive filter in direct form II. @param coef b0, b1, b2, a1, a2 @param w two values of state */
esp_err_t dsps_biquad_f32_ansi(const float *input, float *output, int len, float *coef, float *w);
/** Of stereo samples, interleaved. @param w four values of state */
esp_err_t dsps_biquad_sf32_ansi(const float *input, float *output, int len, float *coef, float *w);

#ifdef __cplusplus
}
#endif

#define dsps_biquad_f32 dsps_biquad_f32_ansi
#define dsps_biquad_sf32 dsps_biquad_sf32_ansi
