// int8 depthwise convolution: one position, 16 channels; the 16-bit values of two taps are interleaved so that vpmaddwd
// adds their products.

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_epilogue.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx2Epilogue<Rounding> epilogue(args);
    const int taps = args.kernel_h * args.kernel_w;
    const int pairs = (taps + 1) / 2;
    const int32_t *offsets = plan.run_offsets.data();
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<Avx2Widen>(args, index, unit, scratch);
        const int count = unit.positions();
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 16;
            const __m256i *bias = reinterpret_cast<const __m256i *>(args.packed_bias.data() + channel);
            const uint8_t *packed = args.packed.data() + (size_t)block * pairs * 64;
            ConvCursor cursor(unit);
            const uint8_t *from = scratch + channel * 2;
            for (int p = 0; p < count; p++, from += plan.position_bytes) {
                uint8_t *out = cursor.next();
                if (!out) {
                    continue;
                }
                __m256i low = _mm256_loadu_si256(bias), high = _mm256_loadu_si256(bias + 1);
                const __m256i *weights = reinterpret_cast<const __m256i *>(packed);
                for (int tap = 0; tap < taps; tap += 2, weights += 2) {
                    // A tap that does not exist has a weight of zero: any input will do.
                    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + offsets[tap]));
                    const __m256i b = _mm256_loadu_si256(
                        reinterpret_cast<const __m256i *>(from + offsets[tap + 1 < taps ? tap + 1 : 0]));
                    low = _mm256_add_epi32(low,
                                           _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), _mm256_load_si256(weights)));
                    high = _mm256_add_epi32(
                        high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), _mm256_load_si256(weights + 1)));
                }
                const __m128i bytes =
                    epilogue.pack_lanes(epilogue.scale(low, channel), epilogue.scale(high, channel + 8));
                epilogue.store(out + channel, bytes, args.out_c - channel);
            }
        }
    }
}

}  // namespace

void dl_avx2_s8_depthwise_conv_16_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s8_depthwise_conv_16_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
