#pragma once

#include <stdbool.h>
#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CONFIG_DSP_MAX_FFT_SIZE
#define CONFIG_DSP_MAX_FFT_SIZE 4096
#endif

/** Fourier transforms of N complex values, N a power of two: first dsps_fft2r_*(), then dsps_bit_rev*(), in place. The
 * tables are the program's, as the published ones: all users share them.
 * @param fft_table_buff table_size values of the caller's; NULL: memory of the board's heap
 * @param table_size at least N
 * @return ESP_ERR_DSP_PARAM_OUTOFRANGE (too large), ESP_ERR_DSP_INVALID_LENGTH (no power of two), ESP_ERR_NO_MEM */
esp_err_t dsps_fft2r_init_fc32(float *fft_table_buff, int table_size);
esp_err_t dsps_fft2r_init_sc16(int16_t *fft_table_buff, int table_size);
void dsps_fft2r_deinit_fc32(void);
void dsps_fft2r_deinit_sc16(void);

extern float *dsps_fft_w_table_fc32;
extern int dsps_fft_w_table_size;
extern uint8_t dsps_fft2r_initialized;
extern int16_t *dsps_fft_w_table_sc16;
extern int dsps_fft_w_table_sc16_size;
extern uint8_t dsps_fft2r_sc16_initialized;

/** The values in the order of reversed bits. Each step of sc16 halves them, half up: the result is divided by N.
 * @return ESP_ERR_DSP_INVALID_LENGTH, ESP_ERR_DSP_UNINITIALIZED */
esp_err_t dsps_fft2r_fc32_ansi_(float *data, int N, float *w);
esp_err_t dsps_fft2r_sc16_ansi_(int16_t *data, int N, int16_t *w);
#define dsps_fft2r_fc32_ansi(data, N) dsps_fft2r_fc32_ansi_(data, N, dsps_fft_w_table_fc32)
#define dsps_fft2r_sc16_ansi(data, N) dsps_fft2r_sc16_ansi_(data, N, dsps_fft_w_table_sc16)
#define dsps_fft2r_fc32 dsps_fft2r_fc32_ansi
#define dsps_fft2r_sc16 dsps_fft2r_sc16_ansi

/** Back into order. */
esp_err_t dsps_bit_rev_fc32_ansi(float *data, int N);
esp_err_t dsps_bit_rev_sc16_ansi(int16_t *data, int N);
esp_err_t dsps_bit_rev2r_fc32(float *data, int N);
#define dsps_bit_rev_fc32 dsps_bit_rev_fc32_ansi
#define dsps_bit_rev_sc16 dsps_bit_rev_sc16_ansi

/** The spectra of two real signals, transformed as real and imaginary part of one: the first N values become the lower
 * half of the first one's spectrum, the others that of the second one. */
esp_err_t dsps_cplx2reC_fc32_ansi(float *data, int N);
#define dsps_cplx2reC_fc32 dsps_cplx2reC_fc32_ansi

/** Factors e^(2 pi i k / N) in the order of reversed bits: N values, cosine and sine of N / 2. */
esp_err_t dsps_gen_w_r2_fc32(float *w, int N);
esp_err_t dsps_gen_w_r2_sc16(int16_t *w, int N);

#ifdef __cplusplus
}
#endif
