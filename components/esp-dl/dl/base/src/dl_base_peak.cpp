#include "dl_base_peak.hpp"

namespace dl {
namespace base {

#if DL_ISA_X86
int64_t dl_avx2_s8_peak(int64_t rounds);
int64_t dl_avxvnni_s8_peak(int64_t rounds);
int64_t dl_avx512vnni_s8_peak(int64_t rounds);
int64_t dl_amx_s8_peak(int64_t rounds);
#elif DL_ISA_NEON
int64_t dl_neon_dotprod_s8_peak(int64_t rounds);
#endif

int64_t run_peak(isa_t isa, [[maybe_unused]] int64_t rounds) {
    if (!isa_supported(isa)) {
        return 0;
    }
    switch (isa) {
#if DL_ISA_X86
        case ISA_AVX2:
            return dl_avx2_s8_peak(rounds);
        case ISA_AVXVNNI:
            return dl_avxvnni_s8_peak(rounds);
        case ISA_AVX512VNNI:
            return dl_avx512vnni_s8_peak(rounds);
        case ISA_AMX:
            return dl_amx_s8_peak(rounds);
#elif DL_ISA_NEON
        case ISA_NEON_DOTPROD:
            return dl_neon_dotprod_s8_peak(rounds);
#endif
        default:
            return 0;
    }
}

}  // namespace base
}  // namespace dl
