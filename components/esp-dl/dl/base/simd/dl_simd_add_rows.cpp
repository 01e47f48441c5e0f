#include "dl_simd_add.hpp"
#include "dl_simd_lanes.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

// AVX-512 has none: rows are short.
#if !defined(__AVX512F__)
static constexpr Kernel<AddRowsArgs> add_rows_rows[] = {
    DL_SIMD_EXACT_ROW(x8_add_rows, DL_SIMD_BYTES, nullptr, nullptr,
                      add_rows_of_any<RowLanes, HalfRowLanes, QuarterRowLanes>),
};
DL_SIMD_TABLE(AddRowsArgs, add_rows);
#endif

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
