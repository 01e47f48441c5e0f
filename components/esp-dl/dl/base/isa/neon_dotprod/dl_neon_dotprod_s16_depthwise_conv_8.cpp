// int16 depthwise convolution of one position by 8 channels, with sums of 64 bits.

#include "dl_neon_dotprod_tiles.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const NeonWideEpilogue<Rounding> epilogue(args);
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 2);
        conv_stage<NeonCopy<int16_t>>(args, index, unit, scratch);
        const int count = unit.positions();
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 8;
            const int16_t *packed = reinterpret_cast<const int16_t *>(state_of<TiledConv>(args).packed.data()) +
                                    static_cast<size_t>(channel) * plan.runs;
            const uint8_t *from = scratch + 2 * channel;
            ConvCursor cursor(unit);
            for (int p = 0; p < count; p++, from += plan.position_bytes) {
                uint8_t *out = cursor.next();
                if (!out) {
                    continue;
                }
                int64x2_t sum[4];
                DL_UNROLL
                for (int i = 0; i < 4; i++) {
                    sum[i] = vld1q_s64(epilogue.bias + channel + 2 * i);
                }
                for (int tap = 0; tap < plan.runs; tap++) {
                    const int16x8_t input = vreinterpretq_s16_u8(vld1q_u8(from + plan.run_offsets[tap]));
                    const int16x8_t weights = vld1q_s16(packed + 8 * tap);
                    const int32x4_t first = vmull_s16(vget_low_s16(input), vget_low_s16(weights));
                    const int32x4_t second = vmull_high_s16(input, weights);
                    sum[0] = vaddw_s32(sum[0], vget_low_s32(first));
                    sum[1] = vaddw_high_s32(sum[1], first);
                    sum[2] = vaddw_s32(sum[2], vget_low_s32(second));
                    sum[3] = vaddw_high_s32(sum[3], second);
                }
                epilogue.store(out + 2 * channel, epilogue.finish(sum, channel), args.out_c - channel);
            }
        }
    }
}

}  // namespace

DL_TILE(ConvArgs, dl_neon_dotprod_s16_depthwise_conv_8, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
