#include "dl_base_isa.hpp"
#include "dl_wings.hpp"

#if __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#endif

namespace dl {
namespace base {

constinit const Wing *const WINGS[] = {&dl_neon_i8mm_wing, &dl_neon_dotprod_wing};
const size_t WING_COUNT = 2;

namespace {

#if __has_include(<sys/auxv.h>)

bool has_dotprod() {
    constexpr unsigned long DOTPROD = 1ul << 20;
    return getauxval(AT_HWCAP) & DOTPROD;
}

bool has_i8mm() {
    constexpr unsigned long I8MM = 1ul << 13;
    return getauxval(AT_HWCAP2) & I8MM;
}

#else

// Without the list of what the processor has, what the compiler takes for granted is what is certain.
bool has_dotprod() {
#ifdef __ARM_FEATURE_DOTPROD
    return true;
#else
    return false;
#endif
}

bool has_i8mm() {
#ifdef __ARM_FEATURE_MATMUL_INT8
    return true;
#else
    return false;
#endif
}

#endif

}  // namespace

uint32_t isa_detect() {
    const bool dotprod = has_dotprod();
    return 1u << ISA_REFERENCE | (dotprod ? 1u << ISA_NEON_DOTPROD : 0) |
           (dotprod && has_i8mm() ? 1u << ISA_NEON_I8MM : 0);
}

bool vbmi_detect() {
    return false;
}

}  // namespace base
}  // namespace dl
