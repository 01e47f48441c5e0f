#include "dl_target.hpp"

#include <atomic>
#include <cstring>

#include "sdkconfig.h"

namespace dl {

#if CONFIG_IDF_TARGET_ESP32P4
static constexpr target_t s_default_target = TARGET_ESP32P4;
#elif CONFIG_IDF_TARGET_ESP32S3
static constexpr target_t s_default_target = TARGET_ESP32S3;
#else
static constexpr target_t s_default_target = TARGET_ESP32;
#endif

static std::atomic<target_t> s_target{s_default_target};

target_t target() {
    return s_target.load(std::memory_order_relaxed);
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
