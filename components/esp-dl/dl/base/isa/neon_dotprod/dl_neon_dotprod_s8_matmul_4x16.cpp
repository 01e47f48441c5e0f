#include "dl_neon_dotprod_tiles.hpp"
#include "dl_neon_epilogue.hpp"
#include "dl_tile_matmul.hpp"

namespace dl {
namespace base {
namespace {

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches(args, begin, end, convolve, [&](const int8_t *b, ConvArgs &conv) {
        pack_columns<4>(args, b, conv, [](const int8_t *from, int rows, uint8_t *to) {
            auto row = [&](int i) { return i < rows ? vld1q_s8(from + 16 * i) : vdupq_n_s8(0); };
            const NeonGroups groups(row(0), row(1), row(2), row(3));
            for (int i = 0; i < 4; i++) {
                vst1q_s8(reinterpret_cast<int8_t *>(to) + 16 * i, groups.part[i]);
            }
        });
    });
}

}  // namespace

DL_TILE(MatmulArgs, dl_neon_dotprod_s8_matmul_4x16, matmul(args, begin, end, DL_TILE_OF(dl_neon_dotprod_s8_conv_4x16)))

}  // namespace base
}  // namespace dl
