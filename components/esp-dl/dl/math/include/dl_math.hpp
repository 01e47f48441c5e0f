/**
 * @file dl_math.hpp
 * Functions of floats for post-processors. Where the chip's library approximates a function, this one does the same
 * float operations in the same order, so that results are equal.
 */
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dl_define.hpp"
#include "dl_tool.hpp"

namespace dl {

/** A function of one float, such as an activation. */
using ActivationFunction = std::function<float(float)>;

namespace math {

/** Newton's method ends when two steps differ by no more than this. */
static const float EN = 0.00001f;

/** Return x^a, by repeated multiplication. */
inline float power(float x, int a) {
    float product = 1.f;
    for (unsigned left = a < 0 ? -static_cast<unsigned>(a) : static_cast<unsigned>(a); left > 0; left--) {
        product = x * product;
        if (product == 0.f || std::isinf(product)) {
            // Further multiplications change at most the sign. Stopping here keeps a huge exponent from taking forever.
            return std::pow(x, static_cast<float>(a));
        }
    }
    return a < 0 ? 1 / product : product;
}

/** Return sqrt(x) for x > 0, within a few percent: halving a float's bits halves its exponent. */
inline float sqrt_quick(float x) {
    return std::bit_cast<float>(0x1fbb4000 + (std::bit_cast<int32_t>(x) >> 1));
}

/** Return 1 / sqrt(x). */
inline float fast_inv_sqrt(float x) {
    return 1.0f / std::sqrt(x);
}

/** Return sqrt(x) by Newton's method, within EN. For x < 0 it is NaN. */
inline float sqrt_newton(float x) {
    if (x == 0.f) {
        return 0.f;
    }
    if (!(x > 0.f) || std::isinf(x)) {
        return x > 0.f ? x : NAN;
    }
    float result = x;
    float last, before_last = 0;
    do {
        const float next = (result + x / result) * 0.5;
        last = result;
        result = next;
        if (result == before_last) {
            break;  // The steps alternate between two neighbouring floats, which are further apart than EN.
        }
        before_last = last;
    } while (DL_ABS(result - last) > EN);
    return result;
}

/** Return the n-th root of x >= 0, by Newton's method. For n = 0 it is 1. */
inline float root_newton(float x, int n) {
    if (n == 2) {
        return sqrt_newton(x);
    }
    if (n == 0) {
        return 1.f;
    }
    if (n == 1 || x == 0.f) {
        return x;
    }
    return x > 0.f ? std::pow(x, 1.0f / n) : NAN;
}

/**
 * Return atan(x) for -1 <= x <= 1, within 0.0015 (Rajan et al., Efficient approximations for the arctangent function,
 * 2006).
 */
inline float atan(float x) {
    return x * (0.78539816 - (DL_ABS(x) - 1) * (0.2447 + 0.0663 * DL_ABS(x)));
}

/**
 * Return the angle of the point (x, y), from -pi to pi, by atan() above. The arguments are in ESP-DL's order: x comes
 * first, unlike in std::atan2().
 */
inline float atan2(float x, float y) {
    const float ax = DL_ABS(x), ay = DL_ABS(y);
    // The small number keeps the origin from dividing by zero.
    const float eps = 1e-8;
    float angle = atan(DL_MIN(ax, ay) / (DL_MAX(ax, ay) + eps));
    if (ay > ax) {
        angle = 1.57079633 - angle;
    }
    if (x < 0) {
        angle = 3.14159265 - angle;
    }
    return y < 0 ? -angle : angle;
}

/** Return acos(x), from 0 to pi, by atan2() above. */
inline float acos(float x) {
    return atan2(x, sqrt_newton(1.0 - x * x));
}

/** Return asin(x), from -pi/2 to pi/2, by atan2() above. */
inline float asin(float x) {
    return atan2(sqrt_newton(1.0 - x * x), x);
}

/** Return an approximation of e^x: (1 + x / 2^steps)^(2^steps). */
inline float exp_fast(float x, int steps = 8) {
    x = 1.0 + x / (1 << steps);
    for (int i = 0; i < steps; i++) {
        x *= x;
    }
    return x;
}

/** Return 1 / (1 + e^-x). */
inline float sigmoid(float x) {
    return 1.0 / (1.0 + std::exp(-x));
}

/** Return tanh(x), by sigmoid(). */
inline float tanh(float x) {
    return 2 * sigmoid(2 * x) - 1;
}

/** Return the number whose sigmoid is x, for x between 0 and 1. */
inline float inverse_sigmoid(float x) {
    return -std::log(static_cast<float>(1.0 / x - 1));
}

/**
 * Return a function by its name: "sigmoid", "tanh", "relu", "leaky_relu" (slope 0.01) or "inverse_sigmoid". Any other
 * name gives the identity.
 */
ActivationFunction get_activation_function(const std::string &name);

/** Compute the softmax of num values, in place. */
void softmax(float *x, int num);

/**
 * Return the expected index of reg_max + 1 scores (distribution focal loss): the sum of each index times its softmax.
 * The scores are overwritten.
 */
float dfl_integral(float *data, int reg_max = 7);

/**
 * The table of a function of a quantized value. It covers the real values from in_quant_min to in_quant_max, and one
 * step more on either side. A value below gets the table's first entry, one above the last but one. If the range is
 * empty or there is no memory, a log line says so and get() returns 0.
 */
class ActivationLUT {
public:
    /** @param caps MALLOC_CAP_* of the table's memory */
    ActivationLUT(ActivationFunction func, int in_exponent, float in_quant_min, float in_quant_max,
                  int caps = MALLOC_CAP_DEFAULT);
    ~ActivationLUT();
    ActivationLUT(const ActivationLUT &) = delete;
    ActivationLUT &operator=(const ActivationLUT &) = delete;

    float get(int index) const;

private:
    float *m_table = nullptr;
    int m_quant_min = 0;
    int m_quant_max = 0;
};

/** The table of sigmoid() for values from 0 on; get() mirrors it for negative ones. */
class SigmoidLUT {
public:
    SigmoidLUT(int in_exponent, float in_quant_min, float in_quant_max, int caps = MALLOC_CAP_DEFAULT);
    ~SigmoidLUT();
    SigmoidLUT(const SigmoidLUT &) = delete;
    SigmoidLUT &operator=(const SigmoidLUT &) = delete;

    float get(int index) const;

private:
    int m_quant_max = 0;  // declared before m_table, whose initializer sets it
    float *m_table = nullptr;
};

/** The table of tanh() for values from 0 on; get() mirrors it for negative ones. */
class TanhLUT {
public:
    TanhLUT(int in_exponent, float in_quant_min, float in_quant_max, int caps = MALLOC_CAP_DEFAULT);
    ~TanhLUT();
    TanhLUT(const TanhLUT &) = delete;
    TanhLUT &operator=(const TanhLUT &) = delete;

    float get(int index) const;

private:
    int m_quant_max = 0;  // declared before m_table, whose initializer sets it
    float *m_table = nullptr;
};

}  // namespace math
}  // namespace dl
