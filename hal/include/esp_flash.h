#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "esp_bit_defs.h"
#include "esp_err.h"
#include "esp_partition.h"
#include "spi_flash_mmap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The board's flash; NULL stands for it too. */
extern esp_flash_t *esp_flash_default_chip;

/** Addresses are the chip's. Errors: ESP_ERR_INVALID_ARG beyond the flash or (erase) off a sector's bounds,
 * ESP_ERR_FLASH_*. */
esp_err_t esp_flash_read(esp_flash_t *chip, void *buffer, uint32_t address, uint32_t length);
esp_err_t esp_flash_write(esp_flash_t *chip, const void *buffer, uint32_t address, uint32_t length);
esp_err_t esp_flash_erase_region(esp_flash_t *chip, uint32_t start, uint32_t len);
esp_err_t esp_flash_erase_chip(esp_flash_t *chip);
esp_err_t esp_flash_get_size(esp_flash_t *chip, uint32_t *out_size);
esp_err_t esp_flash_get_physical_size(esp_flash_t *chip, uint32_t *out_size);
/** An identifier as a common chip of that size would give. */
esp_err_t esp_flash_read_id(esp_flash_t *chip, uint32_t *out_id);

#ifdef __cplusplus
}
#endif
