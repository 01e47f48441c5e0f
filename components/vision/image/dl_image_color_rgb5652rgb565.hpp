/**
 * @file dl_image_color_rgb5652rgb565.hpp
 * 16-bit pixels to 16-bit pixels of another order of bytes or channels.
 */
#pragma once

#include "dl_image_color_common.hpp"

namespace dl {
namespace image {

/**
 * Convert without losing a bit. @tparam RGB565BE the source's high byte comes first @tparam RGBSwap the orders of the
 * channels differ @tparam ByteSwap the orders of the bytes differ
 */
template <bool RGB565BE, bool RGBSwap, bool ByteSwap>
struct RGB5652RGB565 : pixel_detail::Sixteens<RGB5652RGB565<RGB565BE, RGBSwap, ByteSwap>> {
    static constexpr int src_step = 2;
    static constexpr int dst_step = 2;
    static constexpr int pixels = 1;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        uint16_t x = pixel_detail::load16(src);
        if constexpr (RGBSwap) {
            x = RGB565BE ? swap_bytes16(x) : x;
            x = static_cast<uint16_t>(x << 11 | (x & 0x07E0) | x >> 11);
            x = RGB565BE ? swap_bytes16(x) : x;
        }
        pixel_detail::store16(ByteSwap ? swap_bytes16(x) : x, dst);
    }
};

}  // namespace image
}  // namespace dl
