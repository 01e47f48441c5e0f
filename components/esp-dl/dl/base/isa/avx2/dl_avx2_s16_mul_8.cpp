// Products of two int16 tensors, 8 elements at a time.
#include "dl_avx2_kernels.hpp"
#include "dl_simd_elementwise.hpp"

namespace dl {
namespace base {

void dl_avx2_s16_mul_8_half_up(const ElementwiseArgs &args, int begin, int end) {
    mul_words<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s16_mul_8_half_even(const ElementwiseArgs &args, int begin, int end) {
    mul_words<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
