#include "dl_pack_resize.hpp"
#include "dl_simd_copy.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

#if !defined(__AVX512F__)
static constexpr Kernel<ResizeArgs> resize_rows[] = {
    DL_SIMD_EXACT_ROW(any_resize_nearest, DL_SIMD_BYTES, is_short_nearest, nullptr, resize_nearest),
};
DL_SIMD_TABLE(ResizeArgs, resize);
#endif

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
