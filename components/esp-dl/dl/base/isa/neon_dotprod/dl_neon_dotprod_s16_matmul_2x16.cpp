#include "dl_neon_dotprod_tiles.hpp"
#include "dl_tile_matmul_words.hpp"

namespace dl {
namespace base {
namespace {

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches<int16_t>(args, begin, end, convolve,
                              [&](const int16_t *b, ConvArgs &conv) { pack_words(args, b, conv); });
}

}  // namespace

DL_TILE(MatmulArgs, dl_neon_dotprod_s16_matmul_2x16,
        matmul(args, begin, end, DL_TILE_OF(dl_neon_dotprod_s16_conv_2x16)))

}  // namespace base
}  // namespace dl
