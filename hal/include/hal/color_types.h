#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Spaces, formats and orders of colours, as the drivers of pictures name them. */

typedef enum {
    COLOR_RANGE_LIMIT,
    COLOR_RANGE_FULL,
} color_range_t;

typedef enum {
    COLOR_CONV_STD_RGB_YUV_BT601,
    COLOR_CONV_STD_RGB_YUV_BT709,
} color_conv_std_rgb_yuv_t;

typedef enum {
    COLOR_RGB_ELEMENT_ORDER_RGB,
    COLOR_RGB_ELEMENT_ORDER_BGR,
} color_rgb_element_order_t;

typedef enum {
    COLOR_SPACE_RAW = 1,
    COLOR_SPACE_RGB,
    COLOR_SPACE_YUV,
    COLOR_SPACE_GRAY,
    COLOR_SPACE_ARGB,
    COLOR_SPACE_ALPHA,
    COLOR_SPACE_CLUT,
} color_space_t;

typedef enum {
    COLOR_PIXEL_RGB888,
    COLOR_PIXEL_RGB666,
    COLOR_PIXEL_RGB565,
} color_pixel_rgb_format_t;

typedef enum {
    COLOR_PIXEL_YUV444,
    COLOR_PIXEL_YUV422,
    COLOR_PIXEL_YUV420,
    COLOR_PIXEL_YUV411,
} color_pixel_yuv_format_t;

typedef enum {
    COLOR_PIXEL_GRAY4,
    COLOR_PIXEL_GRAY8,
} color_pixel_gray_format_t;

typedef enum {
    COLOR_PIXEL_ARGB8888,
} color_pixel_argb_format_t;

#define COLOR_SPACE_BITWIDTH 8
#define COLOR_PIXEL_FORMAT_BITWIDTH 24
/** A format's number among those of all spaces. */
#define COLOR_TYPE_ID(color_space, pixel_format) (((color_space) << COLOR_PIXEL_FORMAT_BITWIDTH) | (pixel_format))
#define COLOR_SPACE_TYPE(color_type_id) (((color_type_id) >> COLOR_PIXEL_FORMAT_BITWIDTH) & 0xFF)
#define COLOR_PIXEL_FORMAT(color_type_id) ((color_type_id)&0xFFFFFF)

#ifdef __cplusplus
}
#endif
