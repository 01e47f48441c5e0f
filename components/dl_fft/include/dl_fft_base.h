#pragma once

#include <math.h>
#include <string.h>

#include "dl_fft_dtype.h"
#include "esp_attr.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_idf_version.h"
#include "esp_log.h"

#ifdef __cplusplus
extern "C" {
#endif

bool dl_is_power_of_two(int x);
/** The exponent of the largest power of two that is not above n; 0 for 0. */
int dl_power_of_two(uint32_t n);

/** y = x * 2^exponent. @return y */
float *dl_short_to_float(const int16_t *x, int len, int exponent, float *y);
/** y = x / 2^out_exponent, rounded to the nearest, half away from zero, and saturated. @return out_exponent */
int dl_float_to_short(const float *x, int len, int16_t *y, int out_exponent);

/** Largest absolute value; 32767 for -32768. */
int16_t dl_reduce_abs_max_ansi(const int16_t *x, int size);
#define dl_reduce_abs_max dl_reduce_abs_max_ansi
/** Bits of the largest absolute value, 0 to 15: shifted left by 15 less that many, the array uses the whole range. */
int16_t dl_array_max_q_s16(const int16_t *x, int size);

#ifdef __cplusplus
}
#endif
