#pragma once

#include "dsp_err.h"
#include "esp_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Sum of products. Of int16 it is kept in 64 bits, rounded, shifted right by 15 - shift and not saturated, as the
 * published C code does. */
esp_err_t dsps_dotprod_s16_ansi(const int16_t *src1, const int16_t *src2, int16_t *dest, int len, int8_t shift);
esp_err_t dsps_dotprod_f32_ansi(const float *src1, const float *src2, float *dest, int len);
/** Every step1-th and step2-th value. */
esp_err_t dsps_dotprode_f32_ansi(const float *src1, const float *src2, float *dest, int len, int step1, int step2);
esp_err_t dsps_dp_s8_ansi(const int8_t *src1, const int8_t *src2, int32_t *dest, int len);

#ifdef __cplusplus
}
#endif

#define dsps_dotprod_s16 dsps_dotprod_s16_ansi
#define dsps_dotprod_f32 dsps_dotprod_f32_ansi
#define dsps_dotprode_f32 dsps_dotprode_f32_ansi
#define dsps_dp_s8 dsps_dp_s8_ansi
