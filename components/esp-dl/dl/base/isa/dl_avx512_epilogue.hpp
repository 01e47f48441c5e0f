/**
 * @file dl_avx512_epilogue.hpp
 * The epilogue of AVX-512's int8 kernels, from sums of 32 bits to bytes, and their staging. The sums begin with bias
 * and rounding term, see pack_conv_bias_int8().
 */
#pragma once

#include <immintrin.h>

#include <type_traits>

#include "dl_avx512_lut.hpp"
#include "dl_base_conv.hpp"
#include "dl_conv_stage.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

/** The shifts of N vectors of 16 channels, kept in registers. */
template <typename Rounding, int N>
struct Avx512Channels {
    __m512i shift[N];
    __m512i tie[N];

    /** Round and shift the sums of the n-th vector of channels. */
    DL_INLINE __m512i scale(__m512i sum, int n) const {
        const __m512i quotient = _mm512_srav_epi32(sum, shift[n]);
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            // Half up and half even differ for ties only. A sum that holds its rounding term was a tie if the shift
            // drops zeros only. Clearing the lowest bit of its result makes that even.
            const __mmask16 is_tie = _mm512_testn_epi32_mask(sum, tie[n]);
            return _mm512_mask_and_epi32(quotient, is_tie, quotient, _mm512_set1_epi32(-2));
        }
        return quotient;
    }
};

/** The epilogue of a convolution. */
template <typename Rounding>
struct Avx512Epilogue {
    const int32_t *shift;
    const int32_t *tie;
    const int32_t *half;
    const int32_t *before;
    __m512i low;
    __m512i order;
    bool wraps;
    bool has_lut;
    Avx512Lut lut;

    DL_INLINE explicit Avx512Epilogue(const ConvArgs &args) {
        const Int8Conv &state = state_of<Int8Conv>(args);
        shift = state.shift.data();
        tie = state.tie.data();
        half = state.half.data();
        before = state.before.data();
        low = _mm512_set1_epi8(args.relu ? 0 : -128);
        order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        wraps = state.wraps;
        has_lut = args.lut != nullptr;
        if (has_lut) {
            lut.load(args.lut);
        }
    }

    template <int N>
    DL_INLINE Avx512Channels<Rounding, N> channels(int channel) const {
        Avx512Channels<Rounding, N> channels;
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            channels.shift[n] = _mm512_loadu_si512(shift + channel + 16 * n);
            channels.tie[n] = _mm512_loadu_si512(tie + channel + 16 * n);
        }
        return channels;
    }

    /** Add the rounding term to a sum that may wrap around. First, the sum is shifted right by `before` bits, which
     * makes room for the term. If that drops a one, the lowest bit is set: so a tie stays a tie, and no other sum
     * becomes one. Then, a sum that the term would take out of 32 bits is limited: its result saturates anyway. */
    DL_INLINE __m512i add_half(__m512i sum, int channel) const {
        const __m512i bits = _mm512_loadu_si512(before + channel), halves = _mm512_loadu_si512(half + channel);
        const __m512i rest = _mm512_srav_epi32(sum, bits);
        const __mmask16 inexact = _mm512_cmpneq_epi32_mask(_mm512_sllv_epi32(rest, bits), sum);
        const __m512i sticky = _mm512_mask_or_epi32(rest, inexact, rest, _mm512_set1_epi32(1));
        const __m512i limit = _mm512_sub_epi32(_mm512_set1_epi32(INT32_MAX), halves);
        return _mm512_add_epi32(_mm512_min_epi32(sticky, limit), halves);
    }

    /** Saturate four vectors of scaled values to 64 bytes, apply ReLU and the table. Quarter i of the result holds the
     * bytes of quarter i of a, b, c and d. */
    DL_INLINE __m512i pack_lanes(__m512i a, __m512i b, __m512i c, __m512i d) const {
        return finish(_mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d)));
    }

    /** The same with the bytes in order: all of a, then b, c and d. */
    DL_INLINE __m512i pack(__m512i a, __m512i b, __m512i c, __m512i d) const {
        const __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
        return finish(_mm512_permutexvar_epi32(order, bytes));
    }

private:
    DL_INLINE __m512i finish(__m512i bytes) const {
        bytes = _mm512_max_epi8(bytes, low);
        return has_lut ? lut.apply(bytes) : bytes;
    }
};

/** Add four products of unsigned activations and signed weights to each sum, as _mm512_dpbusd_epi32() does. Assembly
 * keeps the compiler from moving sums between registers. */
DL_INLINE void avx512_add_products(__m512i &sum, __m512i activations, __m512i weights) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(activations), "v"(weights));
}

/** Mask of the first `count` of 64 lanes; count may exceed 64. */
DL_INLINE __mmask64 first_lanes(int count) {
    return count >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << count) - 1;
}

/** Make outputs of the sums of M positions by N vectors of channels, from `channel` on, and store them. `left` is how
 * many channels there are from `channel` on: the last vectors may have more. */
template <typename Rounding, int M, int N>
DL_INLINE void avx512_store(const Avx512Epilogue<Rounding> &epilogue, const Avx512Channels<Rounding, N> &channels,
                            __m512i (&sum)[M][N], int channel, int left, ConvCursor &cursor) {
    constexpr int TOGETHER = N < 3 ? 4 / N : 1;  // positions in 64 bytes
    const __mmask64 mask = first_lanes(left < 16 * N ? left : 16 * N);
    if (__builtin_expect(epilogue.wraps, 0)) {
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            DL_UNROLL
            for (int n = 0; n < N; n++) {
                sum[m][n] = epilogue.add_half(sum[m][n], channel + 16 * n);
            }
        }
    }
    DL_UNROLL
    for (int m = 0; m < M; m += TOGETHER) {
        __m512i four[4];
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            const int position = m + i / (N < 3 ? N : 4);
            const int n = i % (N < 3 ? N : 4);
            four[i] = position < M && n < N
                          ? channels.scale(sum[position < M ? position : 0][n < N ? n : 0], n < N ? n : 0)
                          : _mm512_setzero_si512();
        }
        const __m512i bytes = epilogue.pack(four[0], four[1], four[2], four[3]);
        if (TOGETHER > 1 && m + TOGETHER <= M && left >= 16 * N) {
            if (uint8_t *all = cursor.next_together(TOGETHER, 64 / TOGETHER)) {
                _mm512_storeu_si512(all, bytes);
                continue;
            }
        }
        const __m128i quarters[4] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1),
                                     _mm512_extracti32x4_epi32(bytes, 2), _mm512_extracti32x4_epi32(bytes, 3)};
        DL_UNROLL
        for (int i = 0; i < TOGETHER; i++) {
            uint8_t *out = m + i < M ? cursor.next() : nullptr;
            if (!out) {
                continue;
            }
            if (N == 1) {
                _mm_mask_storeu_epi8(out + channel, static_cast<__mmask16>(mask), quarters[i]);
            } else if (N == 2) {
                _mm256_mask_storeu_epi8(out + channel, static_cast<__mmask32>(mask),
                                        i == 0 ? _mm512_castsi512_si256(bytes) : _mm512_extracti64x4_epi64(bytes, 1));
            } else {
                _mm512_mask_storeu_epi8(out + channel, mask, bytes);
            }
        }
    }
}

/** Staging that leaves bytes as they are. */
struct Avx512Copy {
    using T = int8_t;
    using U = int8_t;
    static constexpr int8_t FLIP = 0;
};

/** Staging that adds 128, which makes signed bytes unsigned. */
struct Avx512Flip {
    using T = int8_t;
    using U = int8_t;
    static constexpr int8_t FLIP = -128;
};

template <typename Kind>
struct Avx512Stage : Kind {
    static DL_INLINE void copy(int8_t *to, const int8_t *from, size_t n) {
        const __m512i flip = _mm512_set1_epi8(Kind::FLIP);
        size_t i = 0;
        for (; i + 64 <= n; i += 64) {
            _mm512_storeu_si512(to + i, _mm512_xor_si512(_mm512_loadu_si512(from + i), flip));
        }
        // Short rows are common, and stores with a mask are slow.
        if (n & 32) {
            const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + i));
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i),
                                _mm256_xor_si256(half, _mm512_castsi512_si256(flip)));
            i += 32;
        }
        if (n & 16) {
            const __m128i quarter = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i));
            _mm_storeu_si128(reinterpret_cast<__m128i *>(to + i), _mm_xor_si128(quarter, _mm512_castsi512_si128(flip)));
            i += 16;
        }
        if (i < n) {
            const __mmask64 rest = first_lanes(static_cast<int>(n - i));
            _mm512_mask_storeu_epi8(to + i, rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from + i), flip));
        }
    }
    static DL_INLINE void fill(int8_t *to, size_t n) {
        const __m512i zero = _mm512_set1_epi8(Kind::FLIP);
        size_t i = 0;
        for (; i + 64 <= n; i += 64) {
            _mm512_storeu_si512(to + i, zero);
        }
        if (i < n) {
            _mm512_mask_storeu_epi8(to + i, first_lanes(static_cast<int>(n - i)), zero);
        }
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
