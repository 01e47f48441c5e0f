/**
 * @file dl_math.hpp
 * Functions of floats as post-processors use them. Where a chip computes an approximation, so does this, with the same
 * float operations in the same order.
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

/** At which difference of two steps Newton's method ends. */
static const float EN = 0.00001f;

/** x^a by repeated multiplication. */
inline float power(float x, int a) {
    float product = 1.f;
    for (unsigned left = a < 0 ? -static_cast<unsigned>(a) : static_cast<unsigned>(a); left > 0; left--) {
        product = x * product;
        if (product == 0.f || std::isinf(product)) {
            // It stays at that but for its sign, so that an exponent of any size ends.
            return std::pow(x, static_cast<float>(a));
        }
    }
    return a < 0 ? 1 / product : product;
}

/** sqrt(x) from its bits, within a few percent: half the exponent, with the mantissa in between. x > 0. */
inline float sqrt_quick(float x) {
    return std::bit_cast<float>(0x1fbb4000 + (std::bit_cast<int32_t>(x) >> 1));
}

/** 1 / sqrt(x). */
inline float fast_inv_sqrt(float x) {
    return 1.0f / std::sqrt(x);
}

/** sqrt(x) by Newton's method, within EN; NaN for x < 0. */
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
            break;  // Neighbouring floats further apart than EN take turns.
        }
        before_last = last;
    } while (DL_ABS(result - last) > EN);
    return result;
}

/** n-th root of x >= 0 by Newton's method; 1 for n = 0. */
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

/** atan(x) for -1 <= x <= 1, within 0.0015 (Rajan et al., Efficient approximations for the arctangent function, 2006).
 */
inline float atan(float x) {
    return x * (0.78539816 - (DL_ABS(x) - 1) * (0.2447 + 0.0663 * DL_ABS(x)));
}

/** Angle of the point (x, y), -pi to pi, by atan(). The order of the arguments is ESP-DL's, not that of std::atan2().
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

/** acos(x), 0 to pi, by atan2(). */
inline float acos(float x) {
    return atan2(x, sqrt_newton(1.0 - x * x));
}

/** asin(x), -pi/2 to pi/2, by atan2(). */
inline float asin(float x) {
    return atan2(sqrt_newton(1.0 - x * x), x);
}

/** e^x as (1 + x / 2^steps)^(2^steps). */
inline float exp_fast(float x, int steps = 8) {
    x = 1.0 + x / (1 << steps);
    for (int i = 0; i < steps; i++) {
        x *= x;
    }
    return x;
}

/** 1 / (1 + e^-x). */
inline float sigmoid(float x) {
    return 1.0 / (1.0 + std::exp(-x));
}

/** tanh(x) by sigmoid(). */
inline float tanh(float x) {
    return 2 * sigmoid(2 * x) - 1;
}

/** The x whose sigmoid is the argument, which is between 0 and 1. */
inline float inverse_sigmoid(float x) {
    return -std::log(static_cast<float>(1.0 / x - 1));
}

/** "sigmoid", "tanh", "relu", "leaky_relu" (0.01), "inverse_sigmoid"; any other name: the identity. */
ActivationFunction get_activation_function(const std::string &name);

/** softmax of num values, in place. */
void softmax(float *x, int num);

/** Expected index of reg_max + 1 scores (distribution focal loss): softmax(), in place, then the mean. */
float dfl_integral(float *data, int reg_max = 7);

/**
 * A function of a quantized value as a table over the range in_quant_min to in_quant_max (real values) and one step on
 * either side. get() of a value beyond gives what the table's end holds. A range that is none, or memory that is not
 * there, is logged, and get() gives 0.
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

/** sigmoid as a table of its positive half. */
class SigmoidLUT {
public:
    SigmoidLUT(int in_exponent, float in_quant_min, float in_quant_max, int caps = MALLOC_CAP_DEFAULT);
    ~SigmoidLUT();
    SigmoidLUT(const SigmoidLUT &) = delete;
    SigmoidLUT &operator=(const SigmoidLUT &) = delete;

    float get(int index) const;

private:
    int m_quant_max = 0;  // before the table, which sets it
    float *m_table = nullptr;
};

/** tanh as a table of its positive half. */
class TanhLUT {
public:
    TanhLUT(int in_exponent, float in_quant_min, float in_quant_max, int caps = MALLOC_CAP_DEFAULT);
    ~TanhLUT();
    TanhLUT(const TanhLUT &) = delete;
    TanhLUT &operator=(const TanhLUT &) = delete;

    float get(int index) const;

private:
    int m_quant_max = 0;  // before the table, which sets it
    float *m_table = nullptr;
};

}  // namespace math
}  // namespace dl
