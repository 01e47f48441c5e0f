#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

// Coefficients as R. Bristow-Johnson's "Audio EQ Cookbook" defines them, divided by a0. f: frequency as a share of the
// sample rate, 0 to 0.5. qFactor: values below 0.0001 count as 0.0001. gain: decibels.
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
