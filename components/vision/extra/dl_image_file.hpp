/**
 * @file dl_image_file.hpp
 * Picture files of every format that vision reads or writes.
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
 * Read a whole file into the board's memory.
 * @param data the contents, for heap_caps_free(); nullptr on failure, with a log line
 */
esp_err_t read_file(const char *file_name, void **data, size_t *size);
esp_err_t write_file(const char *file_name, const void *data, size_t size);

/**
 * Decode a picture in memory. Its first bytes tell whether it is a JPEG, a PNG or a BMP.
 * @return the picture; heap_caps_free(img.data) frees it. On failure, data is nullptr and a log line says why
 */
img_t decode_image(const void *data, size_t size, pix_type_t pix_type = DL_IMAGE_PIX_TYPE_RGB888);
/** Decode a picture file. */
img_t read_image(const char *file_name, pix_type_t pix_type = DL_IMAGE_PIX_TYPE_RGB888);

/**
 * Write a picture in the format that the file name's ending asks for: .jpg, .jpeg, .png or .bmp, in upper or lower
 * case.
 */
esp_err_t write_image(const img_t &img, const char *file_name);

/**
 * Return the paths of the picture files in a folder, sorted by name. Endings of names tell which files are pictures. If
 * there is no such folder, the list is empty.
 */
std::vector<std::string> list_images(const char *folder);

}  // namespace image
}  // namespace dl
