#pragma once

#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

#include <stdbool.h>
#include <stdint.h>

#include "driver/gpio.h"
#include "driver/sdmmc_host.h"
#include "driver/sdspi_host.h"
#include "esp_err.h"
#include "esp_vfs_fat.h"

#ifdef CONFIG_BSP_SD_MOUNT_POINT
#define BSP_SD_MOUNT_POINT CONFIG_BSP_SD_MOUNT_POINT
#else
#define BSP_SD_MOUNT_POINT "/sdcard"
#endif

#ifdef CONFIG_BSP_SPIFFS_MOUNT_POINT
#define BSP_SPIFFS_MOUNT_POINT CONFIG_BSP_SPIFFS_MOUNT_POINT
#else
#define BSP_SPIFFS_MOUNT_POINT "/spiffs"
#endif

#define BSP_SDSPI_HOST (SDSPI_DEFAULT_HOST)

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const esp_vfs_fat_sdmmc_mount_config_t *mount;
    sdmmc_host_t *host;
    union {
        const sdmmc_slot_config_t *sdmmc;
        const sdspi_device_config_t *sdspi;
    } slot;
} bsp_sdcard_cfg_t;

/** The mounted card, or NULL. */
extern sdmmc_card_t *bsp_sdcard;
sdmmc_card_t *bsp_sdcard_get_handle(void);

/** Mounts the SD card at BSP_SD_MOUNT_POINT, 5 files open at most. @return as esp_vfs_fat_sdmmc_mount */
esp_err_t bsp_sdcard_mount(void);
esp_err_t bsp_sdcard_unmount(void);
/** The same with a configuration of one's own; members that are NULL get their default. */
esp_err_t bsp_sdcard_sdmmc_mount(bsp_sdcard_cfg_t *cfg);
esp_err_t bsp_sdcard_sdspi_mount(bsp_sdcard_cfg_t *cfg);
void bsp_sdcard_get_sdmmc_host(const int slot, sdmmc_host_t *config);
void bsp_sdcard_get_sdspi_host(const int slot, sdmmc_host_t *config);
void bsp_sdcard_sdmmc_get_slot(const int slot, sdmmc_slot_config_t *config);
void bsp_sdcard_sdspi_get_slot(const spi_host_device_t spi_host, sdspi_device_config_t *config);

/** Mounts the SPIFFS partition CONFIG_BSP_SPIFFS_PARTITION_LABEL at BSP_SPIFFS_MOUNT_POINT. */
esp_err_t bsp_spiffs_mount(void);
esp_err_t bsp_spiffs_unmount(void);

/** LEDs, displays and buses of a board are not emulated: these return ESP_ERR_NOT_SUPPORTED. */
typedef int bsp_led_t;
#define BSP_LED_GREEN 0
#define BSP_LED_BLUE 1
esp_err_t bsp_leds_init(void);
esp_err_t bsp_led_init(void);
esp_err_t bsp_led_set(const bsp_led_t led_io, const bool on);
esp_err_t bsp_i2c_init(void);
esp_err_t bsp_i2c_deinit(void);
esp_err_t bsp_display_brightness_set(int brightness_percent);
esp_err_t bsp_display_backlight_on(void);
esp_err_t bsp_display_backlight_off(void);

#ifdef __cplusplus
}
#endif
