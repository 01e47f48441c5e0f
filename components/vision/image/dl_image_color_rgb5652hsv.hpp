/**
 * @file dl_image_color_rgb5652hsv.hpp
 * 16-bit pixels to HSV, or to a mask of HSV thresholds.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_hsv2hsv_mask.hpp"

namespace dl {
namespace image {

/** @tparam RGB565BE the source's high byte comes first @tparam RGBSwap the source is BGR565
 * @tparam ExtraProcess void, or HSV2HSVMask<...>: given to the constructor */
template <bool RGB565BE, bool RGBSwap, typename ExtraProcess = void>
struct RGB5652HSV : pixel_detail::StoreHsv<ExtraProcess>,
                    pixel_detail::Sixteens<RGB5652HSV<RGB565BE, RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 2;
    static constexpr int pixels = 1;
    using pixel_detail::StoreHsv<ExtraProcess>::StoreHsv;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        this->store(pixel_detail::load565<RGB565BE, RGBSwap>(src), dst);
    }
};

}  // namespace image
}  // namespace dl
