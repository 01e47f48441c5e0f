#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Element by element, each array with its own step. The integer forms shift what they have computed right by `shift`
 * and cut it off.
 * @return ESP_ERR_DSP_PARAM_OUTOFRANGE for a missing array */
esp_err_t dsps_add_f32_ansi(const float *input1, const float *input2, float *output, int len, int step1, int step2,
                            int step_out);
esp_err_t dsps_add_s16_ansi(const int16_t *input1, const int16_t *input2, int16_t *output, int len, int step1,
                            int step2, int step_out, int shift);
esp_err_t dsps_add_s8_ansi(const int8_t *input1, const int8_t *input2, int8_t *output, int len, int step1, int step2,
                           int step_out, int shift);
esp_err_t dsps_sub_f32_ansi(const float *input1, const float *input2, float *output, int len, int step1, int step2,
                            int step_out);
esp_err_t dsps_sub_s16_ansi(const int16_t *input1, const int16_t *input2, int16_t *output, int len, int step1,
                            int step2, int step_out, int shift);
esp_err_t dsps_sub_s8_ansi(const int8_t *input1, const int8_t *input2, int8_t *output, int len, int step1, int step2,
                           int step_out, int shift);
esp_err_t dsps_mul_f32_ansi(const float *input1, const float *input2, float *output, int len, int step1, int step2,
                            int step_out);
esp_err_t dsps_mul_s16_ansi(const int16_t *input1, const int16_t *input2, int16_t *output, int len, int step1,
                            int step2, int step_out, int shift);
esp_err_t dsps_mul_s8_ansi(const int8_t *input1, const int8_t *input2, int8_t *output, int len, int step1, int step2,
                           int step_out, int shift);
esp_err_t dsps_addc_f32_ansi(const float *input, float *output, int len, float C, int step_in, int step_out);
esp_err_t dsps_mulc_f32_ansi(const float *input, float *output, int len, float C, int step_in, int step_out);
/** C is of Q15. */
esp_err_t dsps_mulc_s16_ansi(const int16_t *input, int16_t *output, int len, int16_t C, int step_in, int step_out);
esp_err_t dsps_sqrt_f32_ansi(const float *input, float *output, int len);
float dsps_sqrtf_f32_ansi(const float data);
float dsps_inverted_sqrtf_f32_ansi(float data);

#ifdef __cplusplus
}
#endif

#define dsps_add_f32 dsps_add_f32_ansi
#define dsps_add_s16 dsps_add_s16_ansi
#define dsps_add_s8 dsps_add_s8_ansi
#define dsps_sub_f32 dsps_sub_f32_ansi
#define dsps_sub_s16 dsps_sub_s16_ansi
#define dsps_sub_s8 dsps_sub_s8_ansi
#define dsps_mul_f32 dsps_mul_f32_ansi
#define dsps_mul_s16 dsps_mul_s16_ansi
#define dsps_mul_s8 dsps_mul_s8_ansi
#define dsps_addc_f32 dsps_addc_f32_ansi
#define dsps_mulc_f32 dsps_mulc_f32_ansi
#define dsps_mulc_s16 dsps_mulc_s16_ansi
#define dsps_sqrt_f32 dsps_sqrt_f32_ansi
