/**
 * @file dl_avx2_epilogue.hpp
 * From 32-bit accumulators to int8 outputs with AVX2, and the staging of its kernels. The accumulators hold bias and
 * rounding term already, see pack_conv_bias_int8().
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

template <typename Rounding>
struct Avx2Epilogue {
    const int32_t *shift;
    const int32_t *tie;
    const int32_t *half;
    bool wraps;
    const int8_t *lut;
    __m128i low;

    DL_INLINE explicit Avx2Epilogue(const ConvArgs &args) {
        shift = args.packed_shift.data();
        tie = shift + args.packed_shift.size() / 3;
        half = tie + args.packed_shift.size() / 3;
        wraps = args.wraps;
        lut = args.lut;
        low = _mm_set1_epi8(args.relu ? 0 : -128);
    }

    /** Round and shift 8 channels, the first one being `channel` of the packed order. */
    DL_INLINE __m256i scale(__m256i accumulator, int channel) const {
        const __m256i *at = reinterpret_cast<const __m256i *>(shift + channel);
        if (__builtin_expect(wraps, 0)) {
            // Sums may wrap around: add the half without that, as far as the saturated result can tell.
            const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(half + channel));
            const __m256i limit = _mm256_sub_epi32(_mm256_set1_epi32(INT32_MAX), halves);
            accumulator = _mm256_add_epi32(_mm256_min_epi32(accumulator, limit), halves);
        }
        const __m256i quotient = _mm256_srav_epi32(accumulator, _mm256_loadu_si256(at));
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            // Half up and half even differ where nothing but zeros is shifted out after the half was added: there, make
            // the result even.
            const __m256i out =
                _mm256_and_si256(accumulator, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(tie + channel)));
            const __m256i is_tie = _mm256_cmpeq_epi32(out, _mm256_setzero_si256());
            return _mm256_andnot_si256(_mm256_srli_epi32(is_tie, 31), quotient);
        }
        return quotient;
    }

    /** Two times 8 scaled values, in lanes of four: saturate, ReLU, look up. The bytes are those of lane 0 of a, lane 0
     * of b, lane 1 of a, lane 1 of b. */
    DL_INLINE __m128i pack_lanes(__m256i a, __m256i b) const {
        const __m256i words = _mm256_packs_epi32(a, b);
        return finish(_mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    }

    /** The same with the bytes in the order of a, b. */
    DL_INLINE __m128i pack(__m256i a, __m256i b) const {
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8);
        return finish(_mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
    }

    /** Store the first `count` (or all, if there are more than 16) bytes. */
    static DL_INLINE void store(uint8_t *out, __m128i bytes, int count) {
        if (count >= 16) {
            _mm_storeu_si128(reinterpret_cast<__m128i *>(out), bytes);
        } else {
            alignas(16) uint8_t buffer[16];
            _mm_store_si128(reinterpret_cast<__m128i *>(buffer), bytes);
            __builtin_memcpy(out, buffer, count);
        }
    }

private:
    DL_INLINE __m128i finish(__m128i bytes) const {
        bytes = _mm_max_epi8(bytes, low);
        if (lut) {
            alignas(16) int8_t values[16];
            _mm_store_si128(reinterpret_cast<__m128i *>(values), bytes);
            DL_UNROLL
            for (int i = 0; i < 16; i++) {
                values[i] = lut[values[i] + 128];
            }
            bytes = _mm_load_si128(reinterpret_cast<const __m128i *>(values));
        }
        return bytes;
    }
};

/** Staging: int8 to int16. */
struct Avx2Widen {
    using T = int8_t;
    using U = int16_t;
    static DL_INLINE void copy(int16_t *to, const int8_t *from, size_t n) {
        size_t i = 0;
        for (; i + 16 <= n; i += 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i));
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i), _mm256_cvtepi8_epi16(bytes));
        }
        for (; i < n; i++) {
            to[i] = from[i];
        }
    }
    static DL_INLINE void fill(int16_t *to, size_t n) { __builtin_memset(to, 0, n * 2); }
};

}  // namespace
}  // namespace base
}  // namespace dl
