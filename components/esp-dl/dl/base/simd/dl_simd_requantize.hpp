/**
 * @file dl_simd_requantize.hpp
 * Conversion of int16 from one exponent to another, with Relu before it if asked for: a shift, rounded and saturated.
 */
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "dl_base_unary.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__AVX512F__)
struct Words {
    static constexpr int LANES = 32;
    __m512i v;
    static Words set(int x) { return {_mm512_set1_epi16(static_cast<short>(x))}; }
    static Words load(const int16_t *p) { return {_mm512_loadu_si512(p)}; }
    void store(int16_t *p) const { _mm512_storeu_si512(p, v); }
    Words max(Words o) const { return {_mm512_max_epi16(v, o.v)}; }
    /** (v * o + 2^14) >> 15 */
    Words scaled(Words o) const { return {_mm512_mulhrs_epi16(v, o.v)}; }
    Words operator<<(__m128i n) const { return {_mm512_sll_epi16(v, n)}; }
    Words operator>>(__m128i n) const { return {_mm512_sra_epi16(v, n)}; }
    /** Make elements even where (bits & mask) == half. */
    Words even_where(Words bits, Words mask, Words half) const {
        const __mmask32 tie = _mm512_cmpeq_epi16_mask(_mm512_and_si512(bits.v, mask.v), half.v);
        return {_mm512_mask_sub_epi16(v, tie, v, _mm512_and_si512(v, _mm512_set1_epi16(1)))};
    }
    /** Take `otherwise` where a != b. */
    Words unless(Words a, Words b, Words otherwise) const {
        return {_mm512_mask_mov_epi16(v, _mm512_cmpneq_epi16_mask(a.v, b.v), otherwise.v)};
    }
    /** The end of int16's range on v's side of 0. */
    Words end() const { return {_mm512_xor_si512(_mm512_srai_epi16(v, 15), _mm512_set1_epi16(INT16_MAX))}; }
};
#else
struct Words {
    static constexpr int LANES = 16;
    __m256i v;
    static Words set(int x) { return {_mm256_set1_epi16(static_cast<short>(x))}; }
    static Words load(const int16_t *p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))}; }
    void store(int16_t *p) const { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), v); }
    Words max(Words o) const { return {_mm256_max_epi16(v, o.v)}; }
    Words scaled(Words o) const { return {_mm256_mulhrs_epi16(v, o.v)}; }
    Words operator<<(__m128i n) const { return {_mm256_sll_epi16(v, n)}; }
    Words operator>>(__m128i n) const { return {_mm256_sra_epi16(v, n)}; }
    Words even_where(Words bits, Words mask, Words half) const {
        const __m256i tie = _mm256_cmpeq_epi16(_mm256_and_si256(bits.v, mask.v), half.v);
        return {_mm256_andnot_si256(_mm256_srli_epi16(tie, 15), v)};
    }
    Words unless(Words a, Words b, Words otherwise) const {
        return {_mm256_blendv_epi8(otherwise.v, v, _mm256_cmpeq_epi16(a.v, b.v))};
    }
    Words end() const { return {_mm256_xor_si256(_mm256_srai_epi16(v, 15), _mm256_set1_epi16(INT16_MAX))}; }
};
#endif

/** Apply f() to all elements of the units [begin, end). */
template <typename F>
void for_words(const UnaryArgs &args, int begin, int end, F f) {
    const int16_t *in = static_cast<const int16_t *>(args.in);
    int16_t *out = static_cast<int16_t *>(args.out);
    const Words low = Words::set(args.op == UNARY_RELU ? 0 : INT16_MIN);
    const int64_t last = std::min(static_cast<int64_t>(args.size), static_cast<int64_t>(end) * UnaryArgs::BLOCK);
    int64_t i = static_cast<int64_t>(begin) * UnaryArgs::BLOCK;
    for (; i + Words::LANES <= last; i += Words::LANES) {
        f(Words::load(in + i).max(low)).store(out + i);
    }
    if (i < last) {
        int16_t rest[Words::LANES] = {};
        std::copy_n(in + i, last - i, rest);
        f(Words::load(rest).max(low)).store(rest);
        std::copy_n(rest, last - i, out + i);
    }
}

template <typename Rounding>
void requantize_words(const UnaryArgs &args, int begin, int end) {
    const int shift = args.out_exponent - args.in_exponent;
    if (shift <= 0) {
        // With 16 and more, the shift gives 0.
        const __m128i count = _mm_cvtsi32_si128(std::min(-shift, 16));
        for_words(args, begin, end, [=](Words x) {
            const Words shifted = x << count;
            return shifted.unless(shifted >> count, x, x.end());
        });
        return;
    }
    // Round half up; a shift of 16 and more leaves nothing.
    const Words scale = Words::set(shift < 16 ? 1 << (15 - shift) : 0);
    if (std::is_same_v<Rounding, RoundHalfUp>) {
        for_words(args, begin, end, [=](Words x) { return x.scaled(scale); });
        return;
    }
    const Words mask = Words::set(shift < 16 ? (1 << shift) - 1 : 0), half = Words::set(1 << std::min(shift - 1, 15));
    for_words(args, begin, end, [=](Words x) { return x.scaled(scale).even_where(x, mask, half); });
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
