/**
 * @file dl_detect_decode.hpp
 * What the postprocessors share: scores, thresholds, and the search for cells above a threshold.
 */
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace detect {

inline float sigmoid(float x) {
    return static_cast<float>(1.0 / (1.0 + std::exp(-x)));
}

/** Return the logit of a score. */
inline float inverse_sigmoid(float score) {
    return -std::log(static_cast<float>(1.0 / score - 1));
}

/**
 * Truncate a number to int. Large numbers are limited to 2^28, so that sums of results do not overflow. NaN becomes 0.
 */
template <typename T>
inline int truncate(T v) {
    constexpr T LIMIT = 1 << 28;
    return v == v ? static_cast<int>(std::clamp(v, -LIMIT, LIMIT)) : 0;
}

/**
 * Quantize a threshold like the tensor's elements: cells can then be compared without being decoded. NaN becomes the
 * largest integer, which no cell exceeds.
 */
template <typename T>
inline T quantized(float threshold, const TensorBase *tensor) {
    return std::isnan(threshold) ? std::numeric_limits<T>::max() : quantize<T>(threshold, DL_RESCALE(tensor->exponent));
}

/** Return the quantized logit of a score. A threshold outside the range of scores is limited to 0 or 1. */
template <typename T>
inline T quantized_threshold(float score, const TensorBase *tensor) {
    return quantized<T>(inverse_sigmoid(std::clamp(score, 0.f, 1.f)), tensor);
}

/**
 * Call found(i) for each of the n values that is above the threshold, in order. With OrEqual, a value equal to the
 * threshold counts, too.
 */
template <bool OrEqual, typename T, typename F>
inline void for_each_above(const T *values, int n, T threshold, F found) {
    auto above = [threshold](T v) { return OrEqual ? v >= threshold : v > threshold; };
    constexpr int CHUNK = 64;
    int i = 0;
    for (; i + CHUNK <= n; i += CHUNK) {
        // A chunk hardly ever has a value above the threshold. So the first pass only asks whether there is one:
        // without branches, compilers vectorize it.
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

/**
 * Return the mean of the bins' numbers, weighted by the softmax of their values. So networks whose boxes have
 * distributed sides encode a length. Each weight is divided by the sum before it is used, as on the chip: another order
 * changes the last bit, and now and then a pixel.
 */
template <int Bins, typename T>
inline float mean_bin(const T *values, float scale) {
    float weight[Bins];
    float highest = dequantize(values[0], scale);
    for (int i = 0; i < Bins; i++) {
        weight[i] = dequantize(values[i], scale);
        highest = std::max(highest, weight[i]);
    }
    float sum = 0;
    for (int i = 0; i < Bins; i++) {
        weight[i] = std::exp(weight[i] - highest);
        sum += weight[i];
    }
    float mean = 0;
    for (int i = 0; i < Bins; i++) {
        mean += weight[i] / sum * i;
    }
    return mean;
}

/** Call f with a null pointer whose type is that of the tensor's elements: int8_t or int16_t. */
template <typename F>
inline void with_type(const TensorBase *tensor, F f) {
    if (tensor->dtype == DATA_TYPE_INT8) {
        f(static_cast<int8_t *>(nullptr));
    } else {
        f(static_cast<int16_t *>(nullptr));
    }
}

}  // namespace detect
}  // namespace dl
