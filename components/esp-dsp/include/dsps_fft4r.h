#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The same for N a power of four. */
esp_err_t dsps_fft4r_init_fc32(float *fft_table_buff, int max_fft_size);
void dsps_fft4r_deinit_fc32(void);

extern float *dsps_fft4r_w_table_fc32;
extern int dsps_fft4r_w_table_size;
extern uint8_t dsps_fft4r_initialized;

esp_err_t dsps_fft4r_fc32_ansi_(float *data, int N, float *table, int table_size);
#define dsps_fft4r_fc32_ansi(data, N) dsps_fft4r_fc32_ansi_(data, N, dsps_fft4r_w_table_fc32, dsps_fft4r_w_table_size)
#define dsps_fft4r_fc32 dsps_fft4r_fc32_ansi
esp_err_t dsps_bit_rev4r_fc32(float *data, int N);
/** From the transform of N pairs of 2N real values to the lower half of their spectrum: data[0] the constant part,
 * data[1] the part at half the sample rate. */
esp_err_t dsps_cplx2real_fc32_ansi_(float *data, int N, float *table, int table_size);
#define dsps_cplx2real_fc32_ansi(data, N) \
    dsps_cplx2real_fc32_ansi_(data, N, dsps_fft4r_w_table_fc32, dsps_fft4r_w_table_size)
#define dsps_cplx2real_fc32 dsps_cplx2real_fc32_ansi

#ifdef __cplusplus
}
#endif
