#pragma once

#include "dl_fft.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Transforms of real values, in place. `data` holds fft_point values, and after the forward transform the half of the
 * spectrum that says everything: data[0] is the constant part, data[1] the part at half the sample rate, data[2k] and
 * data[2k + 1] are real and imaginary part of bin k. An odd length has nothing at half the sample rate: its data[1] is
 * the real part of bin 1, and so on.
 *
 * The inverse form takes such a spectrum and gives the values, divided by fft_point. Arguments and errors: dl_fft.h. */
dl_fft_f32_t *dl_rfft_f32_init(int fft_point, uint32_t caps);
void dl_rfft_f32_deinit(dl_fft_f32_t *handle);
esp_err_t dl_rfft_f32_run(dl_fft_f32_t *handle, float *data);
esp_err_t dl_irfft_f32_run(dl_fft_f32_t *handle, float *data);

dl_fft_s16_t *dl_rfft_s16_init(int fft_point, uint32_t caps);
void dl_rfft_s16_deinit(dl_fft_s16_t *handle);
esp_err_t dl_rfft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);
esp_err_t dl_irfft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);
esp_err_t dl_rfft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);
esp_err_t dl_irfft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);

#ifdef __cplusplus
}
#endif
