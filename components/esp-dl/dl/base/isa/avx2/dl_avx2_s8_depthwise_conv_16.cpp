// int8 depthwise convolution of one position by 16 channels. Bytes are widened to 16 bits, and two taps are
// interleaved, so that vpmaddwd adds their products.

#include "dl_avx2_epilogue.hpp"
#include "dl_avx2_tiles.hpp"

namespace dl {
namespace base {
namespace {

DL_INLINE __m256i load(const uint8_t *from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
}

/** Compute all positions of a unit. All channels of a position are computed before the next one, so that its window
 * stays in the first-level cache. */
template <typename Epilogue>
void unit_positions(const ConvArgs &args, const Epilogue &epilogue, const ConvUnit &unit, const uint8_t *from) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int taps = args.kernel_h * args.kernel_w;
    const int pairs = (taps + 1) / 2;
    const int32_t *offsets = plan.run_offsets.data();
    // The second tap of the last pair may not exist. Its weight is zero, so any input will do.
    const int32_t last = offsets[taps % 2 ? 0 : taps - 1];
    ConvCursor cursor(unit);
    const int count = unit.positions();
    for (int p = 0; p < count; p++, from += plan.position_bytes) {
        uint8_t *out = cursor.next();
        if (!out) {
            continue;
        }
        const uint8_t *bias = reinterpret_cast<const uint8_t *>(state_of<Int8Conv>(args).bias.data());
        const uint8_t *weights = state_of<TiledConv>(args).packed.data();
        const uint8_t *at = from;
        for (int channel = 0; channel < args.out_c; channel += 16, at += 32, bias += 64) {
            __m256i low = load(bias), high = load(bias + 32);
            for (int i = 0; i < pairs; i++, weights += 64) {
                // Two taps of 16 channels.
                const __m256i a = load(at + offsets[2 * i]);
                const __m256i b = load(at + (i + 1 < pairs ? offsets[2 * i + 1] : last));
                low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), load(weights)));
                high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), load(weights + 32)));
            }
            const __m256i words = epilogue.scale_words(low, high, channel);
            __m256i bytes[1] = {_mm256_permute4x64_epi64(_mm256_packs_epi16(words, words), 0xd8)};
            epilogue.finish(bytes);
            avx2_store(out + channel, _mm256_castsi256_si128(bytes[0]), args.out_c - channel);
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    uint8_t *scratch = host_scratch(state_of<TiledConv>(args).plan.scratch_bytes + 64);
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        for (int index = begin; index < end; index++) {
            const ConvUnit unit = conv_unit(args, index, 1);
            conv_stage<Avx2Widen>(args, index, unit, scratch);
            unit_positions(args, epilogue, unit, scratch);
        }
    });
}

}  // namespace

DL_TILE(ConvArgs, dl_avx2_s8_depthwise_conv_16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
