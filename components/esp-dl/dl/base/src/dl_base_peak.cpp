#include "dl_base_peak.hpp"

#include "dl_base_wing.hpp"

namespace dl {
namespace base {

int64_t run_peak(isa_t isa, int64_t rounds) {
    for (size_t i = 0; i < WING_COUNT; i++) {
        if (WINGS[i]->isa == isa && WINGS[i]->peak && isa_supported(isa)) {
            return WINGS[i]->peak(rounds);
        }
    }
    return 0;
}

}  // namespace base
}  // namespace dl
