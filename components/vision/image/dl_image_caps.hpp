/**
 * @file dl_image_caps.hpp
 * The capability flags of ESP-DL 3.0 to 3.2, so that apps written against those versions compile. Since 3.3, pixel
 * types take their place: new code names BGR888, RGB565BE and so on.
 */
#pragma once

#include <concepts>
#include <cstdint>

#include "dl_image_define.hpp"

/**
 * The flags are outside any namespace, because up to 3.1 they were macros. Below, they are also in dl::image, where 3.2
 * has them.
 */
typedef enum : uint32_t {
    DL_IMAGE_CAP_RGB_SWAP = 1 << 0,           ///< a conversion swaps red and blue
    DL_IMAGE_CAP_RGB565_BYTE_SWAP = 1 << 1,   ///< a conversion between 565 types swaps the bytes, too
    DL_IMAGE_CAP_RGB565_BIG_ENDIAN = 1 << 2,  ///< RGB565 has its high byte first
    DL_IMAGE_CAP_PPA = 1 << 3                 ///< ESP32-P4's accelerator may compute; without effect here
} dl_image_cap_t;

constexpr dl_image_cap_t operator|(dl_image_cap_t a, dl_image_cap_t b) {
    return static_cast<dl_image_cap_t>(static_cast<uint32_t>(a) | static_cast<uint32_t>(b));
}

namespace dl {
namespace image {

using img_cap_t = ::dl_image_cap_t;
using ::DL_IMAGE_CAP_PPA;
using ::DL_IMAGE_CAP_RGB565_BIG_ENDIAN;
using ::DL_IMAGE_CAP_RGB565_BYTE_SWAP;
using ::DL_IMAGE_CAP_RGB_SWAP;

/** The only 565 type of those versions. Its low byte comes first, unless DL_IMAGE_CAP_RGB565_BIG_ENDIAN is set. */
inline constexpr pix_type_t DL_IMAGE_PIX_TYPE_RGB565 = DL_IMAGE_PIX_TYPE_RGB565LE;

/**
 * Return the pixel type that a type with flags means. With RGB_SWAP, RGB888 means BGR888; with RGB565_BIG_ENDIAN,
 * RGB565LE means RGB565BE. A type without colours stays.
 */
pix_type_t apply_caps(pix_type_t type, uint32_t caps);

/** Replace both types of a conversion with flags by those types between which 3.3 converts in the same way. */
void apply_caps(pix_type_t &src, pix_type_t &dst, uint32_t caps);

/** The order of a model's colour channels: false is RGB, true is BGR. The flags of 3.2 and older are accepted, too. */
struct color_order_t {
    template <std::same_as<bool> T>
    constexpr color_order_t(T rgb_swap) : caps(rgb_swap ? static_cast<uint32_t>(DL_IMAGE_CAP_RGB_SWAP) : 0) {}
    template <typename T>
    requires(std::same_as<T, img_cap_t> ||
             (std::integral<T> && !std::same_as<T, bool>)) constexpr color_order_t(T flags)
        : caps(static_cast<uint32_t>(flags)) {}

    constexpr bool rgb_swap() const { return caps & DL_IMAGE_CAP_RGB_SWAP; }

    uint32_t caps;
};

}  // namespace image
}  // namespace dl
