#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "esp_err.h"
#include "storage/volume.hpp"

namespace hal {

/** File systems in flash partitions. Their content is a host folder beside the flash file, FLASH.fs/LABEL/, limited to
 * the partition's size. The partition itself holds only a mark that it is formatted, so that erasing the partition
 * (or the flash) loses the files as it would on a chip. */
enum class FlashFolderKind { FAT, SPIFFS };

struct FlashFolderRequest {
    FlashFolderKind kind = FlashFolderKind::FAT;
    std::string base_path;
    const char *label = nullptr;  ///< null: the first partition of that subtype
    int max_files = 5;
    bool format_if_mount_failed = false;
    bool read_only = false;
};

/** @return ESP_ERR_NOT_FOUND without such a partition, ESP_ERR_INVALID_STATE when it or the path is mounted,
 * ESP_ERR_NOT_SUPPORTED when it is encrypted, ESP_FAIL when it is not formatted. */
esp_err_t mount_flash_folder(const FlashFolderRequest &request, int &handle);
/** @param handle as mount gave it; -1: whatever is mounted there */
esp_err_t unmount_flash_folder(const std::string &base_path, int handle);
esp_err_t unmount_flash_folder(FlashFolderKind kind, const char *label);
/** Deletes all files. Mounted or not. */
esp_err_t format_flash_folder(FlashFolderKind kind, const char *label);
/** The mounted volume of a partition, or null. */
std::shared_ptr<Volume> flash_folder_volume(FlashFolderKind kind, const char *label);

}  // namespace hal
