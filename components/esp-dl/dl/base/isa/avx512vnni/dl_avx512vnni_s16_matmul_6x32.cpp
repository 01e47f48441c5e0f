#include "dl_avx512vnni_kernels.hpp"
#include "dl_tile_matmul_words.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s16_matmul_6x32_half_up(const MatmulArgs &args, int begin, int end) {
    matmul_words(args, begin, end, dl_avx512vnni_s16_conv_6x32_folds, dl_avx512vnni_s16_conv_6x32_half_up);
}

void dl_avx512vnni_s16_matmul_6x32_half_even(const MatmulArgs &args, int begin, int end) {
    matmul_words(args, begin, end, dl_avx512vnni_s16_conv_6x32_folds, dl_avx512vnni_s16_conv_6x32_half_even);
}

}  // namespace base
}  // namespace dl
