#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/** Windows that are zero, or least, at both ends. */
void dsps_wind_hann_f32(float *window, int len);
void dsps_wind_blackman_f32(float *window, int len);
void dsps_wind_blackman_harris_f32(float *window, int len);
void dsps_wind_blackman_nuttall_f32(float *window, int len);
void dsps_wind_nuttall_f32(float *window, int len);
void dsps_wind_flat_top_f32(float *window, int len);

#ifdef __cplusplus
}
#endif
