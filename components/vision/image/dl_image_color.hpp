/**
 * @file dl_image_color.hpp
 * Conversions between pixel types, by pixel, by row and by picture.
 */
#pragma once

#include <array>
#include <cstdint>

#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/** Channels of a 16-bit pixel as eight bits, the lower bits zero. 1, 2, 3: upper five, middle six, lower five bits. */
inline uint8_t extract_channel1_from_rgb565le(uint16_t x) {
    return (uint8_t)(x >> 8 & 0xF8);
}
inline uint8_t extract_channel2_from_rgb565le(uint16_t x) {
    return (uint8_t)(x >> 3 & 0xFC);
}
inline uint8_t extract_channel3_from_rgb565le(uint16_t x) {
    return (uint8_t)(x << 3 & 0xF8);
}
inline uint16_t swap_bytes16(uint16_t x) {
    return (uint16_t)(x << 8 | x >> 8);
}
inline uint8_t extract_channel1_from_rgb565be(uint16_t x) {
    return extract_channel1_from_rgb565le(swap_bytes16(x));
}
inline uint8_t extract_channel2_from_rgb565be(uint16_t x) {
    return extract_channel2_from_rgb565le(swap_bytes16(x));
}
inline uint8_t extract_channel3_from_rgb565be(uint16_t x) {
    return extract_channel3_from_rgb565le(swap_bytes16(x));
}

/** Luma of ITU-R BT.601 in 15-bit fixed point, rounded. A grey pixel keeps its value: the weights add up to 32768. */
inline uint8_t rgb8882gray(uint8_t r, uint8_t g, uint8_t b) {
    return (uint8_t)((9798 * r + 19235 * g + 3735 * b + (1 << 14)) >> 15);
}

inline uint16_t rgb8882rgb565(uint8_t r, uint8_t g, uint8_t b) {
    return (uint16_t)((r >> 3) << 11 | (g >> 2) << 5 | b >> 3);
}

/** Hue 0..179, saturation 0..255, value 0..255, rounded to the nearest. Hue of a grey pixel: 0. */
std::array<uint8_t, 3> rgb8882hsv(uint8_t r, uint8_t g, uint8_t b);

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

/** Range of HSV values that DL_IMAGE_PIX_TYPE_HSV_MASK shows as 255. min > max in the hue wraps around. */
struct hsv_range_t {
    std::array<uint8_t, 3> min = {0, 0, 0};
    std::array<uint8_t, 3> max = {179, 255, 255};
};

/**
 * RGB888 to a row of n pixels of `type`: all types but the quantized ones and YUYV, UYVY.
 * @return false if `type` cannot be written
 */
bool write_row_rgb888(const uint8_t *rgb, int n, pix_type_t type, uint8_t *row, const hsv_range_t &range = {});

/**
 * Convert every pixel. `dst` has its memory and the size of `src`.
 * @return ESP_ERR_INVALID_SIZE, ESP_ERR_NOT_SUPPORTED (a pair of types that cannot be converted), ESP_ERR_INVALID_ARG
 * (no memory)
 */
esp_err_t convert_img(const img_t &src, const img_t &dst);

}  // namespace image
}  // namespace dl
