#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_softmax.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_s16_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end) {
    softmax<int16_t, RoundHalfUp>(args, begin, end);
}
void dl_neon_dotprod_s16_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end) {
    softmax<int16_t, RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
