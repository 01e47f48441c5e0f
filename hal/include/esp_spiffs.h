#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *base_path;
    const char *partition_label;  ///< NULL: the first partition of subtype spiffs
    size_t max_files;
    bool format_if_mount_failed;
} esp_vfs_spiffs_conf_t;

/** Mounts a SPIFFS partition of the flash. @return ESP_ERR_NOT_FOUND without such a partition, ESP_ERR_INVALID_STATE
 * when it is mounted already or encrypted, ESP_FAIL when it was never formatted and must not be. */
esp_err_t esp_vfs_spiffs_register(const esp_vfs_spiffs_conf_t *conf);
/** @return ESP_ERR_INVALID_STATE when it is not mounted. */
esp_err_t esp_vfs_spiffs_unregister(const char *partition_label);
bool esp_spiffs_mounted(const char *partition_label);
esp_err_t esp_spiffs_format(const char *partition_label);
esp_err_t esp_spiffs_info(const char *partition_label, size_t *total_bytes, size_t *used_bytes);
esp_err_t esp_spiffs_check(const char *partition_label);
esp_err_t esp_spiffs_gc(const char *partition_label, size_t size_to_gc);

#ifdef __cplusplus
}
#endif
