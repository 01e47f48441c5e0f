#include "board/chips.hpp"

#include <iterator>

namespace hal {

namespace {

constexpr uint32_t WIFI = CHIP_FEATURE_WIFI_BGN;
constexpr uint32_t BLE = CHIP_FEATURE_BLE;
constexpr uint32_t THREAD = CHIP_FEATURE_IEEE802154;

constexpr Chip CHIPS[] = {
    {"esp32", CHIP_ESP32, 300, WIFI | BLE | CHIP_FEATURE_BT, 2, false, 0, 32},
    {"esp32c3", CHIP_ESP32C3, 4, WIFI | BLE, 1, false, 0, 32},
    {"esp32c5", CHIP_ESP32C5, 100, WIFI | BLE | THREAD, 1, false, 0, 32},
    {"esp32c6", CHIP_ESP32C6, 2, WIFI | BLE | THREAD, 1, false, 0, 32},
    {"esp32p4", CHIP_ESP32P4, 100, 0, 2, true, 64, 64},
    {"esp32s2", CHIP_ESP32S2, 100, WIFI, 1, false, 0, 32},
    {"esp32s3", CHIP_ESP32S3, 2, WIFI | BLE, 2, true, 0, 32},
    {"esp32s31", CHIP_ESP32S31, 0, WIFI | BLE | CHIP_FEATURE_BT | THREAD, 2, true, 0, 64},
};

}  // namespace

const Chip *find_chip(std::string_view name) {
    for (const Chip &chip : CHIPS) {
        if (name == chip.name) {
            return &chip;
        }
    }
    return nullptr;
}

std::string chip_names() {
    std::string names;
    for (const Chip &chip : CHIPS) {
        names += &chip == std::begin(CHIPS) ? "" : &chip == std::end(CHIPS) - 1 ? " and " : ", ";
        names += chip.name;
    }
    return names;
}

}  // namespace hal
