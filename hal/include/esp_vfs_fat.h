#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/sdmmc_host.h"
#include "driver/sdspi_host.h"
#include "esp_err.h"
#include "esp_vfs.h"
#include "ff.h"
#include "sd_protocol_types.h"
#include "wear_levelling.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a FAT file system is mounted. */
typedef struct {
    bool format_if_mount_failed;  ///< make a file system where there is none
    int max_files;                ///< files open at the same time
    size_t allocation_unit_size;  ///< cluster size of a new file system; 0: one sector
    bool disk_status_check_enable;
    bool use_one_fat;
} esp_vfs_fat_mount_config_t;

typedef esp_vfs_fat_mount_config_t esp_vfs_fat_sdmmc_mount_config_t;

#ifdef __cplusplus
#define VFS_FAT_MOUNT_DEFAULT_CONFIG() (esp_vfs_fat_mount_config_t{false, 5, 0, false, false})
#else
#define VFS_FAT_MOUNT_DEFAULT_CONFIG() ((esp_vfs_fat_mount_config_t){false, 5, 0, false, false})
#endif

/** Mounts the SD card at base_path. @return ESP_ERR_TIMEOUT when no card answers, ESP_FAIL when it holds no file system
 * (and must not be formatted), ESP_ERR_INVALID_STATE when base_path or the card is mounted already,
 * ESP_ERR_NOT_SUPPORTED when the board has no slot. */
esp_err_t esp_vfs_fat_sdmmc_mount(const char *base_path, const sdmmc_host_t *host_config, const void *slot_config,
                                  const esp_vfs_fat_mount_config_t *mount_config, sdmmc_card_t **out_card);
esp_err_t esp_vfs_fat_sdspi_mount(const char *base_path, const sdmmc_host_t *host_config_input,
                                  const sdspi_device_config_t *slot_config,
                                  const esp_vfs_fat_mount_config_t *mount_config, sdmmc_card_t **out_card);
/** Files that are still open answer EIO from then on. @return ESP_ERR_INVALID_STATE when nothing is mounted there. */
esp_err_t esp_vfs_fat_sdcard_unmount(const char *base_path, sdmmc_card_t *card);
/** The older form, of the card that was mounted first. */
esp_err_t esp_vfs_fat_sdmmc_unmount(void);
/** Empties the card. The folder behind an emulated card is the user's, so ESP_ERR_NOT_SUPPORTED unless it is empty. */
esp_err_t esp_vfs_fat_sdcard_format(const char *base_path, sdmmc_card_t *card);

/** Mounts a FAT partition of the flash (partition_label NULL: the first of subtype fat).
 * @return ESP_ERR_NOT_FOUND without such a partition. */
esp_err_t esp_vfs_fat_spiflash_mount_rw_wl(const char *base_path, const char *partition_label,
                                           const esp_vfs_fat_mount_config_t *mount_config, wl_handle_t *wl_handle);
esp_err_t esp_vfs_fat_spiflash_unmount_rw_wl(const char *base_path, wl_handle_t wl_handle);
esp_err_t esp_vfs_fat_spiflash_format_rw_wl(const char *base_path, const char *partition_label);
esp_err_t esp_vfs_fat_spiflash_mount_ro(const char *base_path, const char *partition_label,
                                        const esp_vfs_fat_mount_config_t *mount_config);
esp_err_t esp_vfs_fat_spiflash_unmount_ro(const char *base_path, const char *partition_label);

/** Size and free bytes of the file system at base_path. @return ESP_ERR_INVALID_STATE when there is none. */
esp_err_t esp_vfs_fat_info(const char *base_path, uint64_t *out_total_bytes, uint64_t *out_free_bytes);

#ifdef __cplusplus
}
#endif
