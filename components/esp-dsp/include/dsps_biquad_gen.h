#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Coefficients as R. Bristow-Johnson's "Audio EQ Cookbook" defines them, divided by a0.
/// @param f frequency as a share of the sample rate, 0 to 0.5 @param qFactor above 0 is taken; below 0.0001 counts as
/// 0.0001
/// @param gain decibels
esp_err_t dsps_biquad_gen_lpf_f32(float *coeffs, float f, float qFactor);
esp_err_t dsps_biquad_gen_hpf_f32(float *coeffs, float f, float qFactor);
esp_err_t dsps_biquad_gen_bpf_f32(float *coeffs, float f, float qFactor);
esp_err_t dsps_biquad_gen_bpf0db_f32(float *coeffs, float f, float qFactor);
esp_err_t dsps_biquad_gen_notch_f32(float *coeffs, float f, float gain, float qFactor);
esp_err_t dsps_biquad_gen_allpass360_f32(float *coeffs, float f, float qFactor);
esp_err_t dsps_biquad_gen_lowShelf_f32(float *coeffs, float f, float gain, float qFactor);
esp_err_t dsps_biquad_gen_highShelf_f32(float *coeffs, float f, float gain, float qFactor);

#ifdef __cplusplus
}
#endif
