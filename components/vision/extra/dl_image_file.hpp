/**
 * @file dl_image_file.hpp
 * Picture files of any kind.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dl_image_define.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * A whole file to memory of the board.
 * @param data free with heap_caps_free(); nullptr on failure, whose reason is logged
 */
esp_err_t read_file(const char *file_name, void **data, size_t *size);
esp_err_t write_file(const char *file_name, const void *data, size_t size);

/**
 * Decode a picture in memory: JPEG, PNG or BMP, told by its first bytes.
 * @return free with heap_caps_free(img.data); data == nullptr, and a log line, where it fails
 */
img_t decode_image(const void *data, size_t size, pix_type_t pix_type = DL_IMAGE_PIX_TYPE_RGB888);
/** The same for a file. */
img_t read_image(const char *file_name, pix_type_t pix_type = DL_IMAGE_PIX_TYPE_RGB888);

/** Write a picture as its name's ending asks: .jpg, .jpeg, .png, .bmp, in either case. */
esp_err_t write_image(const img_t &img, const char *file_name);

/** Paths of the picture files in a folder (by their names' endings), sorted by name; {} if there is no such folder. */
std::vector<std::string> list_images(const char *folder);

}  // namespace image
}  // namespace dl
