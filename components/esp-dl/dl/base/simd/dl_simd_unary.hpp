/**
 * @file dl_simd_unary.hpp
 * Conversions between types and exponents, and the functions that need comparisons, roundings and products only.
 */
#pragma once

#include "dl_base_unary.hpp"
#include "dl_simd_real.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

/** unary_function() in vectors, for what fits_real_unary() admits. */
inline Real real_function(const UnaryArgs &args, Real x) {
    const Real zero = Real::set(0), a = Real::set(args.a), b = Real::set(args.b);
    const auto limit = [](Real v, Real low, Real high) {
        v = Real::choose(v < low, low, v);
        return Real::choose(v > high, high, v);
    };
    switch (args.op) {
        case UNARY_RELU:
            return Real::choose(x < zero, zero, x);
        case UNARY_ABS:
            return Real::choose(x < zero, zero - x, x);
        case UNARY_CLIP:
            return limit(x, a, b);
        case UNARY_FLOOR:
            return x.floor();
        case UNARY_HARD_SIGMOID:
            return limit(a * x + b, zero, Real::set(1));
        case UNARY_HARD_SWISH:
            return x * limit(x + Real::set(3), zero, Real::set(6)) / Real::set(6);
        case UNARY_LEAKY_RELU:
            return Real::choose(x < zero, a * x, x);
        case UNARY_NEG:
            return zero - x;
        default:
            return x;
    }
}

template <typename From, typename To, typename Rounding>
void real_convert(const UnaryArgs &args, int64_t begin, int64_t end) {
    constexpr int LANES = Real::LANES;
    const From *in = static_cast<const From *>(args.in);
    To *out = static_cast<To *>(args.out);
    const Real scale = Real::set(DL_SCALE(args.in_exponent));
    const Real inv_scale = Real::set(DL_RESCALE(args.out_exponent));
    auto compute = [&](const From *from, To *to) {
        quantize_real<To, Rounding>(real_function(args, load_real(from, scale)), inv_scale).store(to);
    };
    int64_t i = begin;
    for (; i + LANES <= end; i += LANES) {
        compute(in + i, out + i);
    }
    if (i < end) {
        From from[LANES] = {};
        To to[LANES];
        std::copy_n(in + i, end - i, from);
        compute(from, to);
        std::copy_n(to, end - i, out + i);
    }
}

template <typename From, typename Rounding>
void real_convert_from(const UnaryArgs &args, int64_t begin, int64_t end) {
    switch (args.out_type) {
        case DATA_TYPE_INT8:
            return real_convert<From, int8_t, Rounding>(args, begin, end);
        case DATA_TYPE_INT16:
            return real_convert<From, int16_t, Rounding>(args, begin, end);
        default:
            return real_convert<From, float, Rounding>(args, begin, end);
    }
}

template <typename Rounding>
void real_unary(const UnaryArgs &args, int begin, int end) {
    const int64_t from = static_cast<int64_t>(begin) * UnaryArgs::BLOCK;
    const int64_t to = std::min(static_cast<int64_t>(args.size), static_cast<int64_t>(end) * UnaryArgs::BLOCK);
    switch (args.in_type) {
        case DATA_TYPE_INT8:
            return real_convert_from<int8_t, Rounding>(args, from, to);
        case DATA_TYPE_INT16:
            return real_convert_from<int16_t, Rounding>(args, from, to);
        default:
            return real_convert_from<float, Rounding>(args, from, to);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
