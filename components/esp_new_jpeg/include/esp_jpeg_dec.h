#pragma once

#include "esp_jpeg_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *jpeg_dec_handle_t;

/** Only output_type is emulated: GRAY, RGB888, RGB565_LE and RGB565_BE. A decoder that shall scale, clip, rotate or
 * work in blocks is refused with JPEG_ERR_UNSUPPORT_FMT. */
typedef struct {
    jpeg_pixel_format_t output_type;
    jpeg_resolution_t scale;
    jpeg_resolution_t clipper;
    jpeg_rotate_t rotate;
    bool block_enable;
} jpeg_dec_config_t;

#define DEFAULT_JPEG_DEC_CONFIG()                                                             \
    {                                                                                         \
        .output_type = JPEG_PIXEL_FORMAT_RGB888, .scale = {.width = 0, .height = 0},          \
        .clipper = {.width = 0, .height = 0}, .rotate = JPEG_ROTATE_0D, .block_enable = false \
    }

typedef struct {
    uint8_t *inbuf;
    int inbuf_len;
    int inbuf_remain;  ///< bytes that were not read
    uint8_t *outbuf;   ///< jpeg_dec_get_outbuf_len() bytes, aligned to 16
    int out_size;
} jpeg_dec_io_t;

typedef struct {
    uint16_t width;
    uint16_t height;
} jpeg_dec_header_info_t;

jpeg_error_t jpeg_dec_open(jpeg_dec_config_t *config, jpeg_dec_handle_t *jpeg_dec);
/** Reads the header: the picture's size. @return JPEG_ERR_BAD_DATA, JPEG_ERR_NO_MORE_DATA, JPEG_ERR_UNSUPPORT_STD
 * (progressive) */
jpeg_error_t jpeg_dec_parse_header(jpeg_dec_handle_t jpeg_dec, jpeg_dec_io_t *io, jpeg_dec_header_info_t *out_info);
jpeg_error_t jpeg_dec_get_outbuf_len(jpeg_dec_handle_t jpeg_dec, int *outbuf_len);
/** How often jpeg_dec_process() has to be called: once. */
jpeg_error_t jpeg_dec_get_process_count(jpeg_dec_handle_t jpeg_dec, int *process_count);
/** The whole picture, with the chip's arithmetic. */
jpeg_error_t jpeg_dec_process(jpeg_dec_handle_t jpeg_dec, jpeg_dec_io_t *io);
jpeg_error_t jpeg_dec_close(jpeg_dec_handle_t jpeg_dec);

#ifdef __cplusplus
}
#endif
