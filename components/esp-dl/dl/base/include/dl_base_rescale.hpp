/**
 * @file dl_base_rescale.hpp
 * Elements of any type as real numbers, and back: the one place where mixed types and exponents meet.
 *
 * Kernels that do not insist on one type work on tiles: load_real() dequantizes a tile of each input, the operation is
 * done on the real numbers, store_real() rounds once and saturates. int8 and int16 values are exact in float, so a tile
 * holds what the definition "dequantize, compute in float, round, clip" asks for.
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
 * Call f(T{}) with the element type of dtype.
 * @return false, f not called: a type that holds no numbers
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

/** As with_dtype(), for the types that quantized operators compute in: int8, int16, float. */
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

/** The value v * 2^in_exponent as an Out of out_exponent: rounded once, saturated. float has no exponent: pass 0. */
template <typename Out, typename Rounding, typename In>
inline Out rescale(In v, int in_exponent, int out_exponent) {
    if constexpr (std::is_floating_point_v<In> && std::is_floating_point_v<Out>) {
        return (Out)v;
    } else if constexpr (std::is_floating_point_v<In>) {
        return quantize_as<Out, Rounding>((float)v, DL_RESCALE(out_exponent));
    } else if constexpr (std::is_floating_point_v<Out>) {
        return dequantize(v, DL_SCALE(in_exponent));
    } else {
        return requantize<Out, Rounding>((int64_t)v, out_exponent - in_exponent);
    }
}

/** A real number in units of the output's scale: rounded and saturated; float: as it is. */
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
                dst[i] = (Real)src[i * stride] * scale;
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
                dst[i] = (float)src[i];
            } else {
                dst[i] = saturate_float<T>(Rounding::round(src[i] * (Real)inv_scale));
            }
        }
    });
}

}  // namespace base
}  // namespace dl
