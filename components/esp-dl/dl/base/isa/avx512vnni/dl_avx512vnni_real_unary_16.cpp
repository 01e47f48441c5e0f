// Conversions and Relu, 16 elements at a time as floats.
#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_unary.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_real_unary_16_half_up(const UnaryArgs &args, int begin, int end) {
    real_unary<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_real_unary_16_half_even(const UnaryArgs &args, int begin, int end) {
    real_unary<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
