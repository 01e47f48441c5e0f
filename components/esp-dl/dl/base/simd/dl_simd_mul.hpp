/**
 * @file dl_simd_mul.hpp
 * Products of two int8 tensors. They are exact in 16 bits, and rounded there.
 */
#pragma once

#if defined(__ARM_NEON)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include <type_traits>

#include "dl_base_elementwise.hpp"
#include "dl_rounding.hpp"
#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__AVX512F__)
template <typename Rounding>
void mul_bytes(const ElementwiseArgs &args, int begin, int end) {
    // From 0 to 14, so |a b| + 2^(shift - 1) does not leave 16 bits.
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    const __m128i count = _mm_cvtsi32_si128(shift);
    const __m512i half =
        _mm512_set1_epi16(static_cast<short>(shift ? (1 << (shift - 1)) - std::is_same_v<Rounding, RoundHalfEven> : 0));
    const __m512i odd = _mm512_set1_epi16(std::is_same_v<Rounding, RoundHalfEven> && shift);
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int8_t *a = static_cast<const int8_t *>(args.in[0].data) + at[0];
        const int8_t *b = static_cast<const int8_t *>(args.in[1].data) + at[1];
        int8_t *out = static_cast<int8_t *>(args.out.data) + out_offset;
        for (int i = 0; i < n; i += 32) {
            const __mmask32 lanes = n - i >= 32 ? ~0u : (1u << (n - i)) - 1;
            auto load = [&](const int8_t *p, int step) {
                return step ? _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(lanes, p + i)) : _mm512_set1_epi16(*p);
            };
            const __m512i product = _mm512_mullo_epi16(load(a, args.walk.step[0]), load(b, args.walk.step[1]));
            // For half to even, add one less than a half, and one more where the quotient is odd.
            const __m512i parity = _mm512_and_si512(_mm512_sra_epi16(product, count), odd);
            const __m512i rounded = _mm512_sra_epi16(_mm512_add_epi16(_mm512_add_epi16(product, half), parity), count);
            _mm256_mask_storeu_epi8(out + i, lanes, _mm512_cvtsepi16_epi8(rounded));
        }
    });
}
#elif defined(__AVX2__)
template <typename Rounding>
void mul_bytes(const ElementwiseArgs &args, int begin, int end) {
    // From 0 to 14, so |a b| + 2^(shift - 1) does not leave 16 bits.
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    const __m128i count = _mm_cvtsi32_si128(shift);
    const __m256i half =
        _mm256_set1_epi16(static_cast<short>(shift ? (1 << (shift - 1)) - std::is_same_v<Rounding, RoundHalfEven> : 0));
    const __m256i odd = _mm256_set1_epi16(std::is_same_v<Rounding, RoundHalfEven> && shift);
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int8_t *a = static_cast<const int8_t *>(args.in[0].data) + at[0];
        const int8_t *b = static_cast<const int8_t *>(args.in[1].data) + at[1];
        int8_t *out = static_cast<int8_t *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        auto load = [](const int8_t *p, int step, int i) {
            return step ? _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p + i)))
                        : _mm256_set1_epi16(*p);
        };
        int i = 0;
        for (; i + 16 <= n; i += 16) {
            const __m256i product = _mm256_mullo_epi16(load(a, step_a, i), load(b, step_b, i));
            // For half to even, add one less than a half, and one more where the quotient is odd.
            const __m256i parity = _mm256_and_si256(_mm256_sra_epi16(product, count), odd);
            const __m256i rounded = _mm256_sra_epi16(_mm256_add_epi16(_mm256_add_epi16(product, half), parity), count);
            const __m128i packed =
                _mm_packs_epi16(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
            _mm_storeu_si128(reinterpret_cast<__m128i *>(out + i), packed);
        }
        for (; i < n; i++) {
            out[i] = requantize<int8_t, Rounding>(static_cast<int64_t>(a[i * step_a]) * b[i * step_b], shift);
        }
    });
}
#else
template <typename Rounding>
void mul_bytes(const ElementwiseArgs &args, int begin, int end) {
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    const int16x8_t left = vdupq_n_s16(static_cast<short>(-shift));
    const int16x8_t one = vdupq_n_s16(shift > 0);
    auto scale = [&](int8x8_t x, int8x8_t y) {
        int16x8_t product = vmull_s8(x, y);
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            // SRSHL rounds half up. Subtracting one first where the quotient is even makes that half to even, as in
            // NeonShifts.
            product = vsubq_s16(product, vbicq_s16(one, vshlq_s16(product, left)));
        }
        return vqmovn_s16(vrshlq_s16(product, left));
    };
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int8_t *a = static_cast<const int8_t *>(args.in[0].data) + at[0];
        const int8_t *b = static_cast<const int8_t *>(args.in[1].data) + at[1];
        int8_t *out = static_cast<int8_t *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        auto load = [](const int8_t *p, int step, int i) { return step ? vld1q_s8(p + i) : vdupq_n_s8(*p); };
        int i = 0;
        for (; i + 16 <= n; i += 16) {
            const int8x16_t x = load(a, step_a, i), y = load(b, step_b, i);
            const int8x8_t first = scale(vget_low_s8(x), vget_low_s8(y));
            const int8x8_t second = scale(vget_high_s8(x), vget_high_s8(y));
            vst1q_s8(out + i, vcombine_s8(first, second));
        }
        for (; i < n; i++) {
            out[i] = requantize<int8_t, Rounding>(static_cast<int64_t>(a[i * step_a]) * b[i * step_b], shift);
        }
    });
}
#endif

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
