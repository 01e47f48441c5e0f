/**
 * @file dl_rounding.hpp
 * The two rounding rules as compile-time policies, and the requantization built on them.
 *
 * A kernel is a template over one of the two policies and is instantiated for both; with_rounding() picks the instance
 * at run time from dl::target(). Everything here is integer arithmetic, or float arithmetic whose every step is exact
 * or rounded once, so that all compilers and instruction sets agree.
 */
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "dl_target.hpp"

namespace dl {

/** ESP32-S3, ESP32: floor(x + 0.5), for negative values too. */
struct RoundHalfUp {
    /** x / 2^s, rounded. 0 < s < 64. */
    static inline int64_t shift(int64_t x, int s) {
        // (x >> s) plus the bit below it: the same as (x + 2^(s-1)) >> s without the overflow near INT64_MAX.
        return s > 63 ? 0 : (x >> s) + ((x >> (s - 1)) & 1);
    }
    static inline int32_t shift(int32_t x, int s) {
        return s > 31 ? static_cast<int32_t>(shift(static_cast<int64_t>(x), s)) : (x >> s) + ((x >> (s - 1)) & 1);
    }
    /** Nearest integer as a float. x + 0.5 is formed in double, so no float is rounded twice. */
    static inline float round(float x) { return static_cast<float>(std::floor(static_cast<double>(x) + 0.5)); }
    static inline double round(double x) { return std::floor(x + 0.5); }
};

/** ESP32-P4: half to even. */
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

/** Limit a float to the range of T and convert. NaN becomes 0. `v` is already a whole number. */
template <typename T>
inline T saturate_float(double v) {
    constexpr double low = static_cast<double>(std::numeric_limits<T>::min());
    constexpr double high = static_cast<double>(std::numeric_limits<T>::max());
    if (!(v == v)) {
        return 0;
    }
    return static_cast<T>(v < low ? low : (v > high ? high : v));
}

/** s > 0: round v / 2^s; s <= 0: v * 2^-s, saturating at the int64 range. */
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
 * What the chip's accumulator holds after the sum: products of int8 are summed in 32 bits, which wrap around. Published
 * models do that: a quantizer that meets a dead channel writes the bias -2^31.
 */
template <typename T>
inline int64_t accumulator(int64_t sum) {
    return sizeof(T) == 1 ? static_cast<int32_t>(sum) : sum;
}

/** Requantize an accumulator: round-shift, then saturate to T. */
template <typename T, typename Rounding>
inline T requantize(int64_t v, int s) {
    return saturate<T>(shift_and_round<Rounding>(v, s));
}

/**
 * Call f with the policy of the current target: with_rounding([&](auto rounding) { kernel<decltype(rounding)>(...); }).
 */
template <typename F>
inline auto with_rounding(F &&f) {
    return target() == TARGET_ESP32P4 ? f(RoundHalfEven{}) : f(RoundHalfUp{});
}

/** Quantize one float: round(input * inv_scale) by the target's rule, saturated to T. */
template <typename T, typename Rounding>
inline T quantize_as(float input, float inv_scale) {
    return saturate_float<T>(Rounding::round(input * inv_scale));
}

/** Quantize one float by the current target's rule. @param inv_scale DL_RESCALE(exponent) */
template <typename T>
inline T quantize(float input, float inv_scale) {
    return with_rounding([&](auto rounding) { return quantize_as<T, decltype(rounding)>(input, inv_scale); });
}

/** q * scale. @param scale DL_SCALE(exponent) */
template <typename T>
inline float dequantize(T input, float scale) {
    return static_cast<float>(input) * scale;
}

}  // namespace dl
