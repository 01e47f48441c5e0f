#pragma once

#include "esp_jpeg_common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *jpeg_enc_handle_t;

/** Sources are GRAY, RGB888, RGB565_LE and RGB565_BE; rotation is refused with JPEG_ERR_UNSUPPORT_FMT. The subsampling
 * is that of the encoder in components/vision, whatever is asked for, but for grey pictures. */
typedef struct {
    int width;
    int height;
    jpeg_pixel_format_t src_type;
    jpeg_subsampling_t subsampling;
    uint8_t quality;  ///< 1 to 100
    jpeg_rotate_t rotate;
    bool task_enable;  ///< no effect: one task encodes
    uint8_t hfm_task_priority;
    uint8_t hfm_task_core;
} jpeg_enc_config_t;

#define DEFAULT_JPEG_ENC_CONFIG()                                                                                  \
    {                                                                                                              \
        .width = 320, .height = 240, .src_type = JPEG_PIXEL_FORMAT_YCbYCr, .subsampling = JPEG_SUBSAMPLE_420,      \
        .quality = 40, .rotate = JPEG_ROTATE_0D, .task_enable = false, .hfm_task_priority = 13, .hfm_task_core = 1 \
    }

jpeg_error_t jpeg_enc_open(jpeg_enc_config_t *info, jpeg_enc_handle_t *jpeg_enc);
/** @param out_size bytes of outbuf: JPEG_ERR_NO_MEM where they are not enough */
jpeg_error_t jpeg_enc_process(const jpeg_enc_handle_t jpeg_enc, const uint8_t *inbuf, int inbuf_size, uint8_t *outbuf,
                              int outbuf_size, int *out_size);
jpeg_error_t jpeg_enc_set_quality(const jpeg_enc_handle_t jpeg_enc, uint8_t quality);
jpeg_error_t jpeg_enc_close(jpeg_enc_handle_t jpeg_enc);

#ifdef __cplusplus
}
#endif
