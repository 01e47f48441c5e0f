// Conversions of int16 and Relu, 16 elements at a time.
#include "dl_avx2_kernels.hpp"
#include "dl_simd_requantize.hpp"

namespace dl {
namespace base {

void dl_avx2_s16_requantize_16_half_up(const UnaryArgs &args, int begin, int end) {
    requantize_words<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s16_requantize_16_half_even(const UnaryArgs &args, int begin, int end) {
    requantize_words<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
