// int8 depthwise convolution: one position, 64 channels, or two positions, 32 channels; the bytes of four taps are
// interleaved so that vpdpbusd adds their products to each channel.

#include "dl_avx512_depthwise.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {
namespace {

/**
 * All positions of a unit for one block of channels. @tparam GROUPS groups of four taps; 0: as many as there are
 * @tparam PAIR two positions of 32 channels
 */
template <typename Rounding, int GROUPS, bool PAIR>
void block_positions(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue, const ConvUnit &unit, int block,
                     const uint8_t *from) {
    const ConvPlan &plan = args.plan;
    const int taps = args.kernel_h * args.kernel_w;
    const int groups = GROUPS ? GROUPS : (taps + 3) / 4;
    const int channel = block * 64;
    const __mmask64 mask = first_lanes(args.out_c - channel);
    const int32_t *bias = args.packed_bias.data() + channel;
    const uint8_t *packed = args.packed.data() + (size_t)block * groups * 256;
    const Avx512Channels<Rounding, 4> channels = epilogue.template channels<4>(channel);
    const size_t position = plan.position_bytes;
    const int32_t *offsets = plan.run_offsets.data();
    // Taps that do not exist have weights of zero: any input will do.
    int32_t own_offsets[GROUPS ? GROUPS * 4 : 1];
    for (int i = 0; i < GROUPS * 4; i++) {
        own_offsets[i] = offsets[i < taps ? i : 0];
    }
    ConvCursor cursor(unit);
    const int count = unit.positions();
    for (int p = 0; p < count; p += PAIR ? 2 : 1, from += PAIR ? 2 * position : position) {
        uint8_t *out = cursor.next();
        uint8_t *second = PAIR ? cursor.next() : nullptr;
        if (!out && !second) {
            continue;
        }
        Avx512Sums sums;
        sums.load(bias);
        if (GROUPS) {
            DL_UNROLL
            for (int group = 0; group < GROUPS; group++) {
                const int32_t *at = own_offsets + group * 4;
                sums.add(Avx512Taps::load<PAIR>(from + at[0], from + at[1], from + at[2], from + at[3], position),
                         packed + group * 256);
            }
        } else {
            const uint8_t *weights = packed;
            for (int tap = 0; tap < taps; tap += 4, weights += 256) {
                sums.add(Avx512Taps::load<PAIR>(from + offsets[tap], from + offsets[tap + 1 < taps ? tap + 1 : 0],
                                                from + offsets[tap + 2 < taps ? tap + 2 : 0],
                                                from + offsets[tap + 3 < taps ? tap + 3 : 0], position),
                         weights);
            }
        }
        const __m512i bytes = sums.finish(epilogue, channels, channel);
        if (!PAIR) {
            _mm512_mask_storeu_epi8(out + channel, mask, bytes);
            continue;
        }
        if (out) {
            _mm256_mask_storeu_epi8(out + channel, (__mmask32)mask, _mm512_castsi512_si256(bytes));
        }
        if (second) {
            _mm256_mask_storeu_epi8(second + channel, (__mmask32)mask, _mm512_extracti64x4_epi64(bytes, 1));
        }
    }
}

template <typename Rounding, int GROUPS>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx512Epilogue<Rounding> epilogue(args);
    // Two positions may be one more than there are.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + plan.position_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<Avx512Stage<Avx512Flip>>(args, index, unit, scratch);
        for (int block = 0; block < plan.blocks; block++) {
            if (args.out_c - block * 64 <= 32) {
                block_positions<Rounding, GROUPS, true>(args, epilogue, unit, block, scratch + block * 64);
            } else {
                block_positions<Rounding, GROUPS, false>(args, epilogue, unit, block, scratch + block * 64);
            }
        }
    }
}

}  // namespace

void dl_avx512vnni_s8_depthwise_conv_64_half_up(const ConvArgs &args, int begin, int end) {
    args.kernel_h *args.kernel_w == 9 ? conv<RoundHalfUp, 3>(args, begin, end) : conv<RoundHalfUp, 0>(args, begin, end);
}

void dl_avx512vnni_s8_depthwise_conv_64_half_even(const ConvArgs &args, int begin, int end) {
    args.kernel_h *args.kernel_w == 9 ? conv<RoundHalfEven, 3>(args, begin, end)
                                      : conv<RoundHalfEven, 0>(args, begin, end);
}

}  // namespace base
}  // namespace dl
