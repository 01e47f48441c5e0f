// Conversions and Relu, 8 elements at a time as floats.
#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_unary.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_real_unary_8_half_up(const UnaryArgs &args, int begin, int end) {
    real_unary<RoundHalfUp>(args, begin, end);
}

void dl_neon_dotprod_real_unary_8_half_even(const UnaryArgs &args, int begin, int end) {
    real_unary<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
