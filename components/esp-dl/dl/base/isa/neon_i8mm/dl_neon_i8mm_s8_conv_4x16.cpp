// int8 convolution of 4 positions by 16 channels, with sums of 32 bits in registers. SMMLA multiplies eight elements of
// two positions by those of two channels, and adds the four dot products to four sums. With 6 positions, or with steps
// of 16 elements, GCC 12 keeps sums in memory.

#include "dl_neon_epilogue.hpp"
#include "dl_neon_i8mm_tiles.hpp"

namespace dl {
namespace base {
namespace {

/** A step: eight elements of 2 * PAIRS positions by those of 16 channels. `a` has the elements of a pair of positions,
 * `sum` the sums of a pair of positions by a pair of channels: both channels of the first position, then of the second.
 */
template <int PAIRS>
DL_INLINE void add_products(int32x4_t (&sum)[PAIRS][8], const int8x16_t (&a)[PAIRS], const int8_t *b) {
    DL_UNROLL
    for (int n = 0; n < 8; n++) {
        const int8x16_t weights = vld1q_s8(b + 16 * n);
        DL_UNROLL
        for (int pair = 0; pair < PAIRS; pair++) {
            sum[pair][n] = vmmlaq_s32(sum[pair][n], a[pair], weights);
        }
    }
}

/** A single position is computed as two: the one behind the last one can be read, and its result is dropped. */
template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const NeonEpilogue &epilogue, const uint8_t *a, int block,
                                    ConvCursor &cursor) {
    constexpr int PAIRS = (M + 1) / 2;
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const int8_t *b = reinterpret_cast<const int8_t *>(state_of<TiledConv>(args).packed.data()) +
                      static_cast<size_t>(block) * plan.runs * plan.run_padded * 16;
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + block * 16;
    int32x4_t sum[PAIRS][8];
    DL_UNROLL
    for (int n = 0; n < 8; n++) {
        const int32x2_t both = vld1_s32(bias + 2 * n);
        DL_UNROLL
        for (int pair = 0; pair < PAIRS; pair++) {
            sum[pair][n] = vcombine_s32(both, both);
        }
    }
    for (int run = 0; run < plan.runs; run++) {
        const int8_t *row = reinterpret_cast<const int8_t *>(a) + plan.run_offsets[run];
        for (int k = 0; k < plan.run_padded; k += 8, b += 128) {
            int8x16_t eight[PAIRS];
            DL_UNROLL
            for (int pair = 0; pair < PAIRS; pair++) {
                eight[pair] =
                    vcombine_s8(vld1_s8(row + k + 2 * pair * position), vld1_s8(row + k + (2 * pair + 1) * position));
            }
            add_products(sum, eight, b);
        }
    }

    int32x4_t ordered[2 * PAIRS][4];
    DL_UNROLL
    for (int pair = 0; pair < PAIRS; pair++) {
        DL_UNROLL
        for (int n = 0; n < 4; n++) {
            const int64x2_t low = vreinterpretq_s64_s32(sum[pair][2 * n]);
            const int64x2_t high = vreinterpretq_s64_s32(sum[pair][2 * n + 1]);
            ordered[2 * pair][n] = vreinterpretq_s32_s64(vzip1q_s64(low, high));
            ordered[2 * pair + 1][n] = vreinterpretq_s32_s64(vzip2q_s64(low, high));
        }
    }
    epilogue.finish_and_store<Rounding, M>(ordered, block * 16, args.out_c, cursor);
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    neon_s8_conv(args, begin, end,
                 [&]<int M>(const NeonEpilogue &epilogue, const uint8_t *a, int block, ConvCursor &cursor) {
                     tile<Rounding, M>(args, epilogue, a, block, cursor);
                 });
}

}  // namespace

DL_TILE(ConvArgs, dl_neon_i8mm_s8_conv_4x16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
