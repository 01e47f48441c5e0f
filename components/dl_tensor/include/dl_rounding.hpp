/**
 * @file dl_rounding.hpp
 * The two rounding rules as policies of templates, and the requantization that is built on them.
 *
 * A kernel is a template over a policy, and both instances of it are compiled. with_rounding() picks an instance at run
 * time, by dl::target(). All compilers and instruction sets give the same results: integers are exact, and each step of
 * a float computation is exact or rounds once.
 */
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "dl_target.hpp"

namespace dl {

/** The rule of ESP32-S3 and ESP32: floor(x + 0.5), for negative values, too. */
struct RoundHalfUp {
    /** Return x / 2^s, rounded. s is at least 1. */
    static inline int64_t shift(int64_t x, int s) {
        // (x + 2^(s-1)) >> s would overflow near INT64_MAX. The quotient plus the highest bit that is dropped is the
        // same number.
        return s > 63 ? 0 : (x >> s) + ((x >> (s - 1)) & 1);
    }
    static inline int32_t shift(int32_t x, int s) {
        return s > 31 ? static_cast<int32_t>(shift(static_cast<int64_t>(x), s)) : (x >> s) + ((x >> (s - 1)) & 1);
    }
    /**
     * Return the nearest integer as a float. The sum x + 0.5 is computed in double: a float sum would be rounded itself
     * before it is rounded to an integer.
     */
    static inline float round(float x) { return static_cast<float>(std::floor(static_cast<double>(x) + 0.5)); }
    static inline double round(double x) { return std::floor(x + 0.5); }
};

/** The rule of ESP32-P4: ties go to the even neighbour. */
struct RoundHalfEven {
    static inline int64_t shift(int64_t x, int s) {
        if (s > 63) {
            return 0;
        }
        const int64_t quotient = x >> s;
        const uint64_t rest = static_cast<uint64_t>(x) & ((UINT64_C(1) << s) - 1);
        const uint64_t half = UINT64_C(1) << (s - 1);
        return quotient + (rest > half || (rest == half && (quotient & 1)));
    }
    static inline int32_t shift(int32_t x, int s) { return static_cast<int32_t>(shift(static_cast<int64_t>(x), s)); }
    static inline float round(float x) { return std::nearbyint(x); }
    static inline double round(double x) { return std::nearbyint(x); }
};

/** Limit v to the range of T. */
template <typename T>
inline T saturate(int64_t v) {
    constexpr int64_t low = std::numeric_limits<T>::min();
    constexpr int64_t high = std::numeric_limits<T>::max();
    return static_cast<T>(v < low ? low : (v > high ? high : v));
}

/** Limit a whole number to the range of T and convert it. NaN becomes 0. */
template <typename T>
inline T saturate_float(double v) {
    constexpr double low = static_cast<double>(std::numeric_limits<T>::min());
    constexpr double high = static_cast<double>(std::numeric_limits<T>::max());
    if (!(v == v)) {
        return 0;
    }
    return static_cast<T>(v < low ? low : (v > high ? high : v));
}

/** Return v / 2^s, rounded, for s > 0; else v * 2^-s, limited to the range of int64. */
template <typename Rounding>
inline int64_t shift_and_round(int64_t v, int s) {
    if (s > 0) {
        return Rounding::shift(v, s);
    }
    const int left = -s;
    if (v == 0 || left == 0) {
        return v;
    }
    if (left > 62 || v > (INT64_MAX >> left)) {
        return v > 0 ? INT64_MAX : INT64_MIN;
    }
    if (v < (INT64_MIN >> left)) {
        return INT64_MIN;
    }
    return static_cast<int64_t>(static_cast<uint64_t>(v) << left);
}

/**
 * Return what the chip's accumulator holds after a sum. The accumulator of int8 products has 32 bits and wraps around.
 * Published models rely on that: for a channel that is always zero, their quantizer writes the bias -2^31.
 */
template <typename T>
inline int64_t accumulator(int64_t sum) {
    return sizeof(T) == 1 ? static_cast<int32_t>(sum) : sum;
}

/** Requantize an accumulator: shift, round, then saturate to T. */
template <typename T, typename Rounding>
inline T requantize(int64_t v, int s) {
    return saturate<T>(shift_and_round<Rounding>(v, s));
}

/**
 * Call f with the policy of the current target, and return its result: with_rounding([&](auto rounding) {
 * kernel<decltype(rounding)>(...); }).
 */
template <typename F>
inline auto with_rounding(F &&f) {
    return target() == TARGET_ESP32P4 ? f(RoundHalfEven{}) : f(RoundHalfUp{});
}

/** Quantize one float: round(input * inv_scale) by the rule that the caller names, saturated to T. */
template <typename T, typename Rounding>
inline T quantize_as(float input, float inv_scale) {
    return saturate_float<T>(Rounding::round(input * inv_scale));
}

/** Quantize one float by the current target's rule. @param inv_scale DL_RESCALE(exponent) */
template <typename T>
inline T quantize(float input, float inv_scale) {
    return with_rounding([&](auto rounding) { return quantize_as<T, decltype(rounding)>(input, inv_scale); });
}

/** Return input * scale. @param scale DL_SCALE(exponent) */
template <typename T>
inline float dequantize(T input, float scale) {
    return static_cast<float>(input) * scale;
}

}  // namespace dl
