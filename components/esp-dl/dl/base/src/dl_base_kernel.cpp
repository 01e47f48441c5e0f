#include "dl_base_kernel.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "dl_base_isa.hpp"
#include "esp_log.h"

static const char *TAG = "dl_isa";

namespace dl {
namespace base {

static_assert(std::size(ISA_NAMES) == ISA_MAX);

const char *isa_name(isa_t isa) {
    return static_cast<unsigned>(isa) < ISA_MAX ? ISA_NAMES[isa] : "unknown";
}

bool isa_from_name(const char *name, isa_t *out) {
    for (int i = 0; name && i < ISA_MAX; i++) {
        if (strcmp(name, ISA_NAMES[i]) == 0) {
            *out = static_cast<isa_t>(i);
            return true;
        }
    }
    return false;
}

bool isa_supported(isa_t isa) {
    static const uint32_t s_mask = isa_detect();
    return static_cast<unsigned>(isa) < ISA_MAX && (s_mask >> isa & 1);
}

static isa_t best_level() {
    isa_t best = ISA_REFERENCE;
    for (int i = 0; i < ISA_MAX; i++) {
        if (isa_supported(static_cast<isa_t>(i))) {
            best = static_cast<isa_t>(i);
        }
    }
    return best;
}

static isa_t initial_level() {
    const char *wanted = getenv("DESKBOARD_ISA");
    if (!wanted || !*wanted) {
        return best_level();
    }
    isa_t isa;
    if (!isa_from_name(wanted, &isa)) {
        ESP_LOGW(TAG, "DESKBOARD_ISA=%s is no instruction set this library knows: using %s", wanted,
                 isa_name(best_level()));
        return best_level();
    }
    if (!isa_supported(isa)) {
        ESP_LOGW(TAG, "DESKBOARD_ISA=%s is not supported by this processor: using %s", wanted, isa_name(best_level()));
        return best_level();
    }
    return isa;
}

static std::atomic<isa_t> &level() {
    static std::atomic<isa_t> s_level{initial_level()};
    return s_level;
}

isa_t isa_level() {
    return level().load(std::memory_order_relaxed);
}

bool set_isa_level(isa_t isa) {
    if (!isa_supported(isa)) {
        return false;
    }
    level().store(isa, std::memory_order_relaxed);
    return true;
}

static std::atomic<bool> &vbmi_wanted() {
    static std::atomic<bool> s_wanted{[] {
        const char *wanted = getenv("DESKBOARD_VBMI");
        return !wanted || strcmp(wanted, "0") != 0;
    }()};
    return s_wanted;
}

bool vbmi_enabled() {
    static const bool s_supported = vbmi_detect();
    return s_supported && vbmi_wanted().load(std::memory_order_relaxed);
}

void set_vbmi(bool enabled) {
    vbmi_wanted().store(enabled, std::memory_order_relaxed);
}

bool isa_enabled(isa_t isa) {
    return isa <= isa_level() && isa_supported(isa);
}

}  // namespace base
}  // namespace dl
