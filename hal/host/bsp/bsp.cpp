// The board support package: SD card and SPIFFS. What is not emulated refuses with ESP_ERR_NOT_SUPPORTED.

#include <mutex>

#include "board/board.hpp"
#include "bsp/common.h"
#include "driver/spi_common.h"
#include "esp_spiffs.h"
#include "sd_pwr_ctrl_by_on_chip_ldo.h"

namespace {

constexpr int MAX_FILES = 5;
constexpr size_t ALLOCATION_UNIT = 16 * 1024;

/** Guards bsp_sdcard, which firmware may read without it once the card is mounted, as on the chip. */
std::mutex s_card_mutex;

esp_err_t mount_card(const bsp_sdcard_cfg_t *cfg, bool spi) {
    const std::lock_guard<std::mutex> lock(s_card_mutex);
    esp_vfs_fat_mount_config_t mount = {};
    mount.format_if_mount_failed = deskboard_app_config.bsp_sd_format_on_mount_fail;
    mount.max_files = MAX_FILES;
    mount.allocation_unit_size = ALLOCATION_UNIT;
    if (cfg && cfg->mount) {
        mount = *cfg->mount;
    }
    sdmmc_host_t host = {};
    if (cfg && cfg->host) {
        host = *cfg->host;
    } else if (spi) {
        bsp_sdcard_get_sdspi_host(SDSPI_DEFAULT_HOST, &host);
    } else {
        bsp_sdcard_get_sdmmc_host(SDMMC_HOST_SLOT_0, &host);
    }
    return esp_vfs_fat_sdmmc_mount(deskboard_app_config.bsp_sd_mount_point, &host, nullptr, &mount, &bsp_sdcard);
}

}  // namespace

extern "C" {

sdmmc_card_t *bsp_sdcard = nullptr;

sdmmc_card_t *bsp_sdcard_get_handle(void) {
    const std::lock_guard<std::mutex> lock(s_card_mutex);
    return bsp_sdcard;
}

esp_err_t bsp_sdcard_mount(void) {
    return mount_card(nullptr, false);
}
esp_err_t bsp_sdcard_sdmmc_mount(bsp_sdcard_cfg_t *cfg) {
    return mount_card(cfg, false);
}
esp_err_t bsp_sdcard_sdspi_mount(bsp_sdcard_cfg_t *cfg) {
    return mount_card(cfg, true);
}

esp_err_t bsp_sdcard_unmount(void) {
    const std::lock_guard<std::mutex> lock(s_card_mutex);
    const esp_err_t err = esp_vfs_fat_sdcard_unmount(deskboard_app_config.bsp_sd_mount_point, bsp_sdcard);
    if (err == ESP_OK) {
        bsp_sdcard = nullptr;
    }
    return err;
}

void bsp_sdcard_get_sdmmc_host(const int slot, sdmmc_host_t *config) {
    *config = SDMMC_HOST_DEFAULT();
    config->slot = slot;
    config->max_freq_khz = SDMMC_FREQ_HIGHSPEED;
}

void bsp_sdcard_get_sdspi_host(const int slot, sdmmc_host_t *config) {
    *config = SDSPI_HOST_DEFAULT();
    config->slot = slot;
}

void bsp_sdcard_sdmmc_get_slot(const int slot, sdmmc_slot_config_t *config) {
    (void)slot;
    *config = SDMMC_SLOT_CONFIG_DEFAULT();
}

void bsp_sdcard_sdspi_get_slot(const spi_host_device_t spi_host, sdspi_device_config_t *config) {
    *config = SDSPI_DEVICE_CONFIG_DEFAULT();
    config->host_id = spi_host;
}

esp_err_t bsp_spiffs_mount(void) {
    esp_vfs_spiffs_conf_t conf = {};
    conf.base_path = deskboard_app_config.bsp_spiffs_mount_point;
    conf.partition_label = deskboard_app_config.bsp_spiffs_partition_label;
    conf.max_files = deskboard_app_config.bsp_spiffs_max_files;
    conf.format_if_mount_failed = deskboard_app_config.bsp_spiffs_format_on_mount_fail;
    return esp_vfs_spiffs_register(&conf);
}

esp_err_t bsp_spiffs_unmount(void) {
    return esp_vfs_spiffs_unregister(deskboard_app_config.bsp_spiffs_partition_label);
}

esp_err_t bsp_leds_init(void) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_led_init(void) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_led_set(const bsp_led_t, const bool) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_i2c_init(void) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_i2c_deinit(void) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_display_brightness_set(int) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_display_backlight_on(void) {
    return ESP_ERR_NOT_SUPPORTED;
}
esp_err_t bsp_display_backlight_off(void) {
    return ESP_ERR_NOT_SUPPORTED;
}

// --- what code around an SD card sets up before it mounts one ---

esp_err_t spi_bus_initialize(spi_host_device_t, const spi_bus_config_t *bus_config, spi_dma_chan_t) {
    return !bus_config ? ESP_ERR_INVALID_ARG : ESP_OK;
}

esp_err_t spi_bus_free(spi_host_device_t) {
    return ESP_OK;
}

esp_err_t sd_pwr_ctrl_new_on_chip_ldo(const sd_pwr_ctrl_ldo_config_t *configs, sd_pwr_ctrl_handle_t *ret_drv) {
    static int token;
    if (!configs || !ret_drv) {
        return ESP_ERR_INVALID_ARG;
    }
    *ret_drv = reinterpret_cast<sd_pwr_ctrl_handle_t>(&token);
    return ESP_OK;
}

esp_err_t sd_pwr_ctrl_del_on_chip_ldo(sd_pwr_ctrl_handle_t handle) {
    return !handle ? ESP_ERR_INVALID_ARG : ESP_OK;
}

}  // extern "C"
