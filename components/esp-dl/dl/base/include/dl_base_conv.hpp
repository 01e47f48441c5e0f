/**
 * @file dl_base_conv.hpp
 * Convolution in NHWC: out[n,y,x,o] = requantize(bias[o] + sum over (i,j,c) of in[n, y*sh+i*dh-pt, x*sw+j*dw-pl,
 * g*C/G+c] * w[o,i,j,c]), where pixels outside the input are 0 and g is o's group. One-dimensional convolution has
 * height 1; a fully connected layer is a 1x1 convolution over its rows.
 *
 * Integer order of operations: accumulate, add bias, round and shift by the output channel's shift, ReLU, saturate,
 * look up.
 */
#pragma once

#include <vector>

#include "dl_base_conv_plan.hpp"
#include "dl_base_host_buffer.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

/** A second form of an int8 convolution, see pack_conv_bytes(). */
struct ConvBytes {
    static constexpr int low = -12;  ///< what is subtracted from the input to make it unsigned

    ConvPlan plan;                    ///< ConvArgs::plan for bytes in scratch
    HostBuffer<uint8_t> packed;       ///< weights
    HostBuffer<int32_t> packed_bias;  ///< as ConvArgs has it, corrected for `low`
    HostBuffer<int32_t> blocks;       ///< of each block of channels, and behind the last: its first run, its first step
    HostBuffer<int32_t> runs;         ///< of each run: offset from the position's first byte, steps
};

struct ConvArgs {
    dtype_t dtype = DATA_TYPE_INT8;  ///< of input, weights and output: int8, int16, float32
    int batch = 1;
    int in_h = 1, in_w = 1, in_c = 1;
    int out_h = 1, out_w = 1, out_c = 1;
    int group = 1;
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0;
    int in_pitch = 1;   ///< elements from one input pixel to the next, at least in_c
    int out_pitch = 1;  ///< elements from one output pixel to the next, at least out_c
    bool relu = false;
    std::vector<int> shifts;        ///< integers: right shift of each output channel; negative: left
    std::vector<int64_t> bias;      ///< integers: bias of each output channel
    std::vector<float> bias_float;  ///< float32: the same
    HostBuffer<uint8_t>
        weights;  ///< [out_c][kernel_h][kernel_w][in_c / group]; a kernel that repacks them empties this
    const int8_t *lut = nullptr;  ///< int8: 256 entries, index value + 128, applied last; nullptr: none
    int units = 0;                ///< what parallel_for() splits; set by select_conv()

    const void *input = nullptr;  ///< set by forward()
    void *output = nullptr;       ///< set by forward()

    // What prepare() of the chosen kernel keeps for its run().
    HostBuffer<uint8_t> packed;        ///< weights in the kernel's order
    HostBuffer<int32_t> packed_bias;   ///< bias with the kernel's corrections, padded to its block
    bool wraps = false;                ///< int8: a sum may leave 32 bits; packed_bias is without the rounding term
    bool fine_shifts = false;          ///< int16: results need 64 bits; depthwise int16: a shift is below 8
    bool deep = false;                 ///< int16: see pack_conv_int16()
    HostBuffer<int32_t> packed_shift;  ///< shifts, padded to its block
    HostBuffer<float> packed_scale;    ///< int8: shifts as factors, see pack_conv_bias_int8(); may be empty
    HostBuffer<int64_t> packed_wide;   ///< int16: bias, shift, mask of the bits shifted out
    HostBuffer<uint8_t> folds;         ///< int16: one for each step, see pack_conv_int16()
    int fold_ranges = 0;               ///< int16: ranges that `folds` knows
    ConvPlan plan;                     ///< how it walks over the input
    ConvBytes bytes;                   ///< int8, vpmaddubsw: what it needs where the input is never below bytes.low

    /** Multiply-accumulates of one output pixel and channel. */
    int64_t depth() const { return (int64_t)kernel_h * kernel_w * (in_c / group); }
};

/** The output elements that a unit computes: of `pixels` pixels from `first_pixel` on, `channels` channels from
 * `first_channel` on. */
struct ConvRegion {
    int first_pixel, pixels;
    int first_channel, channels;
};
ConvRegion conv_region(const ConvArgs &args, int unit);

/** Choose and prepare the kernel. Geometry, weights, bias and shifts are filled in, the data pointers not yet. */
BoundKernel<ConvArgs> select_conv(ConvArgs &args);

/**
 * The same for a depthwise convolution: group == in_c == out_c, weights in the order [kernel_h][kernel_w][channel].
 */
BoundKernel<ConvArgs> select_depthwise_conv(ConvArgs &args);

}  // namespace base
}  // namespace dl
