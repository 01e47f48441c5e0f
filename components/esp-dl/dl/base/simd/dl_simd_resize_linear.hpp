/**
 * @file dl_simd_resize_linear.hpp
 * Linear Resize of int8 and int16: the steps of the reference kernel, for as many channels at once as a register holds.
 * The last block of a pixel's channels may overlap the one before it: what is computed twice is the same both times.
 */
#pragma once

#include "dl_base_resize.hpp"
#include "dl_simd_real.hpp"
#include "dl_simd_vector.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

template <typename In, typename Out, typename Rounding>
void resize_linear_to(const ResizeArgs &args, int begin, int end) {
    const Real scale = Real::set(DL_SCALE(args.types.src_exponent - args.types.dst_exponent));
    const int64_t row = static_cast<int64_t>(args.w) * args.src_pitch;
    Out *dst = static_cast<Out *>(args.dst) + static_cast<int64_t>(begin) * args.out_w * args.dst_pitch;
    for (int unit = begin; unit < end; unit++) {
        const In *image = static_cast<const In *>(args.src) + (unit / args.out_h) * args.h * row;
        const ResizeArgs::Tap y = args.taps_y[unit % args.out_h];
        const Real y_low = Real::set(y.weight_low), y_high = Real::set(y.weight_high);
        const In *top = image + y.low * row;
        const In *bottom = image + y.high * row;
        for (int i = 0; i < args.out_w; i++, dst += args.dst_pitch) {
            const ResizeArgs::Tap x = args.taps_x[i];
            const Real x_low = Real::set(x.weight_low), x_high = Real::set(x.weight_high);
            const int64_t left = static_cast<int64_t>(x.low) * args.src_pitch;
            const int64_t right = static_cast<int64_t>(x.high) * args.src_pitch;
            for_each_block<Real::LANES>(args.c, [&](int64_t c) {
                const Real upper = Real::load(top + left + c) * x_low + Real::load(top + right + c) * x_high;
                const Real lower = Real::load(bottom + left + c) * x_low + Real::load(bottom + right + c) * x_high;
                const Real result = (upper * y_low + lower * y_high) * scale;
                quantize_real<Out, Rounding>(result, Real::set(1)).store(dst + c);
            });
        }
    }
}

template <typename In, typename Rounding>
void resize_linear(const ResizeArgs &args, int begin, int end) {
    switch (args.types.dst_dtype) {
        case DATA_TYPE_INT8:
            return resize_linear_to<In, int8_t, Rounding>(args, begin, end);
        case DATA_TYPE_INT16:
            return resize_linear_to<In, int16_t, Rounding>(args, begin, end);
        default:
            return resize_linear_to<In, float, Rounding>(args, begin, end);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
