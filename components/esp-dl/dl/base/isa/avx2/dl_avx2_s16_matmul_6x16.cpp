#include "dl_avx2_conv_kernels.hpp"
#include "dl_tile_matmul_words.hpp"

namespace dl {
namespace base {

void dl_avx2_s16_matmul_6x16_half_up(const MatmulArgs &args, int begin, int end) {
    matmul_words(args, begin, end, dl_avx2_s16_conv_6x16_folds, dl_avx2_s16_conv_6x16_half_up);
}

void dl_avx2_s16_matmul_6x16_half_even(const MatmulArgs &args, int begin, int end) {
    matmul_words(args, begin, end, dl_avx2_s16_conv_6x16_folds, dl_avx2_s16_conv_6x16_half_even);
}

}  // namespace base
}  // namespace dl
