/**
 * @file dl_image_color.hpp
 * Conversions between pixel types: of a pixel (one header for each family), of a row, of a picture.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_gray2gray.hpp"
#include "dl_image_color_hsv2hsv_mask.hpp"
#include "dl_image_color_rgb5652gray.hpp"
#include "dl_image_color_rgb5652hsv.hpp"
#include "dl_image_color_rgb5652rgb565.hpp"
#include "dl_image_color_rgb5652rgb888.hpp"
#include "dl_image_color_rgb8882gray.hpp"
#include "dl_image_color_rgb8882hsv.hpp"
#include "dl_image_color_rgb8882rgb565.hpp"
#include "dl_image_color_rgb8882rgb888.hpp"
#include "dl_image_color_yuv2gray.hpp"
#include "dl_image_color_yuv2hsv.hpp"
#include "dl_image_color_yuv2rgb565.hpp"
#include "dl_image_color_yuv2rgb888.hpp"
#include "dl_image_color_yuv2yuv.hpp"
#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * Pixels columns[0..n) of a row of `type` to RGB888. Reads DL_IMAGE_PIX_TYPE_RGB888, BGR888, GRAY, the four 565 types,
 * YUYV, UYVY.
 * @param columns column numbers; nullptr: 0 to n - 1
 * @return false if `type` cannot be read
 */
bool read_row_rgb888(const uint8_t *row, pix_type_t type, const int *columns, int n, uint8_t *rgb);

/** Whether read_row_rgb888() may be used on the rows of img: it has memory, a size, a type that can be read, and an
 * even width if two pixels share their chroma. */
bool is_readable(const img_t &img);

/**
 * RGB888 to a row of n pixels of `type`: RGB888, BGR888, GRAY, the four 565 types, HSV.
 * @return false if `type` cannot be written
 */
bool write_row_rgb888(const uint8_t *rgb, int n, pix_type_t type, uint8_t *row);

/**
 * Convert every pixel. `dst` has its memory and the size of `src`. Between all types but the quantized ones and
 * HSV_MASK, which need parameters: ImageTransformer has them. A grey picture becomes a coloured one with equal
 * channels.
 * @return ESP_ERR_INVALID_SIZE, ESP_ERR_NOT_SUPPORTED (a pair of types that cannot be converted), ESP_ERR_INVALID_ARG
 * (no memory); what was wrong is logged
 */
esp_err_t convert_img(const img_t &src, const img_t &dst);

/**
 * Convert a picture in NV12, as cameras and video decoders hand it out: height rows of width luma samples, then
 * height / 2 rows in which each two bytes are U and V of 2x2 pixels.
 * @param size bytes of nv12: width * height * 3 / 2 are needed
 * @param dst has its memory, and an even width and height; its type is one that YUYV can be converted to without
 * parameters. The arithmetic is that of YUYV.
 * @return ESP_ERR_INVALID_SIZE, ESP_ERR_NOT_SUPPORTED, ESP_ERR_INVALID_ARG, with a log line
 */
esp_err_t convert_nv12(const void *nv12, size_t size, const img_t &dst);

}  // namespace image
}  // namespace dl
