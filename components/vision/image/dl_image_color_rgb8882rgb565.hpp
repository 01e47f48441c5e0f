/**
 * @file dl_image_color_rgb8882rgb565.hpp
 * RGB888 and BGR888 to 16-bit pixels.
 */
#pragma once

#include "dl_image_color_common.hpp"

namespace dl {
namespace image {

/** @tparam RGB565BE the destination's high byte comes first @tparam RGBSwap the orders of the channels differ */
template <bool RGB565BE, bool RGBSwap>
struct RGB8882RGB565 : pixel_detail::Sixteens<RGB8882RGB565<RGB565BE, RGBSwap>> {
    static constexpr int src_step = 3;
    static constexpr int dst_step = 2;
    static constexpr int pixels = 1;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        pixel_detail::store565<RGB565BE>(pixel_detail::load888<RGBSwap>(src), dst);
    }
};

}  // namespace image
}  // namespace dl
