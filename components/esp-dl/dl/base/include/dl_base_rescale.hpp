/**
 * @file dl_base_rescale.hpp
 * Conversion of elements of any type to real numbers and back: the one place where mixed types and exponents meet.
 *
 * Kernels for mixed types work on tiles: load_real() dequantizes a tile of each input, the kernel computes with the
 * real numbers, and store_real() rounds once and saturates. Float holds int8 and int16 values exactly, so that is what
 * the definition "dequantize, compute in float, round, clip" asks for.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "dl_define.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {

/** Elements of a tile: small enough for the stack and the first cache level. */
constexpr int REAL_TILE = 256;

/** Exponents outside +-EXPONENT_LIMIT belong to no real file, and their powers of two leave the range of float. */
constexpr int EXPONENT_LIMIT = 64;

/**
 * Call f(T{}), where T is the element type of dtype. @return false if dtype holds no numbers; f has not been called
 * then
 */
template <typename F>
inline bool with_dtype(dtype_t dtype, F &&f) {
    switch (dtype) {
        case DATA_TYPE_FLOAT:
            f(float{});
            return true;
        case DATA_TYPE_INT8:
            f(int8_t{});
            return true;
        case DATA_TYPE_INT16:
            f(int16_t{});
            return true;
        case DATA_TYPE_BOOL:
        case DATA_TYPE_UINT8:
            f(uint8_t{});
            return true;
        case DATA_TYPE_INT32:
            f(int32_t{});
            return true;
        case DATA_TYPE_INT64:
            f(int64_t{});
            return true;
        default:
            return false;
    }
}

/** The same for the types that quantized operators compute with: int8, int16, float. */
template <typename F>
inline bool with_quantized_dtype(dtype_t dtype, F &&f) {
    switch (dtype) {
        case DATA_TYPE_FLOAT:
            f(float{});
            return true;
        case DATA_TYPE_INT8:
            f(int8_t{});
            return true;
        case DATA_TYPE_INT16:
            f(int16_t{});
            return true;
        default:
            return false;
    }
}

/** Convert the number v * 2^in_exponent to an Out with exponent out_exponent: round once, saturate. For float, the
 * exponent is 0. */
template <typename Out, typename Rounding, typename In>
inline Out rescale(In v, int in_exponent, int out_exponent) {
    if constexpr (std::is_floating_point_v<In> && std::is_floating_point_v<Out>) {
        return static_cast<Out>(v);
    } else if constexpr (std::is_floating_point_v<In>) {
        return quantize_as<Out, Rounding>(static_cast<float>(v), DL_RESCALE(out_exponent));
    } else if constexpr (std::is_floating_point_v<Out>) {
        return dequantize(v, DL_SCALE(in_exponent));
    } else {
        return requantize<Out, Rounding>(static_cast<int64_t>(v), out_exponent - in_exponent);
    }
}

/** Convert a real number, in units of the output's scale, to an element: round and saturate. Float stays as it is. */
template <typename Out, typename Rounding>
inline Out quantize_real(float v) {
    if constexpr (std::is_floating_point_v<Out>) {
        return v;
    } else {
        return saturate_float<Out>(Rounding::round(v));
    }
}

/**
 * dst[i] = element[offset + i * stride] * scale.
 * @param scale DL_SCALE(exponent); ignored for float elements
 */
template <typename Real>
inline void load_real(dtype_t dtype, const void *data, int64_t offset, int stride, int n, float scale, Real *dst) {
    with_dtype(dtype, [&](auto type) {
        using T = decltype(type);
        const T *src = static_cast<const T *>(data) + offset;
        for (int i = 0; i < n; i++) {
            if constexpr (std::is_same_v<T, float>) {
                dst[i] = src[i * stride];
            } else {
                dst[i] = static_cast<Real>(src[i * stride]) * scale;
            }
        }
    });
}

/**
 * element[offset + i] = round(src[i] * inv_scale), saturated; BOOL: whether it is not 0; float: as it is.
 * @param inv_scale DL_RESCALE(exponent)
 */
template <typename Rounding, typename Real>
inline void store_real(dtype_t dtype, const Real *src, int n, float inv_scale, void *data, int64_t offset) {
    if (dtype == DATA_TYPE_BOOL) {
        uint8_t *dst = static_cast<uint8_t *>(data) + offset;
        for (int i = 0; i < n; i++) {
            dst[i] = src[i] != 0;
        }
        return;
    }
    with_dtype(dtype, [&](auto type) {
        using T = decltype(type);
        T *dst = static_cast<T *>(data) + offset;
        for (int i = 0; i < n; i++) {
            if constexpr (std::is_same_v<T, float>) {
                dst[i] = static_cast<float>(src[i]);
            } else {
                dst[i] = saturate_float<T>(Rounding::round(src[i] * static_cast<Real>(inv_scale)));
            }
        }
    });
}

}  // namespace base
}  // namespace dl
