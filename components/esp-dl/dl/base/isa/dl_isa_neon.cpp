#include <sys/auxv.h>

#include "dl_base_isa.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

constinit const Wing *const WINGS[] = {&dl_neon_dotprod_wing};
const size_t WING_COUNT = 1;

uint32_t isa_detect() {
    constexpr unsigned long HWCAP_DOTPROD = 1ul << 20;
    return 1u << ISA_REFERENCE | (getauxval(AT_HWCAP) & HWCAP_DOTPROD ? 1u << ISA_NEON_DOTPROD : 0);
}

bool vbmi_detect() {
    return false;
}

}  // namespace base
}  // namespace dl
