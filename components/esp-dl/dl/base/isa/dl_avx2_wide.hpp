/**
 * @file dl_avx2_wide.hpp
 * The epilogue of AVX2's int16 convolutions, whose sums are pairs of 32 bits, see pack_conv_int16(); staging and
 * storing of int16.
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
struct Avx2Words {
    using T = int16_t;
    using U = int16_t;
    static DL_INLINE void copy(int16_t *to, const int16_t *from, size_t n) { __builtin_memcpy(to, from, n * 2); }
    static DL_INLINE void fill(int16_t *to, size_t n) { __builtin_memset(to, 0, n * 2); }
};

/** Store the first `count` of 16 values. A `count` above 16 means all. */
DL_INLINE void avx2_store_words(int16_t *out, __m256i words, int count) {
    if (count >= 16) {
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(out), words);
    } else {
        alignas(32) int16_t buffer[16];
        _mm256_store_si256(reinterpret_cast<__m256i *>(buffer), words);
        __builtin_memcpy(out, buffer, count * 2);
    }
}

template <typename Rounding>
struct Avx2WideEpilogue {
    const int64_t *bias;
    const int64_t *shift;
    const int64_t *tie;
    const int32_t *coarse_shift;
    const int32_t *coarse_tie;
    bool fine_shifts;
    bool deep;
    __m256i low_words;
    __m256i low;
    __m256i high;

    DL_INLINE explicit Avx2WideEpilogue(const ConvArgs &args) {
        const Int16Conv &state = state_of<Int16Conv>(args);
        bias = state.bias.data();
        shift = state.shift.data();
        tie = state.tie.data();
        low = _mm256_set1_epi64x(args.relu ? 0 : INT16_MIN);
        high = _mm256_set1_epi64x(INT16_MAX);
        low_words = _mm256_set1_epi16(args.relu ? 0 : INT16_MIN);
        coarse_shift = state.coarse_shift.data();
        coarse_tie = state.coarse_tie.data();
        fine_shifts = state.fine_shifts;
        deep = state.deep;
    }

    /** Round, shift, limit by ReLU and saturate the sums 65536 * coarse + rest of 16 channels, from `channel` on. Each
     * vector has 8 of them; the result has all 16, as words. */
    DL_INLINE __m256i scale_sums(const __m256i (&coarse)[2], const __m256i (&rest)[2], int channel) const {
        __m256i words;
        if (__builtin_expect(!fine_shifts, 1)) {
            words =
                _mm256_packs_epi32(scale_32(coarse[0], rest[0], channel), scale_32(coarse[1], rest[1], channel + 8));
            words = _mm256_max_epi16(words, low_words);
        } else {
            words = _mm256_packs_epi32(scale_8(coarse[0], rest[0], channel), scale_8(coarse[1], rest[1], channel + 4));
        }
        return _mm256_permute4x64_epi64(words, 0xd8);
    }

private:
    static DL_INLINE __m256i load(const int32_t *from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
    }

    /** Round and shift the sums of 8 channels in 32 bits, which coarse shifts allow. */
    DL_INLINE __m256i scale_32(__m256i coarse, __m256i rest, int channel) const {
        if (deep) {
            const __m256i limit = _mm256_set1_epi32(1 << 22);
            coarse = _mm256_max_epi32(_mm256_min_epi32(coarse, limit), _mm256_sub_epi32(_mm256_setzero_si256(), limit));
        }
        const __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(coarse, 8), _mm256_srai_epi32(rest, 8));
        const __m256i quotient = _mm256_srav_epi32(sum, load(coarse_shift + channel));
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            const __m256i out = _mm256_or_si256(_mm256_and_si256(rest, _mm256_set1_epi32(255)),
                                                _mm256_and_si256(sum, load(coarse_tie + channel)));
            const __m256i is_tie = _mm256_cmpeq_epi32(out, _mm256_setzero_si256());
            return _mm256_andnot_si256(_mm256_srli_epi32(is_tie, 31), quotient);
        }
        return quotient;
    }

    /** Round and shift the sums of 8 channels in 64 bits. @param at place of the first even channel's bias; the odd
     * channels' begin 8 places later */
    DL_INLINE __m256i scale_8(__m256i coarse, __m256i rest, int at) const {
        const __m256i even = scale_half(widen(coarse, rest), at);
        const __m256i odd = scale_half(widen(_mm256_srli_epi64(coarse, 32), _mm256_srli_epi64(rest, 32)), at + 8);
        return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    }

    /** The sums 65536 * coarse + rest of the low half of each 64 bits. */
    static DL_INLINE __m256i widen(__m256i coarse, __m256i rest) {
        return _mm256_add_epi64(_mm256_mul_epi32(coarse, _mm256_set1_epi64x(65536)),
                                _mm256_mul_epi32(rest, _mm256_set1_epi64x(1)));
    }

    static DL_INLINE __m256i load(const int64_t *from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
    }

    DL_INLINE __m256i scale_half(__m256i sum, int at) const {
        sum = _mm256_add_epi64(sum, load(bias + at));
        // AVX2 has no arithmetic shift of 64 bits. So add 2^63, which makes the number unsigned, shift, and take the
        // shifted 2^63 off again.
        const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
        const __m256i shifts = load(shift + at);
        __m256i quotient =
            _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(sum, sign), shifts), _mm256_srlv_epi64(sign, shifts));
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            const __m256i out = _mm256_and_si256(sum, load(tie + at));
            const __m256i is_tie = _mm256_cmpeq_epi64(out, _mm256_setzero_si256());
            quotient = _mm256_andnot_si256(_mm256_srli_epi64(is_tie, 63), quotient);
        }
        quotient = _mm256_blendv_epi8(quotient, low, _mm256_cmpgt_epi64(low, quotient));
        return _mm256_blendv_epi8(quotient, high, _mm256_cmpgt_epi64(quotient, high));
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
