#pragma once

#include "dsp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Ampl sin(2 pi freq n + phase): freq as a share of the sample rate, between -1 and 1, phase in degrees. */
esp_err_t dsps_tone_gen_f32(float *output, int len, float Ampl, float freq, float phase);
/** A single 1 at `pos`, and 1 from `pos` on. */
esp_err_t dsps_d_gen_f32(float *output, int len, int pos);
esp_err_t dsps_h_gen_f32(float *output, int len, int pos);

#ifdef __cplusplus
}
#endif
