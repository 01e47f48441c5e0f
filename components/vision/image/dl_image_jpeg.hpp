/**
 * @file dl_image_jpeg.hpp
 * JPEG pictures in and out.
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

/** Whose arithmetic turns coefficients into pixels. */
typedef enum {
    JPEG_DECODER_CHIP,     ///< that of the chip dl::target() names, bit for bit: what firmware sees
    JPEG_DECODER_LIBJPEG,  ///< libjpeg-turbo's defaults: what most programs on a PC see
} jpeg_decoder_t;

/** Used by sw_decode_jpeg() and hw_decode_jpeg() from now on. At first: JPEG_DECODER_CHIP. */
void set_jpeg_decoder(jpeg_decoder_t decoder);
jpeg_decoder_t get_jpeg_decoder();

/** Whether progressive pictures, which the chip refuses, are decoded, with a warning. At first: yes. */
void set_progressive_jpeg_allowed(bool allowed);

/**
 * Decode. Baseline pictures in colour (YCbCr) or grey. Progressive ones are decoded too, with a warning: the chip would
 * refuse them.
 * @param pix_type RGB888, BGR888, GRAY, HSV, one of the 565 types; YUYV, UYVY: the samples of the file, for pictures of
 * even width and the chip's arithmetic only
 * @return free with heap_caps_free(img.data). data == nullptr, and a log line: no JPEG, truncated or damaged data,
 * CMYK, or more pixels than the board has memory for
 */
img_t sw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type);

/**
 * Encode RGB888 or GRAY; YUYV or UYVY of an even width (4:2:2, their samples as they are). By libjpeg-turbo: a chip's
 * encoder writes other bytes.
 * @param quality 1 to 100; RGB888 is sampled 4:2:0
 * @return free with heap_caps_free(data); data == nullptr, and a log line, where it fails
 */
jpeg_img_t sw_encode_jpeg_base(const img_t &img, uint8_t quality = 80);
/** The same for every pixel type that read_row_rgb888() reads, and HSV_MASK. */
jpeg_img_t sw_encode_jpeg(const img_t &img, uint8_t quality = 80);

/**
 * ESP32-P4's codec in hardware; on other chips an error. Its geometry is the chip's: a picture whose number of pixels
 * is no multiple of 8 is refused, and width and height become multiples of 16 (the last column and row are repeated
 * here). Its arithmetic is not known: the pixels are sw_decode_jpeg()'s, and a warning says so once.
 * @param pix_type GRAY, RGB888, BGR888 or one of the 565 types
 * @param yuv_rgb_conv_std only BT601
 */
img_t hw_decode_jpeg(const jpeg_img_t &jpeg_img, pix_type_t pix_type, int timeout_ms = 60,
                     jpeg_yuv_rgb_conv_std_t yuv_rgb_conv_std = JPEG_YUV_RGB_CONV_STD_BT601);
/** GRAY, BGR888, RGB565LE. By libjpeg-turbo: the chip writes other bytes. */
jpeg_img_t hw_encode_jpeg_base(const img_t &img, uint8_t quality = 80, int timeout_ms = 70,
                               jpeg_down_sampling_type_t rgb_sub_sample_method = JPEG_DOWN_SAMPLING_YUV420);
/** The same for RGB888, the other 565 types and HSV_MASK, too. */
jpeg_img_t hw_encode_jpeg(const img_t &img, uint8_t quality = 80, int timeout_ms = 70,
                          jpeg_down_sampling_type_t rgb_sub_sample_method = JPEG_DOWN_SAMPLING_YUV420);

/** These five: with the flags of ESP-DL 3.2 and older. */
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

/** A whole file to memory, and back. Free with heap_caps_free(data). */
jpeg_img_t read_jpeg(const char *file_name);
esp_err_t write_jpeg(const jpeg_img_t &img, const char *file_name);

}  // namespace image
}  // namespace dl
