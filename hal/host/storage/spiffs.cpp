// esp_spiffs over the folder of a flash partition.

#include "esp_spiffs.h"

#include "storage/flash_folder.hpp"

using hal::FlashFolderKind;

extern "C" {

esp_err_t esp_vfs_spiffs_register(const esp_vfs_spiffs_conf_t *conf) {
    if (!conf || !conf->base_path) {
        return ESP_ERR_INVALID_ARG;
    }
    hal::FlashFolderRequest request;
    request.kind = FlashFolderKind::SPIFFS;
    request.base_path = conf->base_path;
    request.label = conf->partition_label;
    request.max_files = static_cast<int>(conf->max_files);
    request.format_if_mount_failed = conf->format_if_mount_failed;
    int handle = 0;
    return hal::mount_flash_folder(request, handle);
}

esp_err_t esp_vfs_spiffs_unregister(const char *partition_label) {
    return hal::unmount_flash_folder(FlashFolderKind::SPIFFS, partition_label);
}

bool esp_spiffs_mounted(const char *partition_label) {
    return hal::flash_folder_volume(FlashFolderKind::SPIFFS, partition_label) != nullptr;
}

esp_err_t esp_spiffs_format(const char *partition_label) {
    return hal::format_flash_folder(FlashFolderKind::SPIFFS, partition_label) == ESP_OK ? ESP_OK : ESP_FAIL;
}

esp_err_t esp_spiffs_info(const char *partition_label, size_t *total_bytes, size_t *used_bytes) {
    const std::shared_ptr<hal::Volume> volume = hal::flash_folder_volume(FlashFolderKind::SPIFFS, partition_label);
    if (!volume) {
        return ESP_ERR_INVALID_STATE;
    }
    if (!total_bytes || !used_bytes) {
        return ESP_ERR_INVALID_ARG;
    }
    *total_bytes = volume->total_bytes();
    *used_bytes = volume->used_bytes();
    return ESP_OK;
}

esp_err_t esp_spiffs_check(const char *partition_label) {
    return esp_spiffs_mounted(partition_label) ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_spiffs_gc(const char *partition_label, size_t size_to_gc) {
    (void)size_to_gc;
    return esp_spiffs_mounted(partition_label) ? ESP_OK : ESP_ERR_INVALID_STATE;
}

}  // extern "C"
