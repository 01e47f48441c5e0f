/**
 * @file dl_image_bmp.hpp
 * BMP pictures in and out.
 */
#pragma once

#include <cstddef>

#include "dl_image_caps.hpp"
#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * Decode an uncompressed BMP of 8 (palette), 24 or 32 bits a pixel to BGR888, the order of the file; 8 bits with a grey
 * palette to GRAY.
 * @return free with heap_caps_free(img.data); data == nullptr, and a log line, where it fails
 */
img_t decode_bmp(const void *data, size_t size);
/** The same for a file. */
img_t read_bmp(const char *file_name);

/** Write a BGR888 or GRAY picture. */
esp_err_t write_bmp_base(const img_t &img, const char *file_name);
/** Write a picture of any type that convert_img() turns into BGR888, or HSV_MASK. */
esp_err_t write_bmp(const img_t &img, const char *file_name);
/** With the flags of ESP-DL 3.2 and older. */
inline esp_err_t write_bmp(const img_t &img, const char *file_name, uint32_t caps) {
    return write_bmp({img.data, img.width, img.height, apply_caps(img.pix_type, caps)}, file_name);
}

}  // namespace image
}  // namespace dl
