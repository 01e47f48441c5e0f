/**
 * @file dl_image_color_yuv2rgb888.hpp
 * YUYV and UYVY to RGB888 and BGR888, as bytes and quantized.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_rgb8882rgb888.hpp"

namespace dl {
namespace image {

/** @tparam YUYVOrUYVY true: YUYV @tparam RGBSwap the destination is BGR888
 * @tparam ExtraProcess void, or NormQuant<int8_t, 3>, NormQuant<int16_t, 3>: given to the constructor */
template <bool YUYVOrUYVY, bool RGBSwap, typename ExtraProcess = void>
struct YUV2RGB888 : pixel_detail::Store888<ExtraProcess>,
                    pixel_detail::Sixteens<YUV2RGB888<YUYVOrUYVY, RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 2;
    static constexpr int pixels = 2;
    using pixel_detail::Store888<ExtraProcess>::Store888;
    /** Convert both pixels of a pair. */
    void operator()(const uint8_t *src, uint8_t *dst) const {
        uint8_t y1, u, y2, v;
        get_yuv<YUYVOrUYVY>(src, &y1, &u, &y2, &v);
        this->store(pixel_detail::yuv<RGBSwap>(y1, u, v), dst);
        this->store(pixel_detail::yuv<RGBSwap>(y2, u, v), dst + this->dst_step);
    }
    /** Convert one pixel of a pair. @param odd whether src is the second pixel */
    void operator()(const uint8_t *src, uint8_t *dst, bool odd) const {
        uint8_t y, u, v;
        get_yuv<YUYVOrUYVY>(src, odd, &y, &u, &v);
        this->store(pixel_detail::yuv<RGBSwap>(y, u, v), dst);
    }
};

template <typename T>
inline constexpr bool is_yuv2rgb888_v = false;

template <bool YUYVOrUYVY, bool RGBSwap, typename ExtraProcess>
inline constexpr bool is_yuv2rgb888_v<YUV2RGB888<YUYVOrUYVY, RGBSwap, ExtraProcess>> = true;

}  // namespace image
}  // namespace dl
