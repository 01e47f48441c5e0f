/**
 * @file dl_image_color_yuv2rgb565.hpp
 * YUYV and UYVY to 16-bit pixels, by way of RGB888.
 */
#pragma once

#include "dl_image_color_common.hpp"

namespace dl {
namespace image {

/** @tparam YUYVOrUYVY true: YUYV @tparam RGB565BE the destination's high byte comes first
 * @tparam RGBSwap the destination is BGR565 */
template <bool YUYVOrUYVY, bool RGB565BE, bool RGBSwap>
struct YUV2RGB565 : pixel_detail::Sixteens<YUV2RGB565<YUYVOrUYVY, RGB565BE, RGBSwap>> {
    static constexpr int src_step = 2;
    static constexpr int dst_step = 2;
    static constexpr int pixels = 2;
    /** Convert both pixels of a pair. */
    void operator()(const uint8_t *src, uint8_t *dst) const {
        uint8_t y1, u, y2, v;
        get_yuv<YUYVOrUYVY>(src, &y1, &u, &y2, &v);
        pixel_detail::store565<RGB565BE>(pixel_detail::yuv<RGBSwap>(y1, u, v), dst);
        pixel_detail::store565<RGB565BE>(pixel_detail::yuv<RGBSwap>(y2, u, v), dst + dst_step);
    }
    /** Convert one pixel of a pair. @param odd whether src is the second pixel */
    void operator()(const uint8_t *src, uint8_t *dst, bool odd) const {
        uint8_t y, u, v;
        get_yuv<YUYVOrUYVY>(src, odd, &y, &u, &v);
        pixel_detail::store565<RGB565BE>(pixel_detail::yuv<RGBSwap>(y, u, v), dst);
    }
};

template <typename T>
inline constexpr bool is_yuv2rgb565_v = false;

template <bool YUYVOrUYVY, bool RGB565BE, bool RGBSwap>
inline constexpr bool is_yuv2rgb565_v<YUV2RGB565<YUYVOrUYVY, RGB565BE, RGBSwap>> = true;

}  // namespace image
}  // namespace dl
