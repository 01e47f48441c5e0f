#pragma once

#include "esp_rom_crc.h"

/** The older names. */
#define esp_crc32_le esp_rom_crc32_le
#define esp_crc32_be esp_rom_crc32_be
#define esp_crc16_le esp_rom_crc16_le
#define esp_crc16_be esp_rom_crc16_be
#define esp_crc8_le esp_rom_crc8_le
#define esp_crc8_be esp_rom_crc8_be
