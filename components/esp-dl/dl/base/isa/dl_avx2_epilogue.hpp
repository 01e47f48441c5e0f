/**
 * @file dl_avx2_epilogue.hpp
 * The epilogue of AVX2's int8 kernels, from sums of 32 bits to bytes, and their staging. The sums begin with bias and
 * rounding term, see pack_conv_bias_int8().
 */
#pragma once

#include <immintrin.h>

#include <type_traits>

#include "dl_avx2_lut.hpp"
#include "dl_base_conv.hpp"
#include "dl_conv_stage.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

/** Store the first `count` of 16 bytes. A `count` above 16 means all. */
DL_INLINE void avx2_store(uint8_t *out, __m128i bytes, int count) {
    if (__builtin_expect(count >= 16, 1)) {
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out), bytes);
        return;
    }
    if (count & 8) {
        _mm_storel_epi64(reinterpret_cast<__m128i *>(out), bytes);
        out += 8;
        bytes = _mm_unpackhi_epi64(bytes, bytes);
    }
    uint64_t rest = static_cast<uint64_t>(_mm_cvtsi128_si64(bytes));
    for (int i = count & 7; i > 0; i--, rest >>= 8) {
        *out++ = static_cast<uint8_t>(rest);
    }
}

/** The epilogue of a convolution. @tparam IN_FLOAT sums are rounded in single precision: Int8Conv::factor is not empty
 */
template <typename Rounding, bool IN_FLOAT>
struct Avx2Epilogue {
    const int32_t *shift;
    const int32_t *tie;
    const int32_t *half;
    const int32_t *before;
    const float *factor;
    const float *offset;
    bool wraps;
    bool has_lut;
    __m256i low;
    Avx2Lut lut;

    DL_INLINE explicit Avx2Epilogue(const ConvArgs &args) {
        const Int8Conv &state = state_of<Int8Conv>(args);
        shift = state.shift.data();
        tie = state.tie.data();
        half = state.half.data();
        before = state.before.data();
        factor = state.factor.data();
        offset = state.offset.data();
        wraps = state.wraps;
        has_lut = args.lut;
        low = _mm256_set1_epi8(args.relu ? 0 : -128);
        if (has_lut) {
            lut = Avx2Lut(args.lut);
        }
    }

    /** Add the rounding term to a sum that may wrap around. First, the sum is shifted right by `before` bits, which
     * makes room for the term. If that drops a one, the lowest bit is set: so a tie stays a tie, and no other sum
     * becomes one. Then, a sum that the term would take out of 32 bits is limited: its result saturates anyway. */
    DL_INLINE __m256i add_half(__m256i sum, int channel) const {
        const __m256i bits = load(before + channel), halves = load(half + channel);
        const __m256i rest = _mm256_srav_epi32(sum, bits);
        const __m256i exact = _mm256_cmpeq_epi32(_mm256_sllv_epi32(rest, bits), sum);
        const __m256i sticky = _mm256_or_si256(rest, _mm256_andnot_si256(exact, _mm256_set1_epi32(1)));
        const __m256i limit = _mm256_sub_epi32(_mm256_set1_epi32(INT32_MAX), halves);
        return _mm256_add_epi32(_mm256_min_epi32(sticky, limit), halves);
    }

    /** Round and shift the sums of 8 channels, from `channel` on in the packed order. */
    DL_INLINE __m256i scale(__m256i accumulator, int channel) const {
        constexpr bool half_even = std::is_same_v<Rounding, RoundHalfEven>;
        if constexpr (half_even && IN_FLOAT) {
            const __m256 scaled = _mm256_fmsub_ps(_mm256_cvtepi32_ps(accumulator), _mm256_loadu_ps(factor + channel),
                                                  _mm256_loadu_ps(offset + channel));
            return _mm256_cvtps_epi32(scaled);
        } else {
            if (!IN_FLOAT && __builtin_expect(wraps, 0)) {
                accumulator = add_half(accumulator, channel);
            }
            const __m256i quotient = _mm256_srav_epi32(accumulator, load(shift + channel));
            if constexpr (half_even) {
                // Half up and half even differ for ties only. A sum that holds its rounding term was a tie if the shift
                // drops zeros only. Clearing the lowest bit of its result makes that even.
                const __m256i out = _mm256_and_si256(accumulator, load(tie + channel));
                const __m256i is_tie = _mm256_cmpeq_epi32(out, _mm256_setzero_si256());
                return _mm256_andnot_si256(_mm256_srli_epi32(is_tie, 31), quotient);
            }
            return quotient;
        }
    }

    /** scale() of two vectors of 8 channels, as words. Each half of the result holds 4 channels of `first`, then 4 of
     * `second`. */
    DL_INLINE __m256i scale_words(__m256i first, __m256i second, int channel) const {
        return _mm256_packs_epi32(scale(first, channel), scale(second, channel + 8));
    }

    /** Apply ReLU and the table to N vectors of bytes. */
    template <int N>
    DL_INLINE void finish(__m256i (&bytes)[N]) const {
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            bytes[n] = _mm256_max_epi8(bytes[n], low);
        }
        if (has_lut) {
            lut.look_up(bytes);
        }
    }

    /** Make outputs of the sums of M positions by 16 channels, from `channel` on, and store them. */
    template <int M>
    DL_INLINE void write(const ConvArgs &args, __m256i (&sum)[M][2], int channel, ConvCursor &cursor) const {
        __m256i bytes[(M + 1) / 2];
        DL_UNROLL
        for (int m = 0; m < M; m += 2) {
            const __m256i words = scale_words(sum[m][0], sum[m][1], channel);
            const int next = m + 1 < M ? m + 1 : m;
            const __m256i next_words = next > m ? scale_words(sum[next][0], sum[next][1], channel) : words;
            // Each half of the vector holds 8 channels of either position: bring those of one position together.
            const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
            bytes[m / 2] = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(words, next_words), order);
        }
        finish(bytes);
        auto position = [&](int m) __attribute__((always_inline)) {
            return m % 2 ? _mm256_extracti128_si256(bytes[m / 2], 1) : _mm256_castsi256_si128(bytes[m / 2]);
        };
        const int left = args.out_c - channel;
        uint8_t *together = left >= 16 ? cursor.next_together(M, args.out_pitch) : nullptr;
        if (__builtin_expect(together != nullptr, 1)) {
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                _mm_storeu_si128(
                    reinterpret_cast<__m128i *>(together + channel + static_cast<size_t>(m) * args.out_pitch),
                    position(m));
            }
            return;
        }
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            if (uint8_t *out = cursor.next()) {
                avx2_store(out + channel, position(m), left);
            }
        }
    }

private:
    static DL_INLINE __m256i load(const int32_t *from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
    }
};

/** Call run(epilogue) with the kind of epilogue that `args` needs. */
template <typename Rounding, typename Run>
DL_INLINE void with_avx2_epilogue(const ConvArgs &args, Run run) {
    if (state_of<Int8Conv>(args).factor.empty()) {
        run(Avx2Epilogue<Rounding, false>(args));
    } else {
        run(Avx2Epilogue<Rounding, true>(args));
    }
}

/** Staging that widens int8 to int16. */
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

/** Staging that leaves bytes as they are. */
struct Avx2Bytes {
    using T = int8_t;
    using U = int8_t;
    static DL_INLINE void copy(int8_t *to, const int8_t *from, size_t n) {
        size_t i = 0;
        for (; i + 32 <= n; i += 32) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + i));
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i), bytes);
        }
        for (; i < n; i++) {
            to[i] = from[i];
        }
    }
    static DL_INLINE void fill(int8_t *to, size_t n) { __builtin_memset(to, 0, n); }
};

}  // namespace
}  // namespace base
}  // namespace dl
