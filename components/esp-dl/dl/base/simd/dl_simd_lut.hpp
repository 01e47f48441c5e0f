/**
 * @file dl_simd_lut.hpp
 * Look-ups of many bytes in one table of 256.
 */
#pragma once

#include "dl_base_unary.hpp"
#include "dl_simd.hpp"
#if defined(__AVX512F__)
#include "dl_avx512_lut.hpp"
#elif defined(__ARM_NEON)
#include "dl_neon_lut.hpp"
#else
#include "dl_avx2_lut.hpp"
#endif

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__AVX512F__)
using ByteLut = Avx512Lut;

/** out[i] = table[in[i] + 128] */
DL_INLINE void look_up(const ByteLut &lut, const int8_t *in, int8_t *out, int64_t n) {
    int64_t i = 0;
    for (; i + 64 <= n; i += 64) {
        _mm512_storeu_si512(out + i, lut.apply(_mm512_loadu_si512(in + i)));
    }
    // Short rows are common, and stores with a mask are slow: first store what fills a half or a quarter.
    if (n & 32) {
        const __m512i half = _mm512_castsi256_si512(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(in + i)));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(out + i), _mm512_castsi512_si256(lut.apply(half)));
        i += 32;
    }
    if (n & 16) {
        const __m512i quarter = _mm512_castsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i *>(in + i)));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out + i), _mm512_castsi512_si128(lut.apply(quarter)));
        i += 16;
    }
    if (i < n) {
        const __mmask64 lanes = (1ull << (n - i)) - 1;
        _mm512_mask_storeu_epi8(out + i, lanes, lut.apply(_mm512_maskz_loadu_epi8(lanes, in + i)));
    }
}

/** Call f(table in registers). */
template <typename F>
DL_INLINE void with_lut(const int8_t *table, F f) {
    ByteLut lut;
    lut.load(table);
    if (lut.vbmi) {
        lut.vbmi = true;  // a constant, so that the compiler makes a loop for each way of looking up
        f(lut);
    } else {
        lut.vbmi = false;
        f(lut);
    }
}
#else
#if defined(__ARM_NEON)
struct ByteLut {
    static constexpr int LANES = 16;
    using Bytes = int8x16_t;
    const int8_t *table;

    explicit ByteLut(const int8_t *entries) : table(entries) {}
    static Bytes load(const int8_t *p) { return vld1q_s8(p); }
    static void store(int8_t *p, Bytes v) { vst1q_s8(p, v); }
    template <int N>
    DL_INLINE void apply(Bytes (&v)[N]) const {
        neon_look_up(table, v);
    }
};
#else
struct ByteLut {
    static constexpr int LANES = 32;
    using Bytes = __m256i;
    const int8_t *table;
    Avx2Lut parts;

    explicit ByteLut(const int8_t *entries) : table(entries), parts(entries) {}
    static Bytes load(const int8_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
    static void store(int8_t *p, Bytes v) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), v); }
    template <int N>
    DL_INLINE void apply(Bytes (&v)[N]) const {
        parts.look_up(v);
    }
};
#endif

template <int N>
DL_INLINE int64_t look_up_blocks(const ByteLut &lut, const int8_t *in, int8_t *out, int64_t i, int64_t n) {
    for (; i + N * ByteLut::LANES <= n; i += N * ByteLut::LANES) {
        ByteLut::Bytes v[N];
        DL_UNROLL
        for (int k = 0; k < N; k++) {
            v[k] = ByteLut::load(in + i + k * ByteLut::LANES);
        }
        lut.apply(v);
        DL_UNROLL
        for (int k = 0; k < N; k++) {
            ByteLut::store(out + i + k * ByteLut::LANES, v[k]);
        }
    }
    return i;
}

/** out[i] = table[in[i] + 128] */
DL_INLINE void look_up(const ByteLut &lut, const int8_t *in, int8_t *out, int64_t n) {
    int64_t i = look_up_blocks<4>(lut, in, out, 0, n);
    i = look_up_blocks<1>(lut, in, out, i, n);
#if defined(__AVX2__)
    if (i + 16 <= n) {
        __m256i v[1] = {_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(in + i)))};
        lut.apply(v);
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out + i), _mm256_castsi256_si128(v[0]));
        i += 16;
    }
#endif
    for (; i < n; i++) {
        out[i] = lut.table[in[i] + 128];
    }
}

/** Call f(table in registers). */
template <typename F>
DL_INLINE void with_lut(const int8_t *table, F f) {
    f(ByteLut(table));
}
#endif

/** Compute the units [begin, end) of an operation by table. */
inline void look_up_table8(const UnaryArgs &args, int begin, int end) {
    with_lut(
        args.table8.data(), [&](const ByteLut &lut) __attribute__((always_inline)) {
            args.for_each_run(
                begin, end, [&](const int8_t *in, int8_t *out, int64_t n) __attribute__((always_inline)) {
                    look_up(lut, in, out, n);
                });
        });
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
