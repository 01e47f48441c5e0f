// int8 depthwise convolution: one position, 64 channels; the bytes of four taps are interleaved so that vpdpbusd adds
// their products to each channel.

#include "dl_avx512_epilogue.hpp"
#include "dl_avx512vnni_kernels.hpp"
#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx512Epilogue<Rounding> epilogue(args);
    const int taps = args.kernel_h * args.kernel_w;
    const int groups = (taps + 3) / 4;
    const int32_t *offsets = plan.run_offsets.data();
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<Avx512Stage<Avx512Flip>>(args, index, unit, scratch);
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 64;
            const __mmask64 mask = first_lanes(args.out_c - channel);
            const int32_t *bias = args.packed_bias.data() + channel;
            const uint8_t *packed = args.packed.data() + (size_t)block * groups * 256;
            const Avx512Channels<Rounding, 4> channels = epilogue.template channels<4>(channel);
            ConvCursor cursor(unit);
            const int count = unit.positions();
            const uint8_t *from = scratch + channel;
            for (int p = 0; p < count; p++, from += plan.position_bytes) {
                uint8_t *out = cursor.next();
                if (!out) {
                    continue;
                }
                __m512i sum[4];
                DL_UNROLL
                for (int i = 0; i < 4; i++) {
                    sum[i] = _mm512_loadu_si512(bias + 16 * i);
                }
                const uint8_t *weights = packed;
                for (int tap = 0; tap < taps; tap += 4, weights += 256) {
                    // Taps that do not exist have weights of zero: any input will do.
                    const __m512i a = _mm512_loadu_si512(from + offsets[tap]);
                    const __m512i b = _mm512_loadu_si512(from + offsets[tap + 1 < taps ? tap + 1 : 0]);
                    const __m512i c = _mm512_loadu_si512(from + offsets[tap + 2 < taps ? tap + 2 : 0]);
                    const __m512i d = _mm512_loadu_si512(from + offsets[tap + 3 < taps ? tap + 3 : 0]);
                    const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
                    const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
                    avx512_add_products(sum[0], _mm512_unpacklo_epi16(ab_low, cd_low), _mm512_loadu_si512(weights));
                    avx512_add_products(sum[1], _mm512_unpackhi_epi16(ab_low, cd_low),
                                        _mm512_loadu_si512(weights + 64));
                    avx512_add_products(sum[2], _mm512_unpacklo_epi16(ab_high, cd_high),
                                        _mm512_loadu_si512(weights + 128));
                    avx512_add_products(sum[3], _mm512_unpackhi_epi16(ab_high, cd_high),
                                        _mm512_loadu_si512(weights + 192));
                }
                if (__builtin_expect(epilogue.wraps, 0)) {
                    for (int i = 0; i < 4; i++) {
                        sum[i] = epilogue.add_half(sum[i], channel + 16 * i);
                    }
                }
                DL_UNROLL
                for (int i = 0; i < 4; i++) {
                    sum[i] = channels.scale(sum[i], i);
                }
                _mm512_mask_storeu_epi8(out + channel, mask, epilogue.pack_lanes(sum[0], sum[1], sum[2], sum[3]));
            }
        }
    }
}

}  // namespace

void dl_avx512vnni_s8_depthwise_conv_64_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s8_depthwise_conv_64_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
