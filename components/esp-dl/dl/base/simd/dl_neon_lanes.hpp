/**
 * @file dl_neon_lanes.hpp
 * Registers of int8 or int16 and halves of them, as dl_simd_add.hpp wants them.
 */
#pragma once

#include <arm_neon.h>

#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace {

template <typename T>
struct NeonLanes;

template <>
struct NeonLanes<int8_t> {
    static constexpr int COUNT = 16;
    static DL_INLINE int8x16_t load(const int8_t *p) { return vld1q_s8(p); }
    static DL_INLINE int8x16_t set(int8_t v) { return vdupq_n_s8(v); }
    static DL_INLINE int8x16_t add(int8x16_t a, int8x16_t b) { return vqaddq_s8(a, b); }
    static DL_INLINE int8x16_t sub(int8x16_t a, int8x16_t b) { return vqsubq_s8(a, b); }
    static DL_INLINE void store(int8_t *p, int8x16_t v) { vst1q_s8(p, v); }
};

template <>
struct NeonLanes<int16_t> {
    static constexpr int COUNT = 8;
    static DL_INLINE int16x8_t load(const int16_t *p) { return vld1q_s16(p); }
    static DL_INLINE int16x8_t set(int16_t v) { return vdupq_n_s16(v); }
    static DL_INLINE int16x8_t add(int16x8_t a, int16x8_t b) { return vqaddq_s16(a, b); }
    static DL_INLINE int16x8_t sub(int16x8_t a, int16x8_t b) { return vqsubq_s16(a, b); }
    static DL_INLINE void store(int16_t *p, int16x8_t v) { vst1q_s16(p, v); }
};

template <typename T>
struct NeonHalf;

template <>
struct NeonHalf<int8_t> {
    static constexpr int COUNT = 8;
    static DL_INLINE int8x8_t load(const int8_t *p) { return vld1_s8(p); }
    static DL_INLINE int8x8_t add(int8x8_t a, int8x8_t b) { return vqadd_s8(a, b); }
    static DL_INLINE void store(int8_t *p, int8x8_t v) { vst1_s8(p, v); }
};

template <>
struct NeonHalf<int16_t> {
    static constexpr int COUNT = 4;
    static DL_INLINE int16x4_t load(const int16_t *p) { return vld1_s16(p); }
    static DL_INLINE int16x4_t add(int16x4_t a, int16x4_t b) { return vqadd_s16(a, b); }
    static DL_INLINE void store(int16_t *p, int16x4_t v) { vst1_s16(p, v); }
};

/** Two registers. */
template <typename T>
struct NeonPair {
    using One = NeonLanes<T>;
    struct Pair {
        decltype(One::set(0)) low, high;
    };
    static constexpr int COUNT = 2 * One::COUNT;
    static DL_INLINE Pair load(const T *p) { return {One::load(p), One::load(p + One::COUNT)}; }
    static DL_INLINE Pair add(Pair a, Pair b) { return {One::add(a.low, b.low), One::add(a.high, b.high)}; }
    static DL_INLINE void store(T *p, Pair v) {
        One::store(p, v.low);
        One::store(p + One::COUNT, v.high);
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
