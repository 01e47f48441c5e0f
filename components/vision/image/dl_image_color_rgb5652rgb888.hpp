/**
 * @file dl_image_color_rgb5652rgb888.hpp
 * 16-bit pixels to RGB888 and BGR888, as bytes and quantized.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_rgb8882rgb888.hpp"

namespace dl {
namespace image {

/**
 * Convert with zeros for the lower bits of a channel: the brightest red is 248. @tparam RGB565BE the source's high byte
 * comes first
 * @tparam RGBSwap the orders of the channels differ
 * @tparam ExtraProcess void, or NormQuant<int8_t, 3>, NormQuant<int16_t, 3>: given to the constructor
 */
template <bool RGB565BE, bool RGBSwap, typename ExtraProcess = void>
struct RGB5652RGB888 : pixel_detail::Store888<ExtraProcess>,
                       pixel_detail::Sixteens<RGB5652RGB888<RGB565BE, RGBSwap, ExtraProcess>> {
    static constexpr int src_step = 2;
    static constexpr int pixels = 1;
    using pixel_detail::Store888<ExtraProcess>::Store888;
    void operator()(const uint8_t *src, uint8_t *dst) const {
        this->store(pixel_detail::load565<RGB565BE, RGBSwap>(src), dst);
    }
};

}  // namespace image
}  // namespace dl
