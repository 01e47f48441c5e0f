// int16 depthwise convolution of one position by 32 channels. Two taps are interleaved, so that vpdpwssd adds their
// products. The products with the weights' high and low bytes have sums of their own, see pack_depthwise_int16().

#include "dl_avx512_wide.hpp"
#include "dl_avx512vnni_tiles.hpp"

namespace dl {
namespace base {
namespace {

/** Round and shift the sums of 16 channels, whose values begin at place `at`. @tparam FINE a shift may be below 8 */
template <typename Rounding, bool FINE>
DL_INLINE __m512i scale(const Int16DepthwiseConv &state, __m512i high, __m512i low, int at) {
    high = _mm512_add_epi32(high, _mm512_srai_epi32(low, 8));
    low = _mm512_and_si512(low, _mm512_set1_epi32(255));
    __m512i quotient = high;
    __m512i low_out = low;
    if (FINE) {
        const __m512i limit = _mm512_loadu_si512(state.limit.data() + at);
        quotient = _mm512_max_epi32(_mm512_min_epi32(quotient, limit), _mm512_sub_epi32(_mm512_setzero_si512(), limit));
        quotient = _mm512_sllv_epi32(quotient, _mm512_loadu_si512(state.left.data() + at));
        low_out = _mm512_and_si512(low, _mm512_loadu_si512(state.low_tie.data() + at));
    }
    quotient = _mm512_srav_epi32(quotient, _mm512_loadu_si512(state.shift.data() + at));
    if (FINE) {
        quotient = _mm512_add_epi32(quotient, _mm512_srlv_epi32(low, _mm512_loadu_si512(state.low_shift.data() + at)));
    }
    if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
        // low_out | (high & mask)
        const __m512i out = _mm512_ternarylogic_epi32(low_out, high, _mm512_loadu_si512(state.tie.data() + at), 0xf8);
        const __mmask16 is_tie = _mm512_testn_epi32_mask(out, out);
        return _mm512_mask_and_epi32(quotient, is_tie, quotient, _mm512_set1_epi32(-2));
    }
    return quotient;
}

/** Compute all positions of a unit for one block of channels. @tparam GROUPS number of pairs of taps, if the compiler
 * shall know it; 0: it need not */
template <typename Rounding, bool FINE, int GROUPS>
void block_positions(const ConvArgs &args, const ConvUnit &unit, int block, const uint8_t *from) {
    const Int16DepthwiseConv &state = state_of<Int16DepthwiseConv>(args);
    const ConvPlan &plan = state.plan;
    const int taps = args.kernel_h * args.kernel_w;
    const int groups = GROUPS ? GROUPS : (taps + 1) / 2;
    const __m512i least = _mm512_set1_epi16(args.relu ? 0 : INT16_MIN);
    const int channel = block * 32;
    const int left = args.out_c - channel;
    const __mmask32 mask = left >= 32 ? 0xffffffff : (UINT32_C(1) << left) - 1;
    const uint8_t *packed = state.packed.data() + static_cast<size_t>(block) * groups * 256;
    const int32_t *highs = state.high.data() + channel, *lows = state.low.data() + channel;
    const int32_t *offsets = plan.run_offsets.data();
    // The second tap of the last pair may not exist. Its weight is zero, so any input will do.
    const int32_t last = offsets[taps % 2 ? 0 : taps - 1];
    int32_t own_offsets[GROUPS ? GROUPS * 2 : 1];
    __m512i own_weights[GROUPS ? GROUPS * 4 : 1];
    DL_UNROLL
    for (int i = 0; i < GROUPS * 2; i++) {
        own_offsets[i] = i + 1 < GROUPS * 2 ? offsets[i] : last;
    }
    DL_UNROLL
    for (int i = 0; i < GROUPS * 4; i++) {
        own_weights[i] = _mm512_load_si512(packed + 64 * i);
    }
    ConvCursor cursor(unit);
    const int count = unit.positions();
    for (int p = 0; p < count; p++, from += plan.position_bytes) {
        int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
        if (!out) {
            continue;
        }
        __m512i high[2] = {_mm512_loadu_si512(highs), _mm512_loadu_si512(highs + 16)};
        __m512i low[2] = {_mm512_loadu_si512(lows), _mm512_loadu_si512(lows + 16)};
        auto add = [&](const uint8_t *at_a, const uint8_t *at_b, const __m512i *weights)
            __attribute__((always_inline)) {
            const __m512i a = _mm512_loadu_si512(at_a), b = _mm512_loadu_si512(at_b);
            const __m512i first = _mm512_unpacklo_epi16(a, b), second = _mm512_unpackhi_epi16(a, b);
            avx512_add_word_products(high[0], first, weights[0]);
            avx512_add_word_products(high[1], second, weights[1]);
            avx512_add_word_products(low[0], first, weights[2]);
            avx512_add_word_products(low[1], second, weights[3]);
        };
        if (GROUPS) {
            DL_UNROLL
            for (int i = 0; i < GROUPS; i++) {
                add(from + own_offsets[2 * i], from + own_offsets[2 * i + 1], own_weights + 4 * i);
            }
        } else {
            const __m512i *weights = reinterpret_cast<const __m512i *>(packed);
            for (int i = 0; i < groups; i++, weights += 4) {
                add(from + offsets[2 * i], from + (i + 1 < groups ? offsets[2 * i + 1] : last), weights);
            }
        }
        const __m512i words = _mm512_packs_epi32(scale<Rounding, FINE>(state, high[0], low[0], channel),
                                                 scale<Rounding, FINE>(state, high[1], low[1], channel + 16));
        _mm512_mask_storeu_epi16(out + channel, mask, _mm512_max_epi16(words, least));
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int taps = args.kernel_h * args.kernel_w;
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    const auto positions = state_of<Int16DepthwiseConv>(args).fine_shifts ? block_positions<Rounding, true, 0>
                           : taps == 9                                    ? block_positions<Rounding, false, 5>
                                                                          : block_positions<Rounding, false, 0>;
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 2);
        conv_stage<Copy16>(args, index, unit, scratch);
        for (int block = 0; block < plan.blocks; block++) {
            positions(args, unit, block, scratch + block * 64);
        }
    }
}

}  // namespace

DL_TILE(ConvArgs, dl_avx512vnni_s16_depthwise_conv_32, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
