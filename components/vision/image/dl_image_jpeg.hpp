/**
 * @file dl_image_jpeg.hpp
 * JPEG pictures in and out.
 */
#pragma once

#include <cstdint>

#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/** Whose arithmetic turns coefficients into pixels. */
typedef enum {
    JPEG_DECODER_CHIP,     ///< that of the chip dl::target() names, bit for bit: what firmware sees
    JPEG_DECODER_LIBJPEG,  ///< libjpeg-turbo's defaults: what most programs on a PC see
} jpeg_decoder_t;

/** Used by sw_decode_jpeg() and hw_decode_jpeg() from now on. At first: JPEG_DECODER_CHIP. */
void set_jpeg_decoder(jpeg_decoder_t decoder);
jpeg_decoder_t get_jpeg_decoder();

/**
 * Decode. Baseline pictures in colour (YCbCr) or grey. Progressive ones are decoded too, with a warning: the chip would
 * refuse them.
 * @param pix_type RGB888, BGR888, GRAY, or one of the 565 types
 * @return free with heap_caps_free(img.data). data == nullptr, and a log line: no JPEG, truncated or damaged data,
 * CMYK, or more pixels than the board has memory for
 */
img_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type);

/**
 * Encode RGB888 or GRAY, 4:2:0.
 * @param quality 1 to 100
 * @return free with heap_caps_free(data); data == nullptr, and a log line, where it fails
 */
jpeg_img_t sw_encode_jpeg_base(const img_t &img, uint8_t quality = 80);
/** The same for every pixel type that read_row_rgb888() reads, and HSV_MASK. */
jpeg_img_t sw_encode_jpeg(const img_t &img, uint8_t quality = 80);

/**
 * ESP32-P4's codec in hardware. Its arithmetic is not known; these behave as the functions above, and the picture is
 * not padded to a multiple of 16.
 */
img_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, int timeout_ms = 60);
jpeg_img_t hw_encode_jpeg_base(const img_t &img, uint8_t quality = 80, int timeout_ms = 70);
jpeg_img_t hw_encode_jpeg(const img_t &img, uint8_t quality = 80, int timeout_ms = 70);

/** A whole file to memory, and back. Free with heap_caps_free(data). */
jpeg_img_t read_jpeg(const char *file_name);
esp_err_t write_jpeg(const jpeg_img_t &img, const char *file_name);

}  // namespace image
}  // namespace dl
