/**
 * @file dl_image_bmp.hpp
 * Reading and writing of BMP pictures.
 */
#pragma once

#include <cstddef>

#include "dl_image_caps.hpp"
#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * Decode an uncompressed BMP of 8 (with a palette), 24 or 32 bits per pixel. The result is BGR888, the order of the
 * file, or GRAY for 8 bits with a grey palette.
 * @return the picture; heap_caps_free(img.data) frees it. On failure, data is nullptr and a log line says why
 */
img_t decode_bmp(const void *data, size_t size);
/** Decode a BMP file. */
img_t read_bmp(const char *file_name);

/** Write a BGR888 or GRAY picture. */
esp_err_t write_bmp_base(const img_t &img, const char *file_name);
/** Write a picture of HSV_MASK, or of any type that convert_img() converts to BGR888. */
esp_err_t write_bmp(const img_t &img, const char *file_name);
/** Write a picture, with the capability flags of ESP-DL 3.2 and older. */
inline esp_err_t write_bmp(const img_t &img, const char *file_name, uint32_t caps) {
    return write_bmp({img.data, img.width, img.height, apply_caps(img.pix_type, caps)}, file_name);
}

}  // namespace image
}  // namespace dl
