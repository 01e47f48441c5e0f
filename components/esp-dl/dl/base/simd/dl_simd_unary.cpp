#include "dl_simd_unary.hpp"
#include "dl_pack_unary.hpp"
#include "dl_simd_lut.hpp"
#include "dl_simd_s16_lut.hpp"
#include "dl_simd_table.hpp"
#if defined(__AVX2__)
#include "dl_simd_requantize.hpp"
#endif

namespace dl {
namespace base {
namespace DL_SIMD_ISA {

static constexpr Kernel<UnaryArgs> unary_rows[] = {
    DL_SIMD_EXACT_ROW(s8_lut, DL_SIMD_LOOKUPS, is_s8, fill_table8, look_up_table8),
#if !defined(__AVX512F__)  // processors with AVX-512 run AVX2's: it gains nothing from wider registers
    DL_SIMD_EXACT_ROW(s16_lut, 8, is_faster_by_all16, fill_all16, look_up_words),
#endif
#if defined(__AVX2__)
    DL_SIMD_ROW(s16_requantize, DL_SIMD_WORDS, is_s16_requantize, nullptr, requantize_words<RoundHalfUp>,
                requantize_words<RoundHalfEven>),
#endif
    DL_SIMD_ROW(real_unary, DL_SIMD_FLOATS, fits_real_unary, nullptr, real_unary<RoundHalfUp>,
                real_unary<RoundHalfEven>),
};
DL_SIMD_TABLE(UnaryArgs, unary);

}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
