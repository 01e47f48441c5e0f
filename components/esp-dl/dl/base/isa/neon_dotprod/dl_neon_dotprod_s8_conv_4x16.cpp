// int8 convolution of 4 positions by 16 channels, with sums of 32 bits in registers. SDOT adds four products to each
// sum.

#include "dl_neon_dotprod_tiles.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {
namespace {

/** A step: four input elements of M positions by those of 16 channels. `a` holds 16 elements of each position, of which
 * LANE says the four. */
template <int LANE, int M>
DL_INLINE void add_products(int32x4_t (&sum)[M][4], const int8x16_t (&a)[M], const int8_t *b) {
    DL_UNROLL
    for (int n = 0; n < 4; n++) {
        const int8x16_t weights = vld1q_s8(b + 16 * n);
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            sum[m][n] = vdotq_laneq_s32(sum[m][n], weights, a[m], LANE);
        }
    }
}

template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const NeonEpilogue &epilogue, const uint8_t *a, int block,
                                    ConvCursor &cursor) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const int8_t *b = reinterpret_cast<const int8_t *>(state_of<TiledConv>(args).packed.data()) +
                      static_cast<size_t>(block) * plan.runs * plan.run_padded * 16;
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + block * 16;
    int32x4_t sum[M][4];
    DL_UNROLL
    for (int n = 0; n < 4; n++) {
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            sum[m][n] = vld1q_s32(bias + 4 * n);
        }
    }
    for (int run = 0; run < plan.runs; run++) {
        const int8_t *row = reinterpret_cast<const int8_t *>(a) + plan.run_offsets[run];
        int left = plan.run_padded;
        int8x16_t activations[M];
        for (; left >= 16; left -= 16, row += 16, b += 256) {
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                activations[m] = vld1q_s8(row + m * position);
            }
            add_products<0>(sum, activations, b);
            add_products<1>(sum, activations, b + 64);
            add_products<2>(sum, activations, b + 128);
            add_products<3>(sum, activations, b + 192);
        }
        for (; left > 0; left -= 4, row += 4, b += 64) {
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                int32_t four;
                __builtin_memcpy(&four, row + m * position, 4);
                activations[m] = vreinterpretq_s8_s32(vdupq_n_s32(four));
            }
            add_products<0>(sum, activations, b);
        }
    }

    epilogue.finish_and_store<Rounding, M>(sum, block * 16, args.out_c, cursor);
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    neon_s8_conv(args, begin, end,
                 [&]<int M>(const NeonEpilogue &epilogue, const uint8_t *a, int block, ConvCursor &cursor) {
                     tile<Rounding, M>(args, epilogue, a, block, cursor);
                 });
}

}  // namespace

DL_TILE(ConvArgs, dl_neon_dotprod_s8_conv_4x16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
