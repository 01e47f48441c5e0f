#pragma once

#include "dl_fft_base.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A transform of fft_point values in float. dl_fft_f32_init() and dl_rfft_f32_init() make it. An app does not read the
 * members.
 */
typedef struct {
    int fft_point;
    int log2n;  ///< logarithm of fft_point, rounded down
    float *fft_table;
    float *rfft_table;
    uint16_t *bitrev_table;
    int bitrev_size;
} dl_fft_f32_t;

/** A transform of fft_point values in int16. */
typedef struct {
    int fft_point;
    int log2n;
    int16_t *fft_table;
    int16_t *rfft_table;
} dl_fft_s16_t;

/** Complex transforms, in place. `data` holds fft_point pairs of real and imaginary part. Forward: sum of x[n] e^(-2 pi
 * i k n / N); inverse: with the other sign and divided by N.
 *
 * @param fft_point 1 to 2^20. Published firmware uses powers of two: others are not possible on a chip.
 * @param caps where the tables lie (heap_caps_malloc())
 * @return NULL, with a log line, for another length or without memory */
dl_fft_f32_t *dl_fft_f32_init(int fft_point, uint32_t caps);
void dl_fft_f32_deinit(dl_fft_f32_t *handle);
/** @return ESP_ERR_INVALID_ARG without a handle or data, or with a handle of another kind */
esp_err_t dl_fft_f32_run(dl_fft_f32_t *handle, float *data);
esp_err_t dl_ifft_f32_run(dl_fft_f32_t *handle, float *data);

/** int16: a value is data * 2^exponent. In the plain forms a chip halves the values in each step, so that the exponent
 * grows by log2 of the length forward and stays inverse. The _hp_ forms ("high precision") halve only where the values
 * would not fit. Here the whole transform is exact and rounded once, to the nearest, half up: nearer to the true
 * values than any chip. */
dl_fft_s16_t *dl_fft_s16_init(int fft_point, uint32_t caps);
void dl_fft_s16_deinit(dl_fft_s16_t *handle);
esp_err_t dl_fft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);
esp_err_t dl_ifft_s16_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);
esp_err_t dl_fft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);
esp_err_t dl_ifft_s16_hp_run(dl_fft_s16_t *handle, int16_t *data, int in_exponent, int *out_exponent);

#ifdef __cplusplus
}
#endif
