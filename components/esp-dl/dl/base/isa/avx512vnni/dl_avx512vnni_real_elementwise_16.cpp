// Element-wise operations, 16 elements at a time as floats.
#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_elementwise.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_real_elementwise_16_half_up(const ElementwiseArgs &args, int begin, int end) {
    real_elementwise<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_real_elementwise_16_half_even(const ElementwiseArgs &args, int begin, int end) {
    real_elementwise<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
