/**
 * @file dl_image_color_rgb5652gray.hpp
 * 16-bit pixels to grey ones.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_gray2gray.hpp"

namespace dl {
namespace image {

/** @tparam RGB565BE the source's high byte comes first @tparam RGBSwap the source is BGR565
 * @tparam ExtraProcess void, or NormQuant<int8_t, 1>, NormQuant<int16_t, 1>: given to the constructor */
template <bool RGB565BE, bool RGBSwap, typename ExtraProcess = void>
struct RGB5652Gray : pixel_detail::StoreGray<ExtraProcess>,
                     pixel_detail::Sixteens<RGB5652Gray<RGB565BE, RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 2;
    static constexpr int pixels = 1;
    using pixel_detail::StoreGray<ExtraProcess>::StoreGray;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        const pixel_detail::Channels rgb = pixel_detail::load565<RGB565BE, RGBSwap>(src);
        this->store(rgb8882gray(rgb.c1, rgb.c2, rgb.c3), dst);
    }
};

}  // namespace image
}  // namespace dl
