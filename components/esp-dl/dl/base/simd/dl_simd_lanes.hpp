/**
 * @file dl_simd_lanes.hpp
 * Registers of int8 or int16 that add with saturation, as dl_simd_add.hpp needs them. Lanes<T> is for tensors.
 * RowLanes<T>, HalfRowLanes<T> and QuarterRowLanes<T> are for rows; each is half as long as the one before.
 */
#pragma once

#if defined(__ARM_NEON)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

#if defined(__AVX512F__)
template <typename T>
struct Lanes {
    static constexpr int COUNT = 64 / static_cast<int>(sizeof(T));
    static DL_INLINE __m512i load(const T *p) { return _mm512_loadu_si512(p); }
    static DL_INLINE __m512i set(T v) {
        return sizeof(T) == 1 ? _mm512_set1_epi8(static_cast<char>(v)) : _mm512_set1_epi16(v);
    }
    static DL_INLINE __m512i add(__m512i a, __m512i b) {
        return sizeof(T) == 1 ? _mm512_adds_epi8(a, b) : _mm512_adds_epi16(a, b);
    }
    static DL_INLINE __m512i sub(__m512i a, __m512i b) {
        return sizeof(T) == 1 ? _mm512_subs_epi8(a, b) : _mm512_subs_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m512i v) { _mm512_storeu_si512(p, v); }
};
#elif defined(__AVX2__)
template <typename T>
struct Lanes {
    static constexpr int COUNT = 32 / static_cast<int>(sizeof(T));
    static DL_INLINE __m256i load(const T *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
    static DL_INLINE __m256i set(T v) {
        return sizeof(T) == 1 ? _mm256_set1_epi8(static_cast<char>(v)) : _mm256_set1_epi16(v);
    }
    static DL_INLINE __m256i add(__m256i a, __m256i b) {
        return sizeof(T) == 1 ? _mm256_adds_epi8(a, b) : _mm256_adds_epi16(a, b);
    }
    static DL_INLINE __m256i sub(__m256i a, __m256i b) {
        return sizeof(T) == 1 ? _mm256_subs_epi8(a, b) : _mm256_subs_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), v); }
};

template <typename T>
using RowLanes = Lanes<T>;

template <typename T>
struct HalfRowLanes {
    static constexpr int COUNT = 16 / static_cast<int>(sizeof(T));
    static DL_INLINE __m128i load(const T *p) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(p)); }
    static DL_INLINE __m128i add(__m128i a, __m128i b) {
        return sizeof(T) == 1 ? _mm_adds_epi8(a, b) : _mm_adds_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m128i v) { _mm_storeu_si128(reinterpret_cast<__m128i *>(p), v); }
};

template <typename T>
struct QuarterRowLanes : HalfRowLanes<T> {
    static constexpr int COUNT = 8 / static_cast<int>(sizeof(T));
    static DL_INLINE __m128i load(const T *p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)); }
    static DL_INLINE void store(T *p, __m128i v) { _mm_storel_epi64(reinterpret_cast<__m128i *>(p), v); }
};
#else
template <typename T>
struct Lanes;

template <>
struct Lanes<int8_t> {
    static constexpr int COUNT = 16;
    static DL_INLINE int8x16_t load(const int8_t *p) { return vld1q_s8(p); }
    static DL_INLINE int8x16_t set(int8_t v) { return vdupq_n_s8(v); }
    static DL_INLINE int8x16_t add(int8x16_t a, int8x16_t b) { return vqaddq_s8(a, b); }
    static DL_INLINE int8x16_t sub(int8x16_t a, int8x16_t b) { return vqsubq_s8(a, b); }
    static DL_INLINE void store(int8_t *p, int8x16_t v) { vst1q_s8(p, v); }
};

template <>
struct Lanes<int16_t> {
    static constexpr int COUNT = 8;
    static DL_INLINE int16x8_t load(const int16_t *p) { return vld1q_s16(p); }
    static DL_INLINE int16x8_t set(int16_t v) { return vdupq_n_s16(v); }
    static DL_INLINE int16x8_t add(int16x8_t a, int16x8_t b) { return vqaddq_s16(a, b); }
    static DL_INLINE int16x8_t sub(int16x8_t a, int16x8_t b) { return vqsubq_s16(a, b); }
    static DL_INLINE void store(int16_t *p, int16x8_t v) { vst1q_s16(p, v); }
};

template <typename T>
struct QuarterRowLanes;

template <>
struct QuarterRowLanes<int8_t> {
    static constexpr int COUNT = 8;
    static DL_INLINE int8x8_t load(const int8_t *p) { return vld1_s8(p); }
    static DL_INLINE int8x8_t add(int8x8_t a, int8x8_t b) { return vqadd_s8(a, b); }
    static DL_INLINE void store(int8_t *p, int8x8_t v) { vst1_s8(p, v); }
};

template <>
struct QuarterRowLanes<int16_t> {
    static constexpr int COUNT = 4;
    static DL_INLINE int16x4_t load(const int16_t *p) { return vld1_s16(p); }
    static DL_INLINE int16x4_t add(int16x4_t a, int16x4_t b) { return vqadd_s16(a, b); }
    static DL_INLINE void store(int16_t *p, int16x4_t v) { vst1_s16(p, v); }
};

/** Two registers. */
template <typename T>
struct RowLanes {
    using One = Lanes<T>;
    struct Two {
        decltype(One::set(0)) low, high;
    };
    static constexpr int COUNT = 2 * One::COUNT;
    static DL_INLINE Two load(const T *p) { return {One::load(p), One::load(p + One::COUNT)}; }
    static DL_INLINE Two add(Two a, Two b) { return {One::add(a.low, b.low), One::add(a.high, b.high)}; }
    static DL_INLINE void store(T *p, Two v) {
        One::store(p, v.low);
        One::store(p + One::COUNT, v.high);
    }
};

template <typename T>
using HalfRowLanes = Lanes<T>;
#endif

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
