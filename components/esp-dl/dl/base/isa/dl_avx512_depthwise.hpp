/**
 * @file dl_avx512_depthwise.hpp
 * Four taps of 64 channels, or of 32 channels of two positions, with AVX-512.
 */
#pragma once

#include "dl_avx512_epilogue.hpp"
#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** The bytes of four taps, interleaved. */
struct Avx512Taps {
    __m512i part[4];

    /** One tap. @param second bytes to the other position of a pair */
    template <bool PAIR>
    static DL_INLINE __m512i tap(const uint8_t *from, size_t second) {
        if (!PAIR) {
            return _mm512_loadu_si512(from);
        }
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + second));
        return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }

    template <bool PAIR>
    static DL_INLINE Avx512Taps load(const uint8_t *from_a, const uint8_t *from_b, const uint8_t *from_c,
                                     const uint8_t *from_d, size_t second) {
        const __m512i a = tap<PAIR>(from_a, second), b = tap<PAIR>(from_b, second);
        const __m512i c = tap<PAIR>(from_c, second), d = tap<PAIR>(from_d, second);
        const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
        const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
        return {{_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
                 _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)}};
    }
};

/** Sums of 64 channels in the order of the taps. */
struct Avx512Sums {
    __m512i part[4];

    DL_INLINE void load(const int32_t *bias) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[i] = _mm512_loadu_si512(bias + 16 * i);
        }
    }
    DL_INLINE void add(const Avx512Taps &taps, const __m512i (&weights)[4]) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            avx512_add_products(part[i], taps.part[i], weights[i]);
        }
    }
    DL_INLINE void add(const Avx512Taps &taps, const uint8_t *weights) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            avx512_add_products(part[i], taps.part[i], _mm512_loadu_si512(weights + 64 * i));
        }
    }
    template <typename Rounding>
    DL_INLINE __m512i finish(const Avx512Epilogue<Rounding> &epilogue, const Avx512Channels<Rounding, 4> &channels,
                             int channel) {
        if (__builtin_expect(epilogue.wraps, 0)) {
            DL_UNROLL
            for (int i = 0; i < 4; i++) {
                part[i] = epilogue.add_half(part[i], channel + 16 * i);
            }
        }
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[i] = channels.scale(part[i], i);
        }
        return epilogue.pack_lanes(part[0], part[1], part[2], part[3]);
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
