/**
 * @file dl_image_color.hpp
 * Conversions between pixel types: of a pixel (one header for each family), of a row, of a picture.
 */
#pragma once

#include <vector>

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
 * Convert the n pixels at `columns` of a row to RGB888. `type` is DL_IMAGE_PIX_TYPE_RGB888, BGR888, GRAY, one of the
 * four 565 types, YUYV or UYVY.
 * @param columns column numbers; nullptr: 0 to n - 1
 * @return false if `type` cannot be read
 */
bool read_row_rgb888(const uint8_t *row, pix_type_t type, const int *columns, int n, uint8_t *rgb);

/**
 * Can read_row_rgb888() read the rows of img? The picture needs memory, a size, a type that can be read, and an even
 * width if pairs of pixels share their chroma.
 */
bool is_readable(const img_t &img);

/**
 * Convert n pixels of RGB888 to a row of `type`: RGB888, BGR888, GRAY, one of the four 565 types or HSV.
 * @return false if `type` cannot be written
 */
bool write_row_rgb888(const uint8_t *rgb, int n, pix_type_t type, uint8_t *row);

/**
 * Convert every pixel. `dst` has memory, and the size of `src`. All types are possible, except the quantized ones and
 * HSV_MASK: these need parameters, which ImageTransformer takes. A grey picture becomes a coloured one with equal
 * channels.
 * @return with a log line: ESP_ERR_INVALID_SIZE, ESP_ERR_NOT_SUPPORTED (no conversion between these types),
 * ESP_ERR_INVALID_ARG (no memory)
 */
esp_err_t convert_img(const img_t &src, const img_t &dst);

/**
 * Convert the pixels of a crop area, as ESP-DL 3.0 and 3.1 do; see resize() for the types and the table. `dst` has
 * memory for them, and gets the width and height of the area.
 * @return with a log line: ESP_ERR_INVALID_ARG, ESP_ERR_NOT_SUPPORTED
 */
esp_err_t convert_img(const img_t &src, img_t &dst, uint32_t caps, const void *norm_lut = nullptr,
                      const std::vector<int> &crop_area = {});

/**
 * Convert a picture in NV12, the format of many cameras and video decoders (see nv12_img_t). The arithmetic is that of
 * YUYV.
 * @param size bytes of nv12: width * height * 3 / 2 are needed
 * @param dst a picture with memory, and an even width and height. Its type is one that YUYV can be converted to without
 * parameters
 * @return ESP_ERR_INVALID_SIZE, ESP_ERR_NOT_SUPPORTED, ESP_ERR_INVALID_ARG, with a log line
 */
esp_err_t convert_nv12(const void *nv12, size_t size, const img_t &dst);

}  // namespace image
}  // namespace dl
