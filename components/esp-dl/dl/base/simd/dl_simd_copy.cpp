#include "dl_simd_copy.hpp"
#include "dl_pack_copy.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<CopyArgs> copy_rows[] = {
#if !defined(__AVX512F__)  // longer stores would cross cache lines too often
    DL_SIMD_EXACT_ROW(any_copy, DL_SIMD_BYTES, is_short_run, nullptr, copy_runs),
#endif
    DL_SIMD_EXACT_ROW(x8_transpose, 16x16, is_transposition<1>, split_into_strips<1>, Transposition<uint8_t>::run),
    DL_SIMD_EXACT_ROW(x16_transpose, 8x8, is_transposition<2>, split_into_strips<2>, Transposition<uint16_t>::run),
    DL_SIMD_EXACT_ROW(x32_transpose, 4x4, is_transposition<4>, split_into_strips<4>, Transposition<uint32_t>::run),
};
DL_SIMD_TABLE(CopyArgs, copy);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
