// int16 depthwise convolution: one position, 32 channels; two taps are interleaved so that vpdpwssd adds their products
// to each channel.

#include "dl_avx512_wide.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const WideEpilogue<Rounding> epilogue(args);
    const int taps = args.kernel_h * args.kernel_w;
    const int steps = (taps + 1) / 2;
    const int32_t *offsets = plan.run_offsets.data();
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 2);
        conv_stage<Copy16>(args, index, unit, scratch);
        const int count = unit.positions();
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 32;
            const int left = args.out_c - channel;
            const __mmask32 mask = left >= 32 ? 0xffffffff : (UINT32_C(1) << left) - 1;
            const uint8_t *packed = args.packed.data() + (size_t)block * steps * 128;
            ConvCursor cursor(unit);
            const uint8_t *from = scratch + channel * 2;
            for (int p = 0; p < count; p++, from += plan.position_bytes) {
                int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
                if (!out) {
                    continue;
                }
                WideSum low_wide, high_wide;
                const uint8_t *weights = packed;
                const int32_t *chunk = args.chunks.data() + args.chunks[block];
                for (int step = 0; step < steps;) {
                    __m512i low = chunk_begin(), high = chunk_begin();
                    for (const int stop = step + *chunk++; step < stop; step++, weights += 128) {
                        // A tap that does not exist has a weight of zero: any input will do.
                        const __m512i a = _mm512_loadu_si512(from + offsets[step * 2]);
                        const __m512i b = _mm512_loadu_si512(from + offsets[step * 2 + 1 < taps ? step * 2 + 1 : 0]);
                        chunk_add(low, _mm512_unpacklo_epi16(a, b), _mm512_loadu_si512(weights));
                        chunk_add(high, _mm512_unpackhi_epi16(a, b), _mm512_loadu_si512(weights + 64));
                    }
                    low_wide.add(low);
                    high_wide.add(high);
                }
                const __m512i words =
                    _mm512_packs_epi32(epilogue.scale(low_wide, channel), epilogue.scale(high_wide, channel + 16));
                _mm512_mask_storeu_epi16(out + channel, mask, words);
            }
        }
    }
}

}  // namespace

void dl_avx512vnni_s16_depthwise_conv_32_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s16_depthwise_conv_32_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
