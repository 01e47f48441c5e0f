#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/gpio.h"
#include "driver/sdmmc_host.h"
#include "driver/spi_common.h"
#include "esp_err.h"
#include "sd_protocol_types.h"

typedef int sdspi_dev_handle_t;

#define SDSPI_DEFAULT_HOST SPI2_HOST
#define SDSPI_DEFAULT_DMA SPI_DMA_CH_AUTO
#define SDSPI_SLOT_NO_CD GPIO_NUM_NC
#define SDSPI_SLOT_NO_WP GPIO_NUM_NC
#define SDSPI_SLOT_NO_INT GPIO_NUM_NC
#define SDSPI_IO_ACTIVE_LOW 0

/** A card on an SPI bus. The emulation accepts any pins. */
typedef struct {
    spi_host_device_t host_id;
    gpio_num_t gpio_cs;
    gpio_num_t gpio_cd;
    gpio_num_t gpio_wp;
    gpio_num_t gpio_int;
    bool gpio_wp_polarity;
    uint16_t duty_cycle_pos;
    int8_t wait_for_miso;
} sdspi_device_config_t;

static inline sdmmc_host_t deskboard_sdspi_host_default(void) {
    sdmmc_host_t host = deskboard_sdmmc_host_default();
    host.flags = SDMMC_HOST_FLAG_SPI | SDMMC_HOST_FLAG_DEINIT_ARG;
    host.slot = SDSPI_DEFAULT_HOST;
    return host;
}

static inline sdspi_device_config_t deskboard_sdspi_device_default(void) {
    sdspi_device_config_t device = {};
    device.host_id = SDSPI_DEFAULT_HOST;
    device.gpio_cs = GPIO_NUM_13;
    device.gpio_cd = SDSPI_SLOT_NO_CD;
    device.gpio_wp = SDSPI_SLOT_NO_WP;
    device.gpio_int = SDSPI_SLOT_NO_INT;
    return device;
}

#define SDSPI_HOST_DEFAULT() (deskboard_sdspi_host_default())
#define SDSPI_DEVICE_CONFIG_DEFAULT() (deskboard_sdspi_device_default())
