#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The functions of the chip's ROM, which invert what comes in and what goes out. A long text may be done in parts: the
 * result of one is the crc of the next. `_le` are of reflected bits, `_be` not; the polynomials are 0x04C11DB7, 0x1021
 * and 0x07.
 *
 * The usual CRC-32 is esp_rom_crc32_le(0, ...). CRC-16/CCITT-FALSE, for instance, begins with 0xFFFF, which is
 * ~esp_rom_crc16_be((uint16_t)~0xFFFF, ...). */
uint32_t esp_rom_crc32_le(uint32_t crc, uint8_t const *buf, uint32_t len);
uint32_t esp_rom_crc32_be(uint32_t crc, uint8_t const *buf, uint32_t len);
uint16_t esp_rom_crc16_le(uint16_t crc, uint8_t const *buf, uint32_t len);
uint16_t esp_rom_crc16_be(uint16_t crc, uint8_t const *buf, uint32_t len);
uint8_t esp_rom_crc8_le(uint8_t crc, uint8_t const *buf, uint32_t len);
uint8_t esp_rom_crc8_be(uint8_t crc, uint8_t const *buf, uint32_t len);

#ifdef __cplusplus
}
#endif
