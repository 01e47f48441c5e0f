/**
 * @file dl_image_color_rgb8882gray.hpp
 * RGB888 and BGR888 to grey pixels.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_gray2gray.hpp"

namespace dl {
namespace image {

/** @tparam RGBSwap the source is BGR888
 * @tparam ExtraProcess void, or NormQuant<int8_t, 1>, NormQuant<int16_t, 1>: given to the constructor */
template <bool RGBSwap, typename ExtraProcess = void>
struct RGB8882Gray : pixel_detail::StoreGray<ExtraProcess>, pixel_detail::Sixteens<RGB8882Gray<RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 3;
    static constexpr int pixels = 1;
    using pixel_detail::StoreGray<ExtraProcess>::StoreGray;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        const pixel_detail::Channels rgb = pixel_detail::load888<RGBSwap>(src);
        this->store(rgb8882gray(rgb.c1, rgb.c2, rgb.c3), dst);
    }
};

}  // namespace image
}  // namespace dl
