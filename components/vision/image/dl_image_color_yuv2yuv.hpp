/**
 * @file dl_image_color_yuv2yuv.hpp
 * YUYV and UYVY to YUYV and UYVY.
 */
#pragma once

#include "dl_image_color_common.hpp"

namespace dl {
namespace image {

/**
 * Convert pixel by pixel. So in a picture that is resized, or cropped at an odd column, pixels get their neighbours'
 * chroma.
 * @tparam ByteSwap YUYV to UYVY, or the reverse
 */
template <bool ByteSwap>
struct YUV2YUV : pixel_detail::Sixteens<YUV2YUV<ByteSwap>> {
    static constexpr int src_step = 2;
    static constexpr int dst_step = 2;
    static constexpr int pixels = 1;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        const uint16_t x = pixel_detail::load16(src);
        pixel_detail::store16(ByteSwap ? swap_bytes16(x) : x, dst);
    }
};

template <typename T>
inline constexpr bool is_yuv2yuv_v = false;

template <bool ByteSwap>
inline constexpr bool is_yuv2yuv_v<YUV2YUV<ByteSwap>> = true;

}  // namespace image
}  // namespace dl
