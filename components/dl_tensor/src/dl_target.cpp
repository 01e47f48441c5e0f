#include "dl_target.hpp"

#include <atomic>
#include <cstring>

#include "esp_chip_info.h"

namespace dl {

namespace {

constexpr int NOT_SET = -1;
std::atomic<int> s_target{NOT_SET};

// The chip is asked at run time, not by a macro of the configuration: one build of this library serves every chip.
target_t chip() {
    esp_chip_info_t info;
    esp_chip_info(&info);
    switch (info.model) {
        case CHIP_ESP32P4:
        case CHIP_ESP32S31:
            return TARGET_ESP32P4;
        case CHIP_ESP32S3:
            return TARGET_ESP32S3;
        default:
            return TARGET_ESP32;
    }
}

}  // namespace

target_t target() {
    int value = s_target.load(std::memory_order_relaxed);
    if (value == NOT_SET) {
        const int found = chip();
        // A thread may have called set_target() meanwhile: its choice stands.
        value = s_target.compare_exchange_strong(value, found) ? found : value;
    }
    return static_cast<target_t>(value);
}

void set_target(target_t target) {
    s_target.store(target, std::memory_order_relaxed);
}

const char *target_name(target_t target) {
    switch (target) {
        case TARGET_ESP32P4:
            return "esp32p4";
        case TARGET_ESP32S3:
            return "esp32s3";
        case TARGET_ESP32:
            return "esp32";
    }
    return "unknown";
}

bool target_from_name(const char *name, target_t *out) {
    static const struct {
        const char *name;
        target_t target;
    } s_names[] = {
        {"esp32p4", TARGET_ESP32P4}, {"p4", TARGET_ESP32P4},    {"esp32s31", TARGET_ESP32P4},
        {"esp32s3", TARGET_ESP32S3}, {"s3", TARGET_ESP32S3},    {"esp32", TARGET_ESP32},
        {"c", TARGET_ESP32},         {"esp32s2", TARGET_ESP32}, {"esp32c2", TARGET_ESP32},
        {"esp32c3", TARGET_ESP32},   {"esp32c5", TARGET_ESP32}, {"esp32c6", TARGET_ESP32},
    };
    for (const auto &entry : s_names) {
        if (name && strcmp(name, entry.name) == 0) {
            *out = entry.target;
            return true;
        }
    }
    return false;
}

}  // namespace dl
