#include "dl_pack_resize.hpp"
#include "dl_simd_copy.hpp"
#include "dl_simd_resize_linear.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<ResizeArgs> resize_rows[] = {
    DL_SIMD_ROW(s8_resize_linear, DL_SIMD_FLOATS, (is_linear_of<int8_t, DL_SIMD_FLOATS>), nullptr,
                (resize_linear<int8_t, RoundHalfUp>), (resize_linear<int8_t, RoundHalfEven>)),
    DL_SIMD_ROW(s16_resize_linear, DL_SIMD_FLOATS, (is_linear_of<int16_t, DL_SIMD_FLOATS>), nullptr,
                (resize_linear<int16_t, RoundHalfUp>), (resize_linear<int16_t, RoundHalfEven>)),
#if !defined(__AVX512F__)  // longer stores would cross cache lines too often
    DL_SIMD_EXACT_ROW(any_resize_nearest, DL_SIMD_BYTES, is_short_nearest, nullptr, resize_nearest),
#endif
};
DL_SIMD_TABLE(ResizeArgs, resize);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
