// Conversions of int16 and Relu, 32 elements at a time.
#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_requantize.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s16_requantize_32_half_up(const UnaryArgs &args, int begin, int end) {
    requantize_words<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s16_requantize_32_half_even(const UnaryArgs &args, int begin, int end) {
    requantize_words<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
