/**
 * @file dl_image_png.hpp
 * Reading and writing of PNG pictures.
 */
#pragma once

#include <cstddef>

#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * Decode any PNG to RGB888. Transparent parts become white.
 * @return the picture; heap_caps_free(img.data) frees it. On failure, data is nullptr and a log line says why
 */
img_t decode_png(const void *data, size_t size);

/** Write a picture of any type that convert_img() converts to RGB888. GRAY and HSV_MASK become a grey PNG. */
esp_err_t write_png(const img_t &img, const char *file_name);

}  // namespace image
}  // namespace dl
