/**
 * @file dl_image_color_yuv2gray.hpp
 * YUYV and UYVY to grey pixels: a grey pixel is the luma.
 */
#pragma once

#include "dl_image_color_common.hpp"
#include "dl_image_color_gray2gray.hpp"

namespace dl {
namespace image {

/** @tparam YUYVOrUYVY true: YUYV
 * @tparam ExtraProcess void, or NormQuant<int8_t, 1>, NormQuant<int16_t, 1>: given to the constructor */
template <bool YUYVOrUYVY, typename ExtraProcess = void>
struct YUV2Gray : pixel_detail::StoreGray<ExtraProcess>, pixel_detail::Sixteens<YUV2Gray<YUYVOrUYVY, ExtraProcess>> {
    static constexpr int src_step = 2;
    static constexpr int pixels = 1;
    using pixel_detail::StoreGray<ExtraProcess>::StoreGray;
    void operator()(const uint8_t *src, uint8_t *dst) const { this->store(src[YUYVOrUYVY ? 0 : 1], dst); }
};

template <typename T>
inline constexpr bool is_yuv2gray_v = false;

template <bool YUYVOrUYVY, typename ExtraProcess>
inline constexpr bool is_yuv2gray_v<YUV2Gray<YUYVOrUYVY, ExtraProcess>> = true;

}  // namespace image
}  // namespace dl
