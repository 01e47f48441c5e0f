#include "dl_avx512_matmul.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_matmul_12x32_half_up(const MatmulArgs &args, int begin, int end) {
    avx512_matmul<true>(args, begin, end, dl_avx512vnni_s8_conv_12x32_half_up);
}

void dl_avx512vnni_s8_matmul_12x32_half_even(const MatmulArgs &args, int begin, int end) {
    avx512_matmul<true>(args, begin, end, dl_avx512vnni_s8_conv_12x32_half_even);
}

}  // namespace base
}  // namespace dl
