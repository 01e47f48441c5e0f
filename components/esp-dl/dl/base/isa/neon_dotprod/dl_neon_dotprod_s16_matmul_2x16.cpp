#include "dl_neon_dotprod_kernels.hpp"
#include "dl_tile_matmul_words.hpp"

namespace dl {
namespace base {
namespace {

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches<int16_t>(args, begin, end, convolve,
                              [&](const int16_t *b, ConvArgs &conv) { pack_words(args, b, conv); });
}

}  // namespace

void dl_neon_dotprod_s16_matmul_2x16_half_up(const MatmulArgs &args, int begin, int end) {
    matmul(args, begin, end, dl_neon_dotprod_s16_conv_2x16_half_up);
}

void dl_neon_dotprod_s16_matmul_2x16_half_even(const MatmulArgs &args, int begin, int end) {
    matmul(args, begin, end, dl_neon_dotprod_s16_conv_2x16_half_even);
}

}  // namespace base
}  // namespace dl
