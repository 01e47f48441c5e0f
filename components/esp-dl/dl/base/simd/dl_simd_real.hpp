/**
 * @file dl_simd_real.hpp
 * Conversion of sixteen (AVX-512) or eight (AVX2, NEON) elements of any type to floats and back: what
 * dl_base_rescale.hpp does, in vector registers, bit for bit.
 */
#pragma once

#if defined(__ARM_NEON)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include <cstdint>
#include <cstring>

#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__AVX512F__)
struct Real {
    static constexpr int LANES = 16;
    __m512 v;

    static Real set(float x) { return {_mm512_set1_ps(x)}; }
    static Real load(const float *p) { return {_mm512_loadu_ps(p)}; }
    static Real load(const int8_t *p) {
        return {_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))))};
    }
    static Real load(const int16_t *p) {
        return {_mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p))))};
    }
    void store(float *p) const { _mm512_storeu_ps(p, v); }
    // The floats are whole numbers within the type's range.
    void store(int32_t *p) const { _mm512_storeu_si512(p, _mm512_cvtps_epi32(v)); }
    void store(int8_t *p) const {
        _mm_storeu_si128(reinterpret_cast<__m128i *>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
    }
    void store(int16_t *p) const {
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(v)));
    }

    friend Real operator+(Real a, Real b) { return {_mm512_add_ps(a.v, b.v)}; }
    friend Real operator-(Real a, Real b) { return {_mm512_sub_ps(a.v, b.v)}; }
    friend Real operator*(Real a, Real b) { return {_mm512_mul_ps(a.v, b.v)}; }
    friend Real operator/(Real a, Real b) { return {_mm512_div_ps(a.v, b.v)}; }
    /** Limit to [low, high]. No element may be NaN. */
    Real limited(Real low, Real high) const { return {_mm512_min_ps(_mm512_max_ps(v, low.v), high.v)}; }

    using Mask = __mmask16;
    friend Mask operator<(Real a, Real b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
    friend Mask operator>(Real a, Real b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ); }
    friend Mask operator>=(Real a, Real b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_GE_OQ); }
    Mask is_nan() const { return _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q); }
    static Mask either(Mask a, Mask b) { return static_cast<Mask>(a | b); }
    static Real choose(Mask mask, Real yes, Real no) { return {_mm512_mask_blend_ps(mask, no.v, yes.v)}; }

    Real floor() const { return {_mm512_roundscale_ps(v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)}; }
    Real nearest() const { return {_mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }
};
#elif defined(__AVX2__)
struct Real {
    static constexpr int LANES = 8;
    __m256 v;

    static Real set(float x) { return {_mm256_set1_ps(x)}; }
    static Real load(const float *p) { return {_mm256_loadu_ps(p)}; }
    static Real load(const int8_t *p) {
        return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(p))))};
    }
    static Real load(const int16_t *p) {
        return {_mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))))};
    }
    void store(float *p) const { _mm256_storeu_ps(p, v); }
    // The floats are whole numbers within the type's range.
    void store(int32_t *p) const { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), _mm256_cvtps_epi32(v)); }
    void store(int8_t *p) const {
        const __m128i words = to_words();
        _mm_storel_epi64(reinterpret_cast<__m128i *>(p), _mm_packs_epi16(words, words));
    }
    void store(int16_t *p) const { _mm_storeu_si128(reinterpret_cast<__m128i *>(p), to_words()); }

    friend Real operator+(Real a, Real b) { return {_mm256_add_ps(a.v, b.v)}; }
    friend Real operator-(Real a, Real b) { return {_mm256_sub_ps(a.v, b.v)}; }
    friend Real operator*(Real a, Real b) { return {_mm256_mul_ps(a.v, b.v)}; }
    friend Real operator/(Real a, Real b) { return {_mm256_div_ps(a.v, b.v)}; }
    Real limited(Real low, Real high) const { return {_mm256_min_ps(_mm256_max_ps(v, low.v), high.v)}; }

    struct Mask {
        __m256 v;
    };
    friend Mask operator<(Real a, Real b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
    friend Mask operator>(Real a, Real b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ)}; }
    friend Mask operator>=(Real a, Real b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_GE_OQ)}; }
    Mask is_nan() const { return {_mm256_cmp_ps(v, v, _CMP_UNORD_Q)}; }
    static Mask either(Mask a, Mask b) { return {_mm256_or_ps(a.v, b.v)}; }
    static Real choose(Mask mask, Real yes, Real no) { return {_mm256_blendv_ps(no.v, yes.v, mask.v)}; }

    Real floor() const { return {_mm256_floor_ps(v)}; }
    Real nearest() const { return {_mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }

private:
    __m128i to_words() const {
        const __m256i whole = _mm256_cvtps_epi32(v);
        return _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    }
};
#elif defined(__ARM_NEON)
struct Real {
    static constexpr int LANES = 8;
    float32x4_t low, high;

    static Real set(float x) { return {vdupq_n_f32(x), vdupq_n_f32(x)}; }
    static Real load(const float *p) { return {vld1q_f32(p), vld1q_f32(p + 4)}; }
    static Real load(const int8_t *p) { return from_words(vmovl_s8(vld1_s8(p))); }
    static Real load(const int16_t *p) { return from_words(vld1q_s16(p)); }
    void store(float *p) const {
        vst1q_f32(p, low);
        vst1q_f32(p + 4, high);
    }
    // The floats are whole numbers within the type's range.
    void store(int32_t *p) const {
        vst1q_s32(p, vcvtq_s32_f32(low));
        vst1q_s32(p + 4, vcvtq_s32_f32(high));
    }
    void store(int8_t *p) const { vst1_s8(p, vmovn_s16(to_words())); }
    void store(int16_t *p) const { vst1q_s16(p, to_words()); }

    friend Real operator+(Real a, Real b) { return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)}; }
    friend Real operator-(Real a, Real b) { return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)}; }
    friend Real operator*(Real a, Real b) { return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)}; }
    friend Real operator/(Real a, Real b) { return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)}; }
    Real limited(Real least, Real most) const {
        return {vminq_f32(vmaxq_f32(low, least.low), most.low), vminq_f32(vmaxq_f32(high, least.high), most.high)};
    }

    struct Mask {
        uint32x4_t low, high;
    };
    friend Mask operator<(Real a, Real b) { return {vcltq_f32(a.low, b.low), vcltq_f32(a.high, b.high)}; }
    friend Mask operator>(Real a, Real b) { return {vcgtq_f32(a.low, b.low), vcgtq_f32(a.high, b.high)}; }
    friend Mask operator>=(Real a, Real b) { return {vcgeq_f32(a.low, b.low), vcgeq_f32(a.high, b.high)}; }
    Mask is_nan() const { return {vmvnq_u32(vceqq_f32(low, low)), vmvnq_u32(vceqq_f32(high, high))}; }
    static Mask either(Mask a, Mask b) { return {vorrq_u32(a.low, b.low), vorrq_u32(a.high, b.high)}; }
    static Real choose(Mask mask, Real yes, Real no) {
        return {vbslq_f32(mask.low, yes.low, no.low), vbslq_f32(mask.high, yes.high, no.high)};
    }

    Real floor() const { return {vrndmq_f32(low), vrndmq_f32(high)}; }
    Real nearest() const { return {vrndnq_f32(low), vrndnq_f32(high)}; }

private:
    static Real from_words(int16x8_t words) {
        return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(words))), vcvtq_f32_s32(vmovl_high_s16(words))};
    }
    int16x8_t to_words() const { return vcombine_s16(vmovn_s32(vcvtq_s32_f32(low)), vmovn_s32(vcvtq_s32_f32(high))); }
};
#endif

template <typename Rounding>
Real round_real(Real x) {
    if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
        return x.nearest();
    } else {
        // This is floor(x + 0.5) without the sum, which float cannot always hold. x - floor(x) is exact.
        const Real below = x.floor();
        return Real::choose((x - below) >= Real::set(0.5f), below + Real::set(1.0f), below);
    }
}

/** Round, and limit to T's range. */
template <typename T, typename Rounding>
Real saturate_real(Real x) {
    return round_real<Rounding>(x).limited(Real::set(static_cast<float>(std::numeric_limits<T>::min())),
                                           Real::set(static_cast<float>(std::numeric_limits<T>::max())));
}

/** The same for elements that may be NaN, which becomes 0. If T is float, elements stay as they are. */
template <typename T, typename Rounding>
Real quantize_real(Real x, Real inv_scale) {
    if constexpr (std::is_same_v<T, float>) {
        return x;
    } else {
        x = x * inv_scale;
        return saturate_real<T, Rounding>(Real::choose(x.is_nan(), Real::set(0), x));
    }
}

template <typename T>
Real load_real(const T *p, Real scale) {
    if constexpr (std::is_same_v<T, float>) {
        return Real::load(p);
    } else {
        return Real::load(p) * scale;
    }
}

/** Store the first `count` elements of a register. */
template <typename T>
void store_first(Real x, T *p, int count) {
    if (count == Real::LANES) {
        x.store(p);
    } else {
        T all[Real::LANES];
        x.store(all);
        memcpy(p, all, count * sizeof(T));
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
