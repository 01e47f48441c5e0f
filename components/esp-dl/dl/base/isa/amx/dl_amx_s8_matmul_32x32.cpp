#include "dl_amx_kernels.hpp"
#include "dl_avx512_matmul.hpp"

namespace dl {
namespace base {

void dl_amx_s8_matmul_32x32_half_up(const MatmulArgs &args, int begin, int end) {
    avx512_matmul<false>(args, begin, end, dl_amx_s8_conv_32x32_half_up);
}

void dl_amx_s8_matmul_32x32_half_even(const MatmulArgs &args, int begin, int end) {
    avx512_matmul<false>(args, begin, end, dl_amx_s8_conv_32x32_half_even);
}

}  // namespace base
}  // namespace dl
