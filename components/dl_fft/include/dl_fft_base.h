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
/** Return the exponent of the largest power of two that is not above n. For 0 it is 0. */
int dl_power_of_two(uint32_t n);

/** Compute y = x * 2^exponent. @return y */
float *dl_short_to_float(const int16_t *x, int len, int exponent, float *y);
/** Compute y = x / 2^out_exponent, rounded to the nearest, half away from zero, and saturated. @return out_exponent */
int dl_float_to_short(const float *x, int len, int16_t *y, int out_exponent);

/** Return the largest absolute value. That of -32768 is 32767. */
int16_t dl_reduce_abs_max_ansi(const int16_t *x, int size);
#define dl_reduce_abs_max dl_reduce_abs_max_ansi
/**
 * Return the number of bits, 0 to 15, of the largest absolute value. Values shifted left by 15 minus that number use
 * the whole range.
 */
int16_t dl_array_max_q_s16(const int16_t *x, int size);

#ifdef __cplusplus
}
#endif
