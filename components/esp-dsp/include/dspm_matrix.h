#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** C[m][k] = A[m][n] B[n][k]. The int16 form keeps 64 bits, rounds and shifts right by 15 - shift. */
esp_err_t dspm_mult_f32_ansi(const float *A, const float *B, float *C, int m, int n, int k);
esp_err_t dspm_mult_s16_ansi(const int16_t *A, const int16_t *B, int16_t *C, int m, int n, int k, int shift);
/** Rows have padd values more than columns. */
esp_err_t dspm_mult_ex_f32_ansi(const float *A, const float *B, float *C, int m, int n, int k, int A_padd, int B_padd,
                                int C_padd);
esp_err_t dspm_add_f32_ansi(const float *input1, const float *input2, float *output, int rows, int cols, int padd1,
                            int padd2, int padd_out, int step1, int step2, int step_out);
esp_err_t dspm_sub_f32_ansi(const float *input1, const float *input2, float *output, int rows, int cols, int padd1,
                            int padd2, int padd_out, int step1, int step2, int step_out);
esp_err_t dspm_addc_f32_ansi(const float *input, float *output, float C, int rows, int cols, int padd_in, int padd_out,
                             int step_in, int step_out);
esp_err_t dspm_mulc_f32_ansi(const float *input, float *output, float C, int rows, int cols, int padd_in, int padd_out,
                             int step_in, int step_out);

#define dspm_mult_3x3x1_f32(A, B, C) dspm_mult_f32_ansi(A, B, C, 3, 3, 1)
#define dspm_mult_3x3x3_f32(A, B, C) dspm_mult_f32_ansi(A, B, C, 3, 3, 3)
#define dspm_mult_4x4x1_f32(A, B, C) dspm_mult_f32_ansi(A, B, C, 4, 4, 1)
#define dspm_mult_4x4x4_f32(A, B, C) dspm_mult_f32_ansi(A, B, C, 4, 4, 4)

#ifdef __cplusplus
}
#endif

#define dspm_mult_f32 dspm_mult_f32_ansi
#define dspm_mult_s16 dspm_mult_s16_ansi
#define dspm_mult_ex_f32 dspm_mult_ex_f32_ansi
#define dspm_add_f32 dspm_add_f32_ansi
#define dspm_sub_f32 dspm_sub_f32_ansi
#define dspm_addc_f32 dspm_addc_f32_ansi
#define dspm_mulc_f32 dspm_mulc_f32_ansi
