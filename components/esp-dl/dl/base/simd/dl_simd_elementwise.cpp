#include "dl_simd_elementwise.hpp"
#include "dl_pack_elementwise.hpp"
#include "dl_simd_add.hpp"
#include "dl_simd_mul.hpp"
#include "dl_simd_table.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<ElementwiseArgs> elementwise_rows[] = {
    DL_SIMD_EXACT_ROW(s8_add, DL_SIMD_BYTES, fits_s8_add, nullptr, add_tensors<int8_t>),
    DL_SIMD_EXACT_ROW(s16_add, DL_SIMD_WORDS, fits_s16_add, nullptr, add_tensors<int16_t>),
    DL_SIMD_ROW(s8_mul, DL_SIMD_PRODUCTS, fits_s8_mul, nullptr, mul_bytes<RoundHalfUp>, mul_bytes<RoundHalfEven>),
#if defined(__AVX2__)
    DL_SIMD_ROW(s16_mul, DL_SIMD_FLOATS, fits_s16_mul, nullptr, mul_words<RoundHalfUp>, mul_words<RoundHalfEven>),
#endif
    DL_SIMD_ROW(real_elementwise, DL_SIMD_FLOATS, fits_real, nullptr, real_elementwise<RoundHalfUp>,
                real_elementwise<RoundHalfEven>),
};
DL_SIMD_TABLE(ElementwiseArgs, elementwise);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
