/**
 * @file dl_image_caps.hpp
 * The capability flags of ESP-DL 3.0 to 3.2, so that apps written against those versions compile. Since 3.3 the pixel
 * types say the same: new code names BGR888, RGB565BE and so on.
 */
#pragma once

#include <concepts>
#include <cstdint>

#include "dl_image_define.hpp"

/** Outside any namespace, as up to 3.1, when they were macros; and, below, in dl::image, as in 3.2. */
typedef enum : uint32_t {
    DL_IMAGE_CAP_RGB_SWAP = 1 << 0,           ///< red and blue change places on the way
    DL_IMAGE_CAP_RGB565_BYTE_SWAP = 1 << 1,   ///< from a 565 type to a 565 type: the bytes change places, too
    DL_IMAGE_CAP_RGB565_BIG_ENDIAN = 1 << 2,  ///< RGB565 has its high byte first
    DL_IMAGE_CAP_PPA = 1 << 3                 ///< may be computed by ESP32-P4's accelerator: changes nothing here
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

/** The only 565 type of those versions: low byte first unless DL_IMAGE_CAP_RGB565_BIG_ENDIAN is set. */
inline constexpr pix_type_t DL_IMAGE_PIX_TYPE_RGB565 = DL_IMAGE_PIX_TYPE_RGB565LE;

/** What a picture's type is once flags are applied: with RGB_SWAP, RGB888 means BGR888; with RGB565_BIG_ENDIAN,
 * RGB565LE means RGB565BE; types without colours stay. */
pix_type_t apply_caps(pix_type_t type, uint32_t caps);

/** The types that a conversion from `src` to `dst` with these flags has in the language of 3.3. */
void apply_caps(pix_type_t &src, pix_type_t &dst, uint32_t caps);

/** How colours come to a model: `false` as RGB, `true` as BGR; or the flags of 3.2 and older. */
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
