#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** All of siglen + kernlen - 1 values. */
esp_err_t dsps_conv_f32_ansi(const float *Signal, const int siglen, const float *Kernel, const int kernlen,
                             float *convout);
/** Where the pattern lies wholly in the signal: siglen - patlen + 1 values. */
esp_err_t dsps_corr_f32_ansi(const float *Signal, const int siglen, const float *Pattern, const int patlen,
                             float *dest);
/** All of siglen + patlen - 1 values. */
esp_err_t dsps_ccorr_f32_ansi(const float *Signal, const int siglen, const float *Pattern, const int patlen,
                              float *corrout);

#ifdef __cplusplus
}
#endif

#define dsps_conv_f32 dsps_conv_f32_ansi
#define dsps_corr_f32 dsps_corr_f32_ansi
#define dsps_ccorr_f32 dsps_ccorr_f32_ansi
