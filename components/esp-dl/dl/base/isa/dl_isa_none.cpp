#include "dl_base_isa.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

constinit const Wing *const WINGS[] = {nullptr};  // C++ has no empty arrays
const size_t WING_COUNT = 0;

uint32_t isa_detect() {
    return 1u << ISA_REFERENCE;
}

bool vbmi_detect() {
    return false;
}

}  // namespace base
}  // namespace dl
