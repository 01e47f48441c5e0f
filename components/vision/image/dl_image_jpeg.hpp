/**
 * @file dl_image_jpeg.hpp
 * Reading and writing of JPEG pictures.
 */
#pragma once

#include <cstdint>

#include "dl_image_caps.hpp"
#include "dl_image_define.hpp"
#include "driver/jpeg_types.h"
#include "esp_err.h"
#include "hal/jpeg_types.h"

namespace dl {
namespace image {

/** The arithmetic that turns coefficients into pixels. */
typedef enum {
    JPEG_DECODER_CHIP,  ///< the arithmetic of the chip that dl::target() names, bit for bit: the pixels that firmware
                        ///< sees
    JPEG_DECODER_LIBJPEG,  ///< the defaults of libjpeg-turbo: the pixels that most programs on a PC see
} jpeg_decoder_t;

/** Choose the arithmetic of sw_decode_jpeg() and hw_decode_jpeg(). The default is JPEG_DECODER_CHIP. */
void set_jpeg_decoder(jpeg_decoder_t decoder);
jpeg_decoder_t get_jpeg_decoder();

/** Allow or forbid progressive pictures, which the chip refuses. By default they are decoded, with a warning. */
void set_progressive_jpeg_allowed(bool allowed);

/**
 * Decode a picture in colour (YCbCr) or grey. Baseline pictures are decoded, and progressive ones unless
 * set_progressive_jpeg_allowed() forbids them.
 * @param pix_type RGB888, BGR888, GRAY, HSV or one of the 565 types; or YUYV or UYVY, which are the samples of the
 * file, for pictures of even width and with the chip's arithmetic only
 * @return the picture; heap_caps_free(img.data) frees it. data is nullptr, with a log line, for anything but a JPEG,
 * truncated or damaged data, CMYK, or more pixels than the board has memory for
 */
img_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type);

/**
 * Encode a picture of RGB888 or GRAY, or of YUYV or UYVY with an even width: their samples are written as they are, as
 * 4:2:2. libjpeg-turbo encodes; a chip's encoder writes other bytes.
 * @param quality 1 to 100; RGB888 is sampled 4:2:0
 * @return the file's bytes; heap_caps_free(data) frees them. On failure, data is nullptr and a log line says why
 */
jpeg_img_t sw_encode_jpeg_base(const img_t &img, uint8_t quality = 80);
/** Encode a picture of any pixel type that read_row_rgb888() reads, or of HSV_MASK. */
jpeg_img_t sw_encode_jpeg(const img_t &img, uint8_t quality = 80);

/**
 * Decode with ESP32-P4's codec in hardware; on other chips this is an error. Sizes are the chip's: the number of pixels
 * must be a multiple of 8, and width and height become multiples of 16, for which the last column and row are repeated.
 * The codec's arithmetic is not known: pixels are those of sw_decode_jpeg(), and a warning says so once.
 * @param pix_type GRAY, RGB888, BGR888 or one of the 565 types
 * @param yuv_rgb_conv_std BT601; nothing else is supported
 */
img_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, int timeout_ms = 60,
                     jpeg_yuv_rgb_conv_std_t yuv_rgb_conv_std = JPEG_YUV_RGB_CONV_STD_BT601);
/** Encode a picture of GRAY, BGR888 or RGB565LE. libjpeg-turbo encodes; the chip writes other bytes. */
jpeg_img_t hw_encode_jpeg_base(const img_t &img, uint8_t quality = 80, int timeout_ms = 70,
                               jpeg_down_sampling_type_t rgb_sub_sample_method = JPEG_DOWN_SAMPLING_YUV420);
/** Encode a picture of GRAY, RGB888, BGR888, one of the 565 types or HSV_MASK. */
jpeg_img_t hw_encode_jpeg(const img_t &img, uint8_t quality = 80, int timeout_ms = 70,
                          jpeg_down_sampling_type_t rgb_sub_sample_method = JPEG_DOWN_SAMPLING_YUV420);

/** The five functions that follow have the capability flags of ESP-DL 3.2 and older. */
inline img_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, uint32_t caps) {
    return sw_decode_jpeg(jpeg_img, apply_caps(pix_type, caps));
}
inline jpeg_img_t sw_encode_jpeg(const img_t &img, uint32_t caps, uint8_t quality) {
    return sw_encode_jpeg({img.data, img.width, img.height, apply_caps(img.pix_type, caps)}, quality);
}
inline jpeg_img_t sw_encode_jpeg(const img_t &img, img_cap_t caps) {
    return sw_encode_jpeg(img, caps, 80);
}
inline img_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, img_cap_t caps, int timeout_ms = 60,
                            jpeg_yuv_rgb_conv_std_t yuv_rgb_conv_std = JPEG_YUV_RGB_CONV_STD_BT601) {
    return hw_decode_jpeg(jpeg_img, apply_caps(pix_type, caps), timeout_ms, yuv_rgb_conv_std);
}
inline jpeg_img_t hw_encode_jpeg(const img_t &img, img_cap_t caps, uint8_t quality = 80, int timeout_ms = 70,
                                 jpeg_down_sampling_type_t rgb_sub_sample_method = JPEG_DOWN_SAMPLING_YUV420) {
    return hw_encode_jpeg({img.data, img.width, img.height, apply_caps(img.pix_type, caps)}, quality, timeout_ms,
                          rgb_sub_sample_method);
}

/**
 * These three: as in ESP-DL 3.1.0 and older.
 * @param img pix_type says what it becomes; the others are results. Free with heap_caps_free(img.data).
 * @param swap_color_bytes RGB888: red comes first, else blue, whatever the name says; RGB565: the high byte comes first
 * @param scale only 0 (JPEG_IMAGE_SCALE_0): for less there is esp_jpeg_decode()
 * @return ESP_OK, or ESP_FAIL with a log line
 */
esp_err_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, img_t &img, bool swap_color_bytes = false, int scale = 0);
esp_err_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, img_t &img, bool swap_color_bytes = false);
esp_err_t hw_encode_jpeg(const img_t &img, jpeg_img_t &encoded_img,
                         jpeg_down_sampling_type_t sub_sample_mode = JPEG_DOWN_SAMPLING_YUV420, uint8_t quality = 80);

/** Read a whole file into memory, or write one. heap_caps_free(data) frees what was read. */
jpeg_img_t read_jpeg(const char *file_name);
esp_err_t write_jpeg(const jpeg_img_t &img, const char *file_name);

}  // namespace image
}  // namespace dl
