#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_softmax.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end) {
    softmax<int8_t, RoundHalfUp>(args, begin, end);
}
void dl_avx512vnni_s8_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end) {
    softmax<int8_t, RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
