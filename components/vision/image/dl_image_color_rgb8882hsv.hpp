/**
 * @file dl_image_color_rgb8882hsv.hpp
 * RGB888 and BGR888 to HSV, or to a mask of HSV thresholds.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_hsv2hsv_mask.hpp"

namespace dl {
namespace image {

/** @tparam RGBSwap the source is BGR888 @tparam ExtraProcess void, or HSV2HSVMask<...>: given to the constructor */
template <bool RGBSwap, typename ExtraProcess = void>
struct RGB8882HSV : pixel_detail::StoreHsv<ExtraProcess>, pixel_detail::Sixteens<RGB8882HSV<RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 3;
    static constexpr int pixels = 1;
    using pixel_detail::StoreHsv<ExtraProcess>::StoreHsv;
    void operator()(const uint8_t *src, uint8_t *dst) const { this->store(pixel_detail::load888<RGBSwap>(src), dst); }
};

}  // namespace image
}  // namespace dl
