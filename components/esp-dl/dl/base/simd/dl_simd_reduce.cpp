#include "dl_simd_reduce.hpp"
#include "dl_pack_reduce.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<ReduceArgs> reduce_rows[] = {
    DL_SIMD_ROW(s8_reduce, DL_SIMD_FLOATS, is_column_sum<int8_t>, nullptr, (sum_columns<int8_t, RoundHalfUp>),
                (sum_columns<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_reduce, DL_SIMD_FLOATS, is_column_sum<int16_t>, nullptr, (sum_columns<int16_t, RoundHalfUp>),
                (sum_columns<int16_t, RoundHalfEven>)),
    DL_SIMD_ROW(s8_reduce_row, DL_SIMD_WORDS, (is_row_sum<int8_t, DL_SIMD_WORDS>), nullptr,
                (sum_rows<int8_t, RoundHalfUp>), (sum_rows<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_reduce_row, DL_SIMD_WORDS, (is_row_sum<int16_t, DL_SIMD_WORDS>), nullptr,
                (sum_rows<int16_t, RoundHalfUp>), (sum_rows<int16_t, RoundHalfEven>)),
    DL_SIMD_ROW(s8_reduce_extreme, DL_SIMD_BYTES, is_extreme<int8_t>, nullptr, (extremes<int8_t, RoundHalfUp>),
                (extremes<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_reduce_extreme, DL_SIMD_WORDS, is_extreme<int16_t>, nullptr, (extremes<int16_t, RoundHalfUp>),
                (extremes<int16_t, RoundHalfEven>)),
};
DL_SIMD_TABLE(ReduceArgs, reduce);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
