#pragma once

#include <stdint.h>

#include "hal/color_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Counterclockwise. */
typedef enum {
    PPA_SRM_ROTATION_ANGLE_0,
    PPA_SRM_ROTATION_ANGLE_90,
    PPA_SRM_ROTATION_ANGLE_180,
    PPA_SRM_ROTATION_ANGLE_270,
} ppa_srm_rotation_angle_t;

typedef enum {
    PPA_SRM_COLOR_MODE_ARGB8888 = COLOR_TYPE_ID(COLOR_SPACE_ARGB, COLOR_PIXEL_ARGB8888),
    PPA_SRM_COLOR_MODE_RGB888 = COLOR_TYPE_ID(COLOR_SPACE_RGB, COLOR_PIXEL_RGB888),
    PPA_SRM_COLOR_MODE_RGB565 = COLOR_TYPE_ID(COLOR_SPACE_RGB, COLOR_PIXEL_RGB565),
    PPA_SRM_COLOR_MODE_YUV420 = COLOR_TYPE_ID(COLOR_SPACE_YUV, COLOR_PIXEL_YUV420),
    PPA_SRM_COLOR_MODE_YUV444 = COLOR_TYPE_ID(COLOR_SPACE_YUV, COLOR_PIXEL_YUV444),
} ppa_srm_color_mode_t;

typedef enum {
    PPA_ALPHA_NO_CHANGE = 0,
    PPA_ALPHA_FIX_VALUE,
    PPA_ALPHA_SCALE,
    PPA_ALPHA_INVERT,
} ppa_alpha_update_mode_t;

typedef enum {
    PPA_DATA_BURST_LENGTH_8 = 8,
    PPA_DATA_BURST_LENGTH_16 = 16,
    PPA_DATA_BURST_LENGTH_32 = 32,
    PPA_DATA_BURST_LENGTH_64 = 64,
    PPA_DATA_BURST_LENGTH_128 = 128,
} ppa_data_burst_length_t;

#ifdef __cplusplus
}
#endif
