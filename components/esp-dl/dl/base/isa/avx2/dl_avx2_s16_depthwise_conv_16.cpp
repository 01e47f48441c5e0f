// int16 depthwise convolution of one position by 16 channels. Two taps are interleaved, so that vpmaddwd adds their
// products. The products with the weights' high and low bytes have sums of their own, see pack_depthwise_int16().

#include "dl_avx2_tiles.hpp"
#include "dl_avx2_wide.hpp"

namespace dl {
namespace base {
namespace {

DL_INLINE __m256i load(const int32_t *from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
}

/** Round and shift the sums of 8 channels, whose values begin at place `at`. */
template <typename Rounding>
DL_INLINE __m256i scale(const Int16DepthwiseConv &state, __m256i high, __m256i low, int at) {
    const bool fine = state.fine_shifts;
    high = _mm256_add_epi32(high, _mm256_srai_epi32(low, 8));
    low = _mm256_and_si256(low, _mm256_set1_epi32(255));
    __m256i quotient = high;
    __m256i low_out = low;
    if (fine) {
        const __m256i limit = load(state.limit.data() + at);
        quotient = _mm256_max_epi32(_mm256_min_epi32(quotient, limit), _mm256_sub_epi32(_mm256_setzero_si256(), limit));
        quotient = _mm256_sllv_epi32(quotient, load(state.left.data() + at));
        low_out = _mm256_and_si256(low, load(state.low_tie.data() + at));
    }
    quotient = _mm256_srav_epi32(quotient, load(state.shift.data() + at));
    if (fine) {
        quotient = _mm256_add_epi32(quotient, _mm256_srlv_epi32(low, load(state.low_shift.data() + at)));
    }
    if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
        const __m256i out = _mm256_or_si256(low_out, _mm256_and_si256(high, load(state.tie.data() + at)));
        const __m256i is_tie = _mm256_cmpeq_epi32(out, _mm256_setzero_si256());
        return _mm256_andnot_si256(_mm256_srli_epi32(is_tie, 31), quotient);
    }
    return quotient;
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const Int16DepthwiseConv &state = state_of<Int16DepthwiseConv>(args);
    const ConvPlan &plan = state.plan;
    const int taps = args.kernel_h * args.kernel_w;
    const int groups = (taps + 1) / 2;
    const int32_t *offsets = plan.run_offsets.data();
    const __m256i least = _mm256_set1_epi16(args.relu ? 0 : INT16_MIN);
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 2);
        conv_stage<Avx2Words>(args, index, unit, scratch);
        const int count = unit.positions();
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 16;
            const uint8_t *packed = state.packed.data() + static_cast<size_t>(block) * groups * 128;
            const int32_t *highs = state.high.data() + channel, *lows = state.low.data() + channel;
            ConvCursor cursor(unit);
            const uint8_t *from = scratch + channel * 2;
            for (int p = 0; p < count; p++, from += plan.position_bytes) {
                int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
                if (!out) {
                    continue;
                }
                __m256i high[2] = {load(highs), load(highs + 8)};
                __m256i low[2] = {load(lows), load(lows + 8)};
                const __m256i *weights = reinterpret_cast<const __m256i *>(packed);
                for (int tap = 0; tap < taps; tap += 2, weights += 4) {
                    // The second tap of the last pair may not exist. Its weight is zero, so any input will do.
                    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + offsets[tap]));
                    const __m256i b = _mm256_loadu_si256(
                        reinterpret_cast<const __m256i *>(from + offsets[tap + 1 < taps ? tap + 1 : 0]));
                    const __m256i pairs[2] = {_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)};
                    DL_UNROLL
                    for (int i = 0; i < 2; i++) {
                        high[i] =
                            _mm256_add_epi32(high[i], _mm256_madd_epi16(pairs[i], _mm256_load_si256(weights + i)));
                        low[i] =
                            _mm256_add_epi32(low[i], _mm256_madd_epi16(pairs[i], _mm256_load_si256(weights + 2 + i)));
                    }
                }
                const __m256i words = _mm256_packs_epi32(scale<Rounding>(state, high[0], low[0], channel),
                                                         scale<Rounding>(state, high[1], low[1], channel + 8));
                avx2_store_words(out + channel, _mm256_max_epi16(words, least), args.out_c - channel);
            }
        }
    }
}

}  // namespace

DL_TILE(ConvArgs, dl_avx2_s16_depthwise_conv_16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
