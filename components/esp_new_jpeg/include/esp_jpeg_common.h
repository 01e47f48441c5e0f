#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    JPEG_ERR_OK = 0,
    JPEG_ERR_FAIL = -1,
    JPEG_ERR_NO_MEM = -2,
    JPEG_ERR_NO_MORE_DATA = -3,
    JPEG_ERR_INVALID_PARAM = -4,
    JPEG_ERR_BAD_DATA = -5,
    JPEG_ERR_UNSUPPORT_FMT = -6,
    JPEG_ERR_UNSUPPORT_STD = -7,
} jpeg_error_t;

typedef enum {
    JPEG_PIXEL_FORMAT_GRAY = 0,
    JPEG_PIXEL_FORMAT_RGB888,
    JPEG_PIXEL_FORMAT_RGBA,
    JPEG_PIXEL_FORMAT_YCbYCr,
    JPEG_PIXEL_FORMAT_YCbY2YCrY2,
    JPEG_PIXEL_FORMAT_RGB565_BE,
    JPEG_PIXEL_FORMAT_RGB565_LE,
    JPEG_PIXEL_FORMAT_CbYCrY,
} jpeg_pixel_format_t;

typedef enum {
    JPEG_SUBSAMPLE_GRAY = 0,
    JPEG_SUBSAMPLE_444,
    JPEG_SUBSAMPLE_422,
    JPEG_SUBSAMPLE_420,
} jpeg_subsampling_t;

typedef enum { JPEG_ROTATE_0D = 0, JPEG_ROTATE_90D, JPEG_ROTATE_180D, JPEG_ROTATE_270D } jpeg_rotate_t;

typedef struct {
    uint16_t width;
    uint16_t height;
} jpeg_resolution_t;

/** Zeroed memory of the board's heap. @param aligned a power of two */
void *jpeg_calloc_align(size_t size, int aligned);
void jpeg_free_align(void *data);

#ifdef __cplusplus
}
#endif
