// Element-wise operations, 8 elements at a time as floats.
#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_elementwise.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_real_elementwise_8_half_up(const ElementwiseArgs &args, int begin, int end) {
    real_elementwise<RoundHalfUp>(args, begin, end);
}

void dl_neon_dotprod_real_elementwise_8_half_even(const ElementwiseArgs &args, int begin, int end) {
    real_elementwise<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
