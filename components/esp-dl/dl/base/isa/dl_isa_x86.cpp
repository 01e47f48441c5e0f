#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dl_base_isa.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

constinit const Wing *const WINGS[] = {&dl_amx_wing, &dl_avx512vnni_wing, &dl_avxvnni_wing, &dl_avx2_wing};
const size_t WING_COUNT = 4;

static uint64_t xcr0() {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<uint64_t>(high) << 32) | low;
}

/** Linux hands out the tile registers only to a process that asks. */
static bool request_amx() {
    constexpr long ARCH_REQ_XCOMP_PERM = 0x1023;
    constexpr long XFEATURE_XTILEDATA = 18;
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

uint32_t isa_detect() {
    uint32_t mask = 1u << ISA_REFERENCE;
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) {
        return mask;
    }
    const bool osxsave = c >> 27 & 1;
    const bool fma = c >> 12 & 1;
    const bool f16c = c >> 29 & 1;
    if (!osxsave || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        return mask;
    }
    const uint64_t enabled = xcr0();
    const bool ymm = (enabled & 0x6) == 0x6;
    const bool zmm = (enabled & 0xe6) == 0xe6;
    const bool tiles = (enabled & 0x60000) == 0x60000;
    const bool avx2 = (b >> 5 & 1) && (b >> 8 & 1) && fma && f16c;
    const bool avx512 = (b >> 16 & 1) && (b >> 17 & 1) && (b >> 30 & 1) && (b >> 31 & 1);  // F, DQ, BW, VL
    const bool vnni = c >> 11 & 1;
    const bool amx = (d >> 24 & 1) && (d >> 25 & 1);
    const bool has_subleaf_1 = a >= 1;
    const bool avxvnni = has_subleaf_1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
    if (ymm && avx2) {
        mask |= 1u << ISA_AVX2;
        if (avxvnni) {
            mask |= 1u << ISA_AVXVNNI;
        }
        if (zmm && avx512 && vnni) {
            mask |= 1u << ISA_AVX512VNNI;
            if (tiles && amx && request_amx()) {
                mask |= 1u << ISA_AMX;
            }
        }
    }
    return mask;
}

bool vbmi_detect() {
    uint32_t a, b, c, d;
    return (isa_detect() >> ISA_AVX512VNNI & 1) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 1 & 1);
}

}  // namespace base
}  // namespace dl
