// int16 convolution of 2 positions by 16 channels, with sums of 64 bits in registers. SMULL makes products of 32 bits,
// SADALP adds two neighbouring products to a sum. Nothing can overflow.

#include "dl_neon_dotprod_tiles.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const NeonWideEpilogue<Rounding> &epilogue, const uint8_t *a,
                                    int block, ConvCursor &cursor) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const int16_t *b = reinterpret_cast<const int16_t *>(state_of<TiledConv>(args).packed.data()) +
                       static_cast<size_t>(block) * plan.runs * plan.run_padded * 16;
    const int channel = block * 16;
    int64x2_t sum[M][8];
    DL_UNROLL
    for (int n = 0; n < 8; n++) {
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            sum[m][n] = vld1q_s64(epilogue.bias + channel + 2 * n);
        }
    }
    for (int run = 0; run < plan.runs; run++) {
        const uint8_t *row = a + plan.run_offsets[run];
        for (int left = plan.run_padded; left > 0; left -= 2, row += 4, b += 32) {
            int16x8_t activations[M];
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                int32_t two;
                __builtin_memcpy(&two, row + m * position, 4);
                activations[m] = vreinterpretq_s16_s32(vdupq_n_s32(two));
            }
            DL_UNROLL
            for (int n = 0; n < 4; n++) {
                const int16x8_t weights = vld1q_s16(b + 8 * n);
                DL_UNROLL
                for (int m = 0; m < M; m++) {
                    const int32x4_t first = vmull_s16(vget_low_s16(weights), vget_low_s16(activations[m]));
                    const int32x4_t second = vmull_high_s16(weights, activations[m]);
                    sum[m][2 * n] = vpadalq_s32(sum[m][2 * n], first);
                    sum[m][2 * n + 1] = vpadalq_s32(sum[m][2 * n + 1], second);
                }
            }
        }
    }
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        if (uint8_t *out = cursor.next()) {
            const int left = args.out_c - channel;
            out += 2 * channel;
            epilogue.store(out, epilogue.finish(sum[m], channel), left);
            epilogue.store(out + 16, epilogue.finish(sum[m] + 4, channel + 8), left - 8);
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const NeonWideEpilogue<Rounding> epilogue(args);
    // A run reads up to one element beyond the last position.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + plan.run_padded * 2 + 64);
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        const ConvUnit unit = conv_unit(args, part.index, 2);
        if (part.index != staged) {
            conv_stage<NeonCopy<int16_t>>(args, part.index, unit, scratch);
            staged = part.index;
        }
        const int count = unit.positions();
        for (int block = part.begin; block < part.end; block++) {
            ConvCursor cursor(unit);
            int p = 0;
            for (; p + 2 <= count; p += 2) {
                tile<Rounding, 2>(args, epilogue, scratch + p * plan.position_bytes, block, cursor);
            }
            if (p < count) {
                tile<Rounding, 1>(args, epilogue, scratch + p * plan.position_bytes, block, cursor);
            }
        }
    }
}

}  // namespace

DL_TILE(ConvArgs, dl_neon_dotprod_s16_conv_2x16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
