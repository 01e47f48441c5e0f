/**
 * @file dl_base_conv_reference.hpp
 * What the reference kernels of dense and depthwise convolution share: the walk over outputs and windows, and what is
 * done to a sum.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {

/**
 * Compute the units [begin, end), each of which is an output row.
 * @param product product(offset of an input pixel, tap of the window, output channel): what this pixel adds to the sum
 * @param finish  finish(sum, output channel): the output
 */
template <typename T, typename Accumulator, typename Product, typename Finish>
void reference_rows(const ConvArgs &args, int begin, int end, Product product, Finish finish) {
    T *output = static_cast<T *>(args.output);
    for (int row = begin; row < end; row++) {
        const int n = row / args.out_h;
        const int y = row % args.out_h;
        for (int x = 0; x < args.out_w; x++) {
            T *out = output + (static_cast<size_t>(row) * args.out_w + x) * args.out_pitch;
            for (int o = 0; o < args.out_c; o++) {
                Accumulator sum = 0;
                for (int i = 0; i < args.kernel_h; i++) {
                    const int in_y = y * args.stride_h + i * args.dilation_h - args.pad_top;
                    for (int j = 0; j < args.kernel_w; j++) {
                        const int in_x = x * args.stride_w + j * args.dilation_w - args.pad_left;
                        if (in_y < 0 || in_y >= args.in_h || in_x < 0 || in_x >= args.in_w) {
                            continue;
                        }
                        const size_t pixel = (static_cast<size_t>(n) * args.in_h + in_y) * args.in_w + in_x;
                        sum += product(pixel * args.in_pitch, static_cast<size_t>(i) * args.kernel_w + j, o);
                    }
                }
                out[o] = finish(sum, o);
            }
        }
    }
}

/** Add the bias, round and shift, apply ReLU, saturate, look up. */
template <typename T, typename Rounding>
T reference_finish(const ConvArgs &args, int64_t sum, int o) {
    int64_t value = shift_and_round<Rounding>(accumulator<T>(sum + args.bias[o]), args.shifts[o]);
    if (args.relu && value < 0) {
        value = 0;
    }
    const T result = saturate<T>(value);
    return args.lut ? static_cast<T>(args.lut[static_cast<int>(result) + 128]) : result;
}

/** Add the bias, apply ReLU. */
inline float reference_finish(const ConvArgs &args, double sum, int o) {
    const float value = static_cast<float>(sum + args.bias_float[o]);
    return args.relu && value < 0 ? 0.0f : value;
}

inline bool prepare_rows(ConvArgs &args) {
    args.units = args.batch * args.out_h;
    return true;
}

inline bool is_int8(const ConvArgs &args) {
    return args.dtype == DATA_TYPE_INT8;
}

inline bool is_int16(const ConvArgs &args) {
    return args.dtype == DATA_TYPE_INT16;
}

inline bool is_float(const ConvArgs &args) {
    return args.dtype == DATA_TYPE_FLOAT;
}

}  // namespace base
}  // namespace dl
