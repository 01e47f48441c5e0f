/**
 * @file dl_simd_normalization.hpp
 * Normalization of rows of int8 and int16. Two passes over a row: sums of integers, which are exact in any order, and
 * then the steps of the reference kernel for a register of elements at a time.
 */
#pragma once

#include <cstring>

#include "dl_base_normalization_reference.hpp"
#include "dl_simd_real.hpp"
#include "dl_simd_sums.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

template <typename In>
NormFactors factors_of_row(const NormArgs &args, const In *src) {
    RowSums sums;
    const auto over_row = [&](auto add) { RowSums::for_row(src, args.length, add); };
    switch (args.kind) {
        case NORM_LAYER:
            over_row([&](RowSums::V x) {
                sums.add(x);
                sums.add_squares(x);
            });
            return norm_factors(args, sums.sum(), sums.squares());
        case NORM_L1:
            over_row([&](RowSums::V x) { sums.add_magnitudes(x); });
            return norm_factors(args, 0, sums.magnitudes());
        default:
            over_row([&](RowSums::V x) { sums.add_squares(x); });
            return norm_factors(args, 0, sums.squares());
    }
}

/** Load `count` of a parameter's elements, which begin at `i`. */
DL_INLINE Real load_parameters(const float *values, int64_t i, int count) {
    if (count == Real::LANES) {
        return Real::load(values + i);
    }
    float rest[Real::LANES] = {};
    memcpy(rest, values + i, count * sizeof(float));
    return Real::load(rest);
}

template <typename Rounding, typename In, typename Out>
void normalize_to(const NormArgs &args, int begin, int end) {
    const Real src_scale = Real::set(DL_SCALE(args.types.src_exponent));
    const Real inv_scale = Real::set(DL_RESCALE(args.types.dst_exponent));
    const bool is_lp = args.kind == NORM_L1 || args.kind == NORM_L2;
    const float *scale = args.scale.empty() ? nullptr : args.scale.data();
    const float *bias = args.bias.empty() ? nullptr : args.bias.data();
    for (int unit = begin; unit < end; unit++) {
        const In *src = static_cast<const In *>(args.src) + unit * args.length;
        Out *dst = static_cast<Out *>(args.dst) + unit * args.length;
        const NormFactors row = factors_of_row(args, src);
        const Real mean = Real::set(row.mean), factor = Real::set(row.factor);
        for_each_register<Real::LANES>(src, args.length, [&](const In *from, int64_t i, int count) {
            const Real x = load_real(from, src_scale);
            Real y = is_lp ? x / factor : (x - mean) * factor;
            if (scale) {
                y = y * load_parameters(scale, i, count);
            }
            if (bias) {
                y = y + load_parameters(bias, i, count);
            }
            store_first(quantize_real<Out, Rounding>(y, inv_scale), dst + i, count);
        });
    }
}

template <typename Rounding, typename In>
void normalize_rows(const NormArgs &args, int begin, int end) {
    switch (args.types.dst_dtype) {
        case DATA_TYPE_INT8:
            return normalize_to<Rounding, In, int8_t>(args, begin, end);
        case DATA_TYPE_INT16:
            return normalize_to<Rounding, In, int16_t>(args, begin, end);
        default:
            return normalize_to<Rounding, In, float>(args, begin, end);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
