#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_bit_defs.h"
#include "esp_err.h"

/** What a card says of itself. capacity counts sectors. */
typedef struct {
    int csd_ver;
    int mmc_ver;
    int capacity;
    int sector_size;
    int read_block_len;
    int card_command_class;
    int tr_speed;
} sdmmc_csd_t;

typedef struct {
    int mfg_id;
    int oem_id;
    char name[8];
    int revision;
    int serial;
    int date;
} sdmmc_cid_t;

typedef struct {
    uint32_t sd_spec : 4;
    uint32_t erase_mem_state : 1;
    uint32_t bus_width : 4;
    uint32_t reserved : 23;
    uint32_t rsvd_mnf;
} sdmmc_scr_t;

typedef struct {
    uint32_t alloc_unit_kb : 16;
    uint32_t erase_size_au : 16;
    uint32_t cur_bus_width : 2;
    uint32_t discard_support : 1;
    uint32_t fule_support : 1;
    uint32_t erase_timeout : 6;
    uint32_t erase_offset : 2;
    uint32_t reserved : 20;
} sdmmc_ssr_t;

typedef struct {
    uint8_t rev;
    uint8_t power_class;
    uint8_t erase_mem_state;
    uint8_t sec_feature;
} sdmmc_ext_csd_t;

typedef uint32_t sdmmc_response_t[4];

#define SDMMC_HOST_FLAG_1BIT BIT(0)
#define SDMMC_HOST_FLAG_4BIT BIT(1)
#define SDMMC_HOST_FLAG_8BIT BIT(2)
#define SDMMC_HOST_FLAG_SPI BIT(3)
#define SDMMC_HOST_FLAG_DDR BIT(4)
#define SDMMC_HOST_FLAG_DEINIT_ARG BIT(5)

#define SDMMC_FREQ_DEFAULT 20000
#define SDMMC_FREQ_HIGHSPEED 40000
#define SDMMC_FREQ_PROBING 400
#define SDMMC_FREQ_52M 52000
#define SDMMC_FREQ_26M 26000
#define SDMMC_FREQ_DDR50 50000
#define SDMMC_FREQ_SDR50 100000
#define SDMMC_FREQ_SDR104 200000

/** Power supply of a card slot; the emulated slot always has power. */
typedef struct sd_pwr_ctrl_drv_t *sd_pwr_ctrl_handle_t;

typedef enum {
    SDMMC_DELAY_PHASE_0,
    SDMMC_DELAY_PHASE_1,
    SDMMC_DELAY_PHASE_2,
    SDMMC_DELAY_PHASE_3,
} sdmmc_delay_phase_t;

/** The controller of a slot. Firmware fills it with SDMMC_HOST_DEFAULT() and changes a field or two. */
typedef struct {
    uint32_t flags;
    int slot;
    int max_freq_khz;
    float io_voltage;
    int command_timeout_ms;
    sdmmc_delay_phase_t input_delay_phase;
    sd_pwr_ctrl_handle_t pwr_ctrl_handle;
} sdmmc_host_t;

/** A mounted card. */
typedef struct {
    sdmmc_host_t host;
    uint32_t ocr;
    union {
        sdmmc_cid_t cid;
        sdmmc_response_t raw_cid;
    };
    sdmmc_csd_t csd;
    sdmmc_scr_t scr;
    sdmmc_ssr_t ssr;
    sdmmc_ext_csd_t ext_csd;
    uint16_t rca;
    uint16_t max_freq_khz;
    int real_freq_khz;
    uint32_t is_mem : 1;
    uint32_t is_sdio : 1;
    uint32_t is_mmc : 1;
    uint32_t num_io_functions : 3;
    uint32_t log_bus_width : 2;
    uint32_t is_ddr : 1;
    uint32_t reserved : 23;
} sdmmc_card_t;
