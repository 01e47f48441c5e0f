/**
 * @file jpeg_decoder.h
 * esp_jpeg's interface: baseline JPEG pictures become RGB888 or RGB565, as large as they are or reduced.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    JPEG_IMAGE_SCALE_0 = 0,  ///< as large as the picture
    JPEG_IMAGE_SCALE_1_2,
    JPEG_IMAGE_SCALE_1_4,
    JPEG_IMAGE_SCALE_1_8,
} esp_jpeg_image_scale_t;

typedef enum {
    JPEG_IMAGE_FORMAT_RGB888 = 0,
    JPEG_IMAGE_FORMAT_RGB565,
} esp_jpeg_image_format_t;

typedef struct esp_jpeg_image_cfg_s {
    uint8_t *indata;
    uint32_t indata_size;
    uint8_t *outbuf;
    uint32_t outbuf_size;
    esp_jpeg_image_format_t out_format;
    esp_jpeg_image_scale_t out_scale;
    struct {
        uint8_t swap_color_bytes : 1;  ///< a pixel's first and last byte change places
    } flags;
    struct {
        void *working_buffer;        ///< NULL: esp_jpeg_decode() allocates it
        size_t working_buffer_size;  ///< bytes in it
    } advanced;
    struct {
        uint32_t read;  ///< bytes of indata that were read; set by the functions
    } priv;
} esp_jpeg_image_cfg_t;

typedef struct esp_jpeg_image_output_s {
    uint16_t width;
    uint16_t height;
    size_t output_len;  ///< bytes of the pixels
} esp_jpeg_image_output_t;

/**
 * Decodes a picture. Of one that turns out to be damaged, outbuf holds the pixels up to the damage.
 * @return ESP_OK; ESP_ERR_NO_MEM: outbuf is too small, or there is no memory for a working buffer;
 *         ESP_FAIL: no picture that the chip's decoder takes
 */
esp_err_t esp_jpeg_decode(esp_jpeg_image_cfg_t *cfg, esp_jpeg_image_output_t *img);

/**
 * Reads a picture's size without decoding it; outbuf is not used.
 * @param img width and height of the picture itself; output_len with out_scale and out_format
 * @return ESP_OK, ESP_ERR_INVALID_ARG, or ESP_FAIL
 */
esp_err_t esp_jpeg_get_image_info(esp_jpeg_image_cfg_t *cfg, esp_jpeg_image_output_t *img);

#ifdef __cplusplus
}
#endif
