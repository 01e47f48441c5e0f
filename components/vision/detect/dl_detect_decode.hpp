/**
 * @file dl_detect_decode.hpp
 * What the postprocessors share: scores, thresholds, and the search for cells above one.
 */
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace detect {

inline float sigmoid(float x) {
    return (float)(1.0 / (1.0 + std::exp(-x)));
}

/** Score to logit. */
inline float inverse_sigmoid(float score) {
    return -std::log((float)(1.0 / score - 1));
}

/** Truncate to int; what no int can hold becomes the nearest that leaves room for arithmetic, NaN 0. */
template <typename T>
inline int truncate(T v) {
    constexpr T LIMIT = 1 << 28;
    return v == v ? (int)std::clamp(v, -LIMIT, LIMIT) : 0;
}

/** The quantized logit of a score, so that cells are compared without being decoded. */
template <typename T>
inline T quantized_threshold(float score, const TensorBase *tensor) {
    return quantize<T>(inverse_sigmoid(score), DL_RESCALE(tensor->exponent));
}

/** Call found(i) for each of the n values that is above the threshold (or, with OrEqual, not below), in order. */
template <bool OrEqual, typename T, typename F>
inline void for_each_above(const T *values, int n, T threshold, F found) {
    auto above = [threshold](T v) { return OrEqual ? v >= threshold : v > threshold; };
    constexpr int CHUNK = 64;
    int i = 0;
    for (; i + CHUNK <= n; i += CHUNK) {
        // Nearly always nothing: one pass without branches, which compilers vectorize.
        int any = 0;
        for (int j = 0; j < CHUNK; j++) {
            any |= above(values[i + j]);
        }
        for (int j = 0; any && j < CHUNK; j++) {
            if (above(values[i + j])) {
                found(i + j);
            }
        }
    }
    for (; i < n; i++) {
        if (above(values[i])) {
            found(i);
        }
    }
}

/** Call f with a null pointer of the tensor's element type: int8_t or int16_t. */
template <typename F>
inline void with_type(const TensorBase *tensor, F f) {
    if (tensor->dtype == DATA_TYPE_INT8) {
        f((int8_t *)nullptr);
    } else {
        f((int16_t *)nullptr);
    }
}

}  // namespace detect
}  // namespace dl
