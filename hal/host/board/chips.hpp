#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "esp_chip_info.h"

namespace hal {

/** What the HAL must know of a chip beside its board's profile. */
struct Chip {
    const char *name;        ///< IDF_TARGET: "esp32p4"
    esp_chip_model_t model;  ///< what esp_chip_info() tells
    uint16_t revision;       ///< major * 100 + minor, of the newest in production
    uint32_t features;       ///< CHIP_FEATURE_*
    int cores;
    bool simd;                    ///< has the vector instructions that MALLOC_CAP_SIMD is for
    uint16_t internal_alignment;  ///< cache line in front of internal RAM, 0: no cache there
    uint16_t external_alignment;  ///< cache line in front of PSRAM and flash
};

/** @return nullptr for a chip that the emulation does not know. */
const Chip *find_chip(std::string_view name);

/** "esp32, esp32c3, ... and esp32s31", for messages. */
std::string chip_names();

}  // namespace hal
