/**
 * @file dl_image_adapt.hpp
 * Functions for the sources of this folder, which compile against this project's vision component and against the
 * published ESP-DL. Where the published one lacks a function, these do its work in another way.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "dl_image_bmp.hpp"
#include "dl_image_color.hpp"
#include "dl_image_process.hpp"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_log.h"

namespace dl {
namespace image {
namespace adapt {

/** Do alloc_img(). */
template <typename PixType>
img_t alloc(const char *what, uint32_t width, uint32_t height, PixType pix_type) {
    if constexpr (requires { alloc_img(what, width, height, pix_type); }) {
        return alloc_img(what, width, height, pix_type);
    } else {
        const img_t nothing = {nullptr, 0, 0, pix_type};
        if (width == 0 || height == 0 || width > UINT16_MAX || height > UINT16_MAX) {
            ESP_LOGE("dl_image", "%s: %ux%u pixels", what, static_cast<unsigned>(width), static_cast<unsigned>(height));
            return nothing;
        }
        img_t img = {nullptr, static_cast<uint16_t>(width), static_cast<uint16_t>(height), pix_type};
        const uint64_t bytes = static_cast<uint64_t>(width) * height * get_pix_byte_size(pix_type);
        img.data = bytes <= SIZE_MAX ? heap_caps_malloc(static_cast<size_t>(bytes), MALLOC_CAP_DEFAULT) : nullptr;
        if (!img.data) {
            ESP_LOGE("dl_image", "%s: no memory for %ux%u pixels", what, static_cast<unsigned>(width),
                     static_cast<unsigned>(height));
            return nothing;
        }
        return img;
    }
}

/** Do convert_img(). */
template <typename Img>
esp_err_t convert(const Img &src, const Img &dst) {
    if constexpr (requires { convert_img(src, dst); }) {
        return convert_img(src, dst);
    } else {
        ImageTransformer transformer;
        return transformer.set_src_img(src).set_dst_img(dst).transform();
    }
}

/** Do decode_bmp(). The published ESP-DL reads BMP from files only. */
template <typename Byte>
img_t bmp(const Byte *data, size_t size) {
    if constexpr (requires { decode_bmp(data, size); }) {
        return decode_bmp(data, size);
    } else {
        ESP_LOGE("dl_image", "a BMP of %u bytes in memory cannot be read with this ESP-DL",
                 static_cast<unsigned>(size));
        return {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_BGR888};
    }
}

}  // namespace adapt
}  // namespace image
}  // namespace dl
