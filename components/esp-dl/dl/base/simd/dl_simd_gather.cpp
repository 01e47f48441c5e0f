#include "dl_simd_gather.hpp"
#include "dl_pack_gather.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

#if !defined(__AVX512F__)  // longer stores would cross cache lines too often
static constexpr Kernel<GatherArgs> gather_rows[] = {
    DL_SIMD_EXACT_ROW(any_gather, DL_SIMD_BYTES, is_short_gather, nullptr, gather_runs),
};
DL_SIMD_TABLE(GatherArgs, gather);

static constexpr Kernel<PadArgs> pad_rows[] = {
    DL_SIMD_EXACT_ROW(any_pad, DL_SIMD_BYTES, is_plain_pad, find_pad_stretches, pad_runs),
};
DL_SIMD_TABLE(PadArgs, pad);
#endif

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
