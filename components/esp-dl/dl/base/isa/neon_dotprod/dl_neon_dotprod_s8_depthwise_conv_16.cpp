// int8 depthwise convolution of one position by 16 channels. The bytes of four taps are interleaved, so that SDOT adds
// the products of a channel.

#include "dl_neon_dotprod_tiles.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const NeonEpilogue epilogue(args);
    const int groups = (args.kernel_h * args.kernel_w + 3) / 4;
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<NeonCopy<int8_t>>(args, index, unit, scratch);
        const int count = unit.positions();
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 16;
            const int32_t *bias = state_of<Int8Conv>(args).bias.data() + channel;
            const int8_t *packed = reinterpret_cast<const int8_t *>(state_of<TiledConv>(args).packed.data()) +
                                   static_cast<size_t>(block) * groups * 64;
            const NeonShifts<Rounding, 4> shifts(epilogue.shifts + channel);
            const int8_t *from = reinterpret_cast<const int8_t *>(scratch) + channel;
            ConvCursor cursor(unit);
            for (int p = 0; p < count; p++, from += plan.position_bytes) {
                uint8_t *out = cursor.next();
                if (!out) {
                    continue;
                }
                int32x4_t sum[1][4];
                DL_UNROLL
                for (int i = 0; i < 4; i++) {
                    sum[0][i] = vld1q_s32(bias + 4 * i);
                }
                const int8_t *weights = packed;
                // The taps that make up the last group of four have weights of zero. pad_taps() has given them offsets
                // of other input.
                const int32_t *at = plan.run_offsets.data();
                for (int group = 0; group < groups; group++, at += 4, weights += 64) {
                    const NeonGroups taps(vld1q_s8(from + at[0]), vld1q_s8(from + at[1]), vld1q_s8(from + at[2]),
                                          vld1q_s8(from + at[3]));
                    DL_UNROLL
                    for (int i = 0; i < 4; i++) {
                        sum[0][i] = vdotq_s32(sum[0][i], taps.part[i], vld1q_s8(weights + 16 * i));
                    }
                }
                int8x16_t bytes[1];
                epilogue.finish<Rounding, 1>(sum, shifts, bytes);
                epilogue.store(out + channel, bytes[0], args.out_c - channel);
            }
        }
    }
}

}  // namespace

DL_TILE(ConvArgs, dl_neon_dotprod_s8_depthwise_conv_16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
