#include "dl_simd_reduce.hpp"
#include "dl_pack_reduce.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<ReduceArgs> reduce_rows[] = {
    DL_SIMD_ROW(s8_reduce, DL_SIMD_FLOATS, is_s8_column_sum, nullptr, (sum_columns<int8_t, RoundHalfUp>),
                (sum_columns<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_reduce, DL_SIMD_FLOATS, is_s16_column_sum, nullptr, (sum_columns<int16_t, RoundHalfUp>),
                (sum_columns<int16_t, RoundHalfEven>)),
};
DL_SIMD_TABLE(ReduceArgs, reduce);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
