/**
 * @file dl_avx512_wide.hpp
 * Sums of int16 products in 64 bits with AVX-512, see pack_conv_int16() and pack_depthwise_int16().
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

/** Staging: int16 as it is. */
struct Copy16 {
    using T = int16_t;
    using U = int16_t;
    static DL_INLINE void copy(int16_t *to, const int16_t *from, size_t n) { __builtin_memcpy(to, from, n * 2); }
    static DL_INLINE void fill(int16_t *to, size_t n) { __builtin_memset(to, 0, n * 2); }
};

/** Two products per sum. In place: written so, the compiler does not move the sums about. */
DL_INLINE void avx512_add_word_products(__m512i &sum, __m512i activations, __m512i weights) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(activations), "v"(weights));
}

/** What the coarse sums leave to the wrapped ones. */
DL_INLINE __m512i missing(__m512i coarse, __m512i wrapped) {
    return _mm512_sub_epi32(wrapped, _mm512_slli_epi32(coarse, 16));
}

/** The coarse sums with all but the low 16 bits of what is missing. */
DL_INLINE __m512i take_in_missing(__m512i coarse, __m512i wrapped) {
    return _mm512_add_epi32(coarse, _mm512_srai_epi32(missing(coarse, wrapped), 16));
}

template <typename Rounding>
struct WideEpilogue {
    const int64_t *bias;
    const int64_t *shift;
    const int64_t *tie;
    const int32_t *coarse_shift;
    const int32_t *coarse_tie;
    bool fine_shifts;
    __m512i low;
    __m256i low_words;

    DL_INLINE explicit WideEpilogue(const ConvArgs &args) {
        const size_t padded = args.packed_wide.size() / 3;
        bias = args.packed_wide.data();
        shift = bias + padded;
        tie = shift + padded;
        low = _mm512_set1_epi64(args.relu ? 0 : INT16_MIN);
        low_words = _mm256_set1_epi16(args.relu ? 0 : INT16_MIN);
        coarse_shift = args.packed_shift.data();
        coarse_tie = coarse_shift + args.packed_shift.size() / 2;
        fine_shifts = args.fine_shifts;
    }

    /** Round, shift, ReLU, saturate. @param channel of the first one @return 16 values of 32 bits, of sums whose even
     * and odd ones are apart */
    DL_INLINE __m512i scale(__m512i even, __m512i odd, int channel) const {
        const __m512i odd_result = _mm512_slli_epi64(scale_half(odd, channel + 8), 32);
        return _mm512_mask_mov_epi32(scale_half(even, channel), 0xaaaa, odd_result);
    }

    /** Round, shift, ReLU, saturate sums of pack_conv_int16(). @return 16 values of 16 bits */
    DL_INLINE __m256i scale_coarse(__m512i coarse, __m512i wrapped, int channel) const {
        __m512i rest = missing(coarse, wrapped);
        if (__builtin_expect(!fine_shifts, 1)) {
            const __m512i limit = _mm512_set1_epi32(1 << 22);
            coarse = _mm512_max_epi32(_mm512_min_epi32(coarse, limit), _mm512_sub_epi32(_mm512_setzero_si512(), limit));
            const __m512i sum = _mm512_add_epi32(_mm512_slli_epi32(coarse, 8), _mm512_srai_epi32(rest, 8));
            __m512i quotient = _mm512_srav_epi32(sum, _mm512_loadu_si512(coarse_shift + channel));
            if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
                rest = _mm512_and_si512(rest, _mm512_set1_epi32(255));
                // rest | (sum & mask)
                rest = _mm512_ternarylogic_epi32(rest, sum, _mm512_loadu_si512(coarse_tie + channel), 0xf8);
                const __mmask16 is_tie = _mm512_testn_epi32_mask(rest, rest);
                quotient = _mm512_mask_and_epi32(quotient, is_tie, quotient, _mm512_set1_epi32(-2));
            }
            return _mm256_max_epi16(_mm512_cvtsepi32_epi16(quotient), low_words);
        }
        const __m512i even = _mm512_add_epi64(_mm512_srai_epi64(_mm512_slli_epi64(coarse, 32), 16),
                                              _mm512_srai_epi64(_mm512_slli_epi64(rest, 32), 32));
        const __m512i odd =
            _mm512_add_epi64(_mm512_slli_epi64(_mm512_srai_epi64(coarse, 32), 16), _mm512_srai_epi64(rest, 32));
        return _mm512_cvtepi32_epi16(scale(even, odd, channel));
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
