/**
 * @file dl_avx512_wide.hpp
 * The epilogue of AVX-512's int16 convolutions, see pack_conv_int16() and pack_conv_int16_bytes(); staging of int16.
 */
#pragma once

#include <immintrin.h>

#include <type_traits>

#include "dl_base_conv.hpp"
#include "dl_conv_stage.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

/** Staging that leaves int16 as it is. */
struct Copy16 {
    using T = int16_t;
    using U = int16_t;
    static DL_INLINE void copy(int16_t *to, const int16_t *from, size_t n) { __builtin_memcpy(to, from, n * 2); }
    static DL_INLINE void fill(int16_t *to, size_t n) { __builtin_memset(to, 0, n * 2); }
};

/** Add two products of words to each sum. Assembly keeps the compiler from moving sums between registers. */
DL_INLINE void avx512_add_word_products(__m512i &sum, __m512i activations, __m512i weights) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(activations), "v"(weights));
}

/** How the epilogue makes results of the sums of pack_conv_int16(). */
typedef enum {
    SUMS_PLAIN = 0,  ///< in 32 bits
    SUMS_DEEP,       ///< in 32 bits, after limiting sums that exceed 2^38
    SUMS_FINE,       ///< in 64 bits
} sums_t;

template <typename Rounding>
struct WideEpilogue {
    const int64_t *bias;
    const int64_t *shift;
    const int64_t *tie;
    const int32_t *coarse_shift;
    const int32_t *coarse_tie;
    sums_t sums;
    __m512i low;
    __m512i low_words;

    DL_INLINE explicit WideEpilogue(const ConvArgs &args) {
        const Int16Conv &state = state_of<Int16Conv>(args);
        bias = state.bias.data();
        shift = state.shift.data();
        tie = state.tie.data();
        low = _mm512_set1_epi64(args.relu ? 0 : INT16_MIN);
        low_words = _mm512_set1_epi16(args.relu ? 0 : INT16_MIN);
        coarse_shift = state.coarse_shift.data();
        coarse_tie = state.coarse_tie.data();
        sums = state.fine_shifts ? SUMS_FINE : state.deep ? SUMS_DEEP : SUMS_PLAIN;
    }

    /** Round, shift, limit by ReLU and saturate sums of 64 bits. @param even, odd sums of the channels `channel`,
     * `channel` + 2, ... and of the others @return the 16 channels in order, 32 bits each */
    DL_INLINE __m512i scale(__m512i even, __m512i odd, int channel) const {
        const __m512i odd_result = _mm512_slli_epi64(scale_half(odd, channel + 8), 32);
        return _mm512_mask_mov_epi32(scale_half(even, channel), 0xaaaa, odd_result);
    }

    /**
     * Round and shift the sums 65536 * coarse + rest of 16 channels. @return values of 32 bits; pack() saturates them
     * and applies ReLU
     */
    template <sums_t SUMS>
    DL_INLINE __m512i scale_sums(__m512i coarse, __m512i rest, int channel) const {
        if (SUMS == SUMS_FINE) {
            const __m512i even = _mm512_add_epi64(_mm512_srai_epi64(_mm512_slli_epi64(coarse, 32), 16),
                                                  _mm512_srai_epi64(_mm512_slli_epi64(rest, 32), 32));
            const __m512i odd =
                _mm512_add_epi64(_mm512_slli_epi64(_mm512_srai_epi64(coarse, 32), 16), _mm512_srai_epi64(rest, 32));
            return scale(even, odd, channel);
        }
        if (SUMS == SUMS_DEEP) {
            const __m512i limit = _mm512_set1_epi32(1 << 22);
            coarse = _mm512_max_epi32(_mm512_min_epi32(coarse, limit), _mm512_sub_epi32(_mm512_setzero_si512(), limit));
        }
        const __m512i sum = _mm512_add_epi32(_mm512_slli_epi32(coarse, 8), _mm512_srai_epi32(rest, 8));
        const __m512i quotient = _mm512_srav_epi32(sum, _mm512_loadu_si512(coarse_shift + channel));
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            __mmask16 is_tie = _mm512_testn_epi32_mask(rest, _mm512_set1_epi32(255));
            is_tie = _mm512_mask_testn_epi32_mask(is_tie, sum, _mm512_loadu_si512(coarse_tie + channel));
            return _mm512_mask_and_epi32(quotient, is_tie, quotient, _mm512_set1_epi32(-2));
        }
        return quotient;
    }

    /** Saturate, apply ReLU. */
    DL_INLINE __m256i pack(__m512i values) const {
        return _mm256_max_epi16(_mm512_cvtsepi32_epi16(values), _mm512_castsi512_si256(low_words));
    }
    DL_INLINE __m512i pack(__m512i first, __m512i second) const {
        const __m512i lanes = _mm512_max_epi16(_mm512_packs_epi32(first, second), low_words);
        return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), lanes);
    }

private:
    DL_INLINE __m512i scale_half(__m512i sum, int at) const {
        sum = _mm512_add_epi64(sum, _mm512_loadu_si512(bias + at));
        __m512i quotient = _mm512_srav_epi64(sum, _mm512_loadu_si512(shift + at));
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            const __mmask8 is_tie = _mm512_testn_epi64_mask(sum, _mm512_loadu_si512(tie + at));
            quotient = _mm512_mask_and_epi64(quotient, is_tie, quotient, _mm512_set1_epi64(-2));
        }
        return _mm512_min_epi64(_mm512_max_epi64(quotient, low), _mm512_set1_epi64(INT16_MAX));
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
