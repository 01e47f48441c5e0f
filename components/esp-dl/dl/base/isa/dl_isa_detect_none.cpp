#include "dl_base_isa.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

uint32_t isa_detect() {
    return 1u << ISA_REFERENCE;
}

bool vbmi_detect() {
    return false;
}

}  // namespace base
}  // namespace dl
