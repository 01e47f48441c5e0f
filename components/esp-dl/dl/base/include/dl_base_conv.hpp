/**
 * @file dl_base_conv.hpp
 * Convolution, in NHWC:
 *
 *   out[n,y,x,o] = requantize(bias[o] + sum over i, j, c of
 *                             in[n, y*sh + i*dh - pt, x*sw + j*dw - pl, g*C/G + c] * w[o,i,j,c])
 *
 * with strides s, dilations d, pads p (top, left), C input channels, and G groups, of which g is output channel o's.
 * Pixels outside the input are 0. A one-dimensional convolution has height 1. A fully connected layer is a 1x1
 * convolution over its rows.
 *
 * For integers, requantize() rounds, shifts by the output channel's shift, applies ReLU, saturates, and looks up, in
 * this order.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dl_base_host_buffer.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

/** Sizes of the input, the output and the kernel window. */
struct ConvGeometry {
    int batch = 1;
    int in_h = 1, in_w = 1, in_c = 1;
    int out_h = 1, out_w = 1, out_c = 1;
    int group = 1;
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0;

    /** Multiply-accumulates of one output pixel and channel. */
    int64_t depth() const { return static_cast<int64_t>(kernel_h) * kernel_w * (in_c / group); }
};

/** What is done to a sum. */
struct ConvScaling {
    std::vector<int> shifts;        ///< integers: right shift of each output channel; negative: left
    std::vector<int64_t> bias;      ///< integers: bias of each output channel
    std::vector<float> bias_float;  ///< float32: bias of each output channel
    bool relu = false;
    const int8_t *lut = nullptr;  ///< int8: table of 256 entries, index value + 128, looked up last; nullptr: no table
};

/** Inputs and outputs. forward() sets the pointers. */
struct ConvTensors {
    const void *input = nullptr;
    void *output = nullptr;
    int in_pitch = 1;   ///< elements from one input pixel to the next, at least in_c
    int out_pitch = 1;  ///< elements from one output pixel to the next, at least out_c
    /** Weights in the order [out_c][kernel_h][kernel_w][in_c / group]. A kernel that repacks them empties this buffer.
     */
    HostBuffer<uint8_t> weights;
};

/** The output elements that a unit computes: `channels` channels, from `first_channel` on, of each of `pixels` pixels,
 * from `first_pixel` on. */
struct ConvRegion {
    int first_pixel, pixels;
    int first_channel, channels;
};

struct ConvArgs;

/** What the chosen kernel has prepared for its own use. Reference kernels have no state. */
class ConvState {
public:
    virtual ~ConvState() = default;
    /** See conv_region(). */
    virtual ConvRegion region(const ConvArgs &args, int unit) const = 0;
    /** See conv_units_of_input(). */
    virtual int units_of_input() const = 0;

    /** Does another state hold the same? Then several convolutions may have one of the two. */
    virtual bool equals(const ConvState &other) const = 0;
    /** Is a number that equal states have in common. */
    virtual uint64_t hash() const = 0;
    /** Bytes of its buffers. */
    virtual size_t memory() const = 0;
    /** The class, by an address of its own. */
    virtual const void *kind() const = 0;

    bool operator==(const ConvState &) const = default;
};

struct ConvArgs : ConvGeometry, ConvScaling, ConvTensors {
    dtype_t dtype = DATA_TYPE_INT8;  ///< of input, weights and output: int8, int16, float32
    int units = 0;                   ///< what parallel_for() splits; set by the selection
    /** Set by the selection, and constant from then on; nullptr for a reference kernel. Convolutions of the same
     * weights, in any models and threads, share it. */
    std::shared_ptr<ConvState> state;
};

/** The output elements that a unit computes. */
ConvRegion conv_region(const ConvArgs &args, int unit);
/** How many units share their input. They follow each other, and each computes output channels of its own. */
int conv_units_of_input(const ConvArgs &args);

/** Choose the kernel, and prepare it. All fields must be set, but for the pointers to input and output. */
BoundKernel<ConvArgs> select_conv(ConvArgs &args);

/**
 * Choose the kernel of a depthwise convolution, and prepare it: group == in_c == out_c, and weights are in the order
 * [kernel_h][kernel_w][channel].
 */
BoundKernel<ConvArgs> select_depthwise_conv(ConvArgs &args);

/** Return a state that equals this one: one that others have already, or else this one, for others to share. */
std::shared_ptr<ConvState> share_conv_state(std::shared_ptr<ConvState> state);
/** Bytes of packed weights and tables that convolutions have in this process; what several share counts once. */
size_t conv_state_bytes();

}  // namespace base
}  // namespace dl
