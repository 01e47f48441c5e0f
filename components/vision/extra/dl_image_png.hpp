/**
 * @file dl_image_png.hpp
 * PNG pictures in and out.
 */
#pragma once

#include <cstddef>

#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * Decode any PNG to RGB888. Transparent parts become white.
 * @return free with heap_caps_free(img.data); data == nullptr, and a log line, where it fails
 */
img_t decode_png(const void *data, size_t size);

/** Write a picture of any type that convert_img() turns into RGB888; GRAY and HSV_MASK as a grey PNG. */
esp_err_t write_png(const img_t &img, const char *file_name);

}  // namespace image
}  // namespace dl
