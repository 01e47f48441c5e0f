#include "dl_neon_epilogue.hpp"
#include "dl_neon_i8mm_tiles.hpp"
#include "dl_tile_matmul.hpp"

namespace dl {
namespace base {
namespace {

/** Interleave eight rows of 16 columns, so that the eight elements of a column are neighbours. Rows that are missing
 * count as zeros. */
void pack_rows(const int8_t *from, int rows, uint8_t *to) {
    auto row = [&](int i) { return i < rows ? vld1q_s8(from + 16 * i) : vdupq_n_s8(0); };
    const NeonGroups first(row(0), row(1), row(2), row(3)), second(row(4), row(5), row(6), row(7));
    for (int i = 0; i < 4; i++) {
        const int32x4_t low = vreinterpretq_s32_s8(first.part[i]), high = vreinterpretq_s32_s8(second.part[i]);
        vst1q_s32(reinterpret_cast<int32_t *>(to) + 8 * i, vzip1q_s32(low, high));
        vst1q_s32(reinterpret_cast<int32_t *>(to) + 8 * i + 4, vzip2q_s32(low, high));
    }
}

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches(args, begin, end, convolve,
                     [&](const int8_t *b, ConvArgs &conv) { pack_columns<8>(args, b, conv, pack_rows); });
}

}  // namespace

DL_TILE(MatmulArgs, dl_neon_i8mm_s8_matmul_4x16, matmul(args, begin, end, DL_TILE_OF(dl_neon_i8mm_s8_conv_4x16)))

}  // namespace base
}  // namespace dl
