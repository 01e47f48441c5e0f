#pragma once

#include "dsp_common.h"
#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A filter's coefficients and state. */
typedef struct fir_f32_s {
    float *coeffs;
    float *delay;  ///< N values, the caller's
    int N;
    int pos;
    int decim;
} fir_f32_t;

/** y[n] = sum of coeffs[k] x[n - k]; what came before the first sample is 0. */
esp_err_t dsps_fir_init_f32(fir_f32_t *fir, float *coeffs, float *delay, int coeffs_len);
esp_err_t dsps_fir_f32_ansi(fir_f32_t *fir, const float *input, float *output, int len);
/** Every decim-th value of it; the first one is that of the decim-th sample. */
esp_err_t dsps_fird_init_f32(fir_f32_t *fir, float *coeffs, float *delay, int N, int decim);
/** @param len values to write: decim times as many are read. @return values written */
int dsps_fird_f32_ansi(fir_f32_t *fir, const float *input, float *output, int len);

#ifdef __cplusplus
}
#endif

#define dsps_fir_f32 dsps_fir_f32_ansi
#define dsps_fird_f32 dsps_fird_f32_ansi
