#include "dl_simd_softmax.hpp"
#include "dl_pack_softmax.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<SoftmaxArgs> softmax_rows[] = {
    DL_SIMD_ROW(s8_softmax, 8, is_s8_rows, make_exp_table, (softmax_of<SoftmaxRows, int8_t, RoundHalfUp>),
                (softmax_of<SoftmaxRows, int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_softmax, 8, is_s16_rows, make_s16_exp_table, (softmax_of<SoftmaxRows, int16_t, RoundHalfUp>),
                (softmax_of<SoftmaxRows, int16_t, RoundHalfEven>)),
    DL_SIMD_ROW(s8_softmax_column, 64, is_s8_columns, make_exp_table, (softmax_of<SoftmaxColumns, int8_t, RoundHalfUp>),
                (softmax_of<SoftmaxColumns, int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_softmax_column, 64, is_s16_columns, make_s16_exp_table,
                (softmax_of<SoftmaxColumns, int16_t, RoundHalfUp>),
                (softmax_of<SoftmaxColumns, int16_t, RoundHalfEven>)),
};
DL_SIMD_TABLE(SoftmaxArgs, softmax);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
