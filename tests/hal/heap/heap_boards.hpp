#pragma once

#include "board/board.hpp"
#include "esp_heap_caps.h"

// Boards with just the memory that a test is about.

inline hal::RamRegion ram(const char *name, uint32_t address, uint32_t size, uint32_t caps) {
    hal::RamRegion region;
    region.name = name;
    region.address = address;
    region.size = size;
    region.caps = caps;
    return region;
}

inline constexpr uint32_t COMMON_CAPS = MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT;
inline constexpr uint32_t INTERNAL_CAPS = COMMON_CAPS | MALLOC_CAP_INTERNAL | MALLOC_CAP_DMA;

/** One region of internal RAM and nothing else. */
inline hal::BoardProfile small_board(uint32_t size = 64 * 1024) {
    hal::BoardProfile profile;
    profile.name = profile.title = "small";
    profile.chip = "esp32s3";
    profile.flash_size = 1 << 20;
    profile.ram = {ram("RAM", 0x3FC94628, size, INTERNAL_CAPS)};
    return profile;
}

/** Internal RAM, RTC RAM, tightly coupled memory and PSRAM of an ESP32-P4. */
inline hal::BoardProfile full_board() {
    hal::BoardProfile profile;
    profile.name = profile.title = "full";
    profile.chip = "esp32p4";
    profile.flash_size = 1 << 20;
    profile.ram = {
        ram("RAM", 0x4FF40000, 0x60000, INTERNAL_CAPS | MALLOC_CAP_EXEC | MALLOC_CAP_SIMD),
        ram("RTCRAM", 0x50108080, 0x7F80, COMMON_CAPS | MALLOC_CAP_INTERNAL | MALLOC_CAP_RTCRAM),
        ram("TCM", 0x30100044, 0x1FBC, COMMON_CAPS | MALLOC_CAP_INTERNAL | MALLOC_CAP_TCM),
    };
    profile.psram_size = 4 << 20;
    profile.psram_address = 0x48000000;
    return profile;
}
