#pragma once

#include <string>

#include "esp_err.h"
#include "esp_partition.h"

namespace hal {

/** What a partition with a file system begins with: its files lie in a host folder. An image differs in the last byte
 * only, so that one write, which can clear bits but not set them, makes the one of the other. */
constexpr char FOLDER_MARK[16] = "Deskboard files";
constexpr char FOLDER_IMAGE_END = '\xff';

/** Files for a partition, as tools/fw/folder_image.py makes them: the mark, the length of the rest and its CRC-32 (both
 * 32 bits, little endian), then each file: the length of its name, the length of its data (32 bits), name, data. */
bool is_folder_image(const esp_partition_t *partition);

/** The folder becomes what the image holds, then the mark says so: cut off anywhere, the next call begins anew.
 * @return ESP_ERR_INVALID_SIZE, ESP_ERR_INVALID_CRC or ESP_ERR_INVALID_ARG for an image that is cut, wrong, or names
 * a file outside the folder; ESP_FAIL when the folder cannot be written */
esp_err_t unpack_folder_image(const esp_partition_t *partition, const std::string &folder);

}  // namespace hal
