#include "dl_pack_elementwise.hpp"
#include "dl_simd_add.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

// Processors with AVX-512 run AVX2's kernel: rows are short.
#if !defined(__AVX512F__)
static constexpr Kernel<AddRowsArgs> add_rows_rows[] = {
    DL_SIMD_EXACT_ROW(s8_add_rows, DL_SIMD_BYTES, is_s8_add_rows, nullptr, add_rows_of<int8_t>),
    DL_SIMD_EXACT_ROW(s16_add_rows, DL_SIMD_WORDS, is_s16_add_rows, nullptr, add_rows_of<int16_t>),
};
DL_SIMD_TABLE(AddRowsArgs, add_rows);
#endif

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
