/**
 * @file dl_image_color_yuv2hsv.hpp
 * YUYV and UYVY to HSV, or to a mask of HSV thresholds, by way of RGB888.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_hsv2hsv_mask.hpp"

namespace dl {
namespace image {

/** @tparam YUYVOrUYVY true: YUYV @tparam ExtraProcess void, or HSV2HSVMask<...>: given to the constructor */
template <bool YUYVOrUYVY, typename ExtraProcess = void>
struct YUV2HSV : pixel_detail::StoreHsv<ExtraProcess>, pixel_detail::Sixteens<YUV2HSV<YUYVOrUYVY, ExtraProcess>> {
    static constexpr int src_step = 2;
    static constexpr int pixels = 2;
    using pixel_detail::StoreHsv<ExtraProcess>::StoreHsv;
    /** Convert both pixels of a pair. */
    void operator()(const uint8_t *src, uint8_t *dst) const {
        uint8_t y1, u, y2, v;
        get_yuv<YUYVOrUYVY>(src, &y1, &u, &y2, &v);
        this->store(pixel_detail::yuv<false>(y1, u, v), dst);
        this->store(pixel_detail::yuv<false>(y2, u, v), dst + this->dst_step);
    }
    /** Convert one pixel of a pair. @param odd whether src is the second pixel */
    void operator()(const uint8_t *src, uint8_t *dst, bool odd) const {
        uint8_t y, u, v;
        get_yuv<YUYVOrUYVY>(src, odd, &y, &u, &v);
        this->store(pixel_detail::yuv<false>(y, u, v), dst);
    }
};

template <typename T>
inline constexpr bool is_yuv2hsv_v = false;

template <bool YUYVOrUYVY, typename ExtraProcess>
inline constexpr bool is_yuv2hsv_v<YUV2HSV<YUYVOrUYVY, ExtraProcess>> = true;

}  // namespace image
}  // namespace dl
