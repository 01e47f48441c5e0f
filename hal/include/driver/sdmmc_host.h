#pragma once

#include <stdint.h>

#include "driver/gpio.h"
#include "esp_err.h"
#include "sd_protocol_types.h"

#define SDMMC_HOST_SLOT_0 0
#define SDMMC_HOST_SLOT_1 1

#define SDMMC_SLOT_FLAG_INTERNAL_PULLUP BIT(0)
#define SDMMC_SLOT_NO_CD GPIO_NUM_NC
#define SDMMC_SLOT_NO_WP GPIO_NUM_NC
#define SDMMC_SLOT_WIDTH_DEFAULT 0

/** Pins and width of a slot. The emulation accepts any. */
typedef struct {
    gpio_num_t clk, cmd, d0, d1, d2, d3, d4, d5, d6, d7;
    union {
        gpio_num_t gpio_cd;
        gpio_num_t cd;
    };
    union {
        gpio_num_t gpio_wp;
        gpio_num_t wp;
    };
    uint8_t width;
    uint32_t flags;
} sdmmc_slot_config_t;

#ifdef __cplusplus
extern "C" {
#endif

static inline sdmmc_host_t deskboard_sdmmc_host_default(void) {
    sdmmc_host_t host = {};
    host.flags = SDMMC_HOST_FLAG_8BIT | SDMMC_HOST_FLAG_4BIT | SDMMC_HOST_FLAG_1BIT | SDMMC_HOST_FLAG_DDR;
    host.slot = SDMMC_HOST_SLOT_1;
    host.max_freq_khz = SDMMC_FREQ_DEFAULT;
    host.io_voltage = 3.3f;
    return host;
}

static inline sdmmc_slot_config_t deskboard_sdmmc_slot_default(void) {
    sdmmc_slot_config_t slot = {};
    slot.clk = slot.cmd = slot.d0 = slot.d1 = slot.d2 = slot.d3 = GPIO_NUM_NC;
    slot.d4 = slot.d5 = slot.d6 = slot.d7 = GPIO_NUM_NC;
    slot.gpio_cd = SDMMC_SLOT_NO_CD;
    slot.gpio_wp = SDMMC_SLOT_NO_WP;
    slot.width = SDMMC_SLOT_WIDTH_DEFAULT;
    return slot;
}

#define SDMMC_HOST_DEFAULT() (deskboard_sdmmc_host_default())
#define SDMMC_SLOT_CONFIG_DEFAULT() (deskboard_sdmmc_slot_default())

#ifdef __cplusplus
}
#endif
