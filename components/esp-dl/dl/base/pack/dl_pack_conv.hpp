/**
 * @file dl_pack_conv.hpp
 * What the optimized convolution kernels do in prepare(): the plan of dl_pack_conv_plan.hpp, weights and bias in their
 * order.
 */
#pragma once

#include <memory>

#include "dl_base_conv_reference.hpp"
#include "dl_pack_conv_plan.hpp"

namespace dl {
namespace base {

/** State of the kernels that compute tiles of positions by channels. */
class TiledConv : public ConvState {
public:
    ConvPlan plan;               ///< how it walks over the input
    HostBuffer<uint8_t> packed;  ///< weights in the kernel's order

    ConvRegion region(const ConvArgs &args, int unit) const override;
    int units_of_input() const override { return plan.groups; }
};

/** A second form of an int8 convolution, see pack_conv_bytes(). */
struct ConvBytes {
    static constexpr int low = -12;  ///< what is subtracted from the input to make it unsigned

    ConvPlan plan;               ///< that of the first form, for bytes in scratch
    HostBuffer<uint8_t> packed;  ///< weights
    HostBuffer<int32_t> bias;    ///< that of the first form, corrected for `low`
    HostBuffer<int32_t> blocks;  ///< of each block of channels, and behind the last: its first run, its first step
    HostBuffer<int32_t> runs;    ///< of each run: offset from the position's first byte, steps
};

/** State of int8 kernels, dense and depthwise; values of each channel, padded to whole blocks, see
 * pack_conv_bias_int8(). NEON's kernels have bias and shift only, see pack_plain_bias(). */
class Int8Conv : public TiledConv {
public:
    HostBuffer<int32_t> bias;    ///< what the sums begin with
    HostBuffer<int32_t> shift;   ///< right shift
    HostBuffer<int32_t> tie;     ///< mask of the bits shifted out
    HostBuffer<int32_t> half;    ///< rounding term
    HostBuffer<int32_t> before;  ///< right shift before the rounding term is added, where sums may wrap around
    HostBuffer<float> factor;    ///< 2^-shift; empty where single precision would not be exact
    HostBuffer<float> offset;    ///< rounding term * 2^-shift; likewise
    bool wraps = false;          ///< a sum may leave 32 bits; bias is without the rounding term
    ConvBytes bytes;             ///< for vpmaddubsw: what is needed where the input is never below bytes.low
};

/** State of dense int16 kernels. `bias`, `shift` and `tie` are in the order of wide_place(), see pack_conv_int16();
 * NEON's kernels have bias and shift only, in the order of the channels, see pack_plain_wide_bias(). */
class Int16Conv : public TiledConv {
public:
    HostBuffer<int64_t> bias;   ///< bias and rounding term
    HostBuffer<int64_t> shift;  ///< right shift
    HostBuffer<int64_t> tie;    ///< mask of the bits shifted out

    bool fine_shifts = false;          ///< results need 64 bits
    HostBuffer<int32_t> coarse_shift;  ///< unless fine_shifts: shift - 8, and
    HostBuffer<int32_t> coarse_tie;    ///< the mask of the bits that it shifts out, in the order of the channels
    bool deep = false;                 ///< a sum may exceed 2^38

    int fold_ranges = 0;        ///< of FOLD_RANGES: how many `folds` and `high` know
    HostBuffer<uint8_t> folds;  ///< [range][pair of blocks][step]: 1 if the sums are folded before it
    HostBuffer<int32_t> low;    ///< what the low sums begin with
    HostBuffer<int32_t> high;   ///< [range][channel]: what the high sums begin with
};

/** State of depthwise int16 kernels; values of each channel in the order of the weights, see pack_depthwise_int16(). */
class Int16DepthwiseConv : public TiledConv {
public:
    HostBuffer<int32_t> high, low;           ///< what the two sums begin with
    HostBuffer<int32_t> shift, tie;          ///< of the high sum: right shift, mask of the bits shifted out
    HostBuffer<int32_t> left, limit;         ///< where the shift is below 8: left shift, limit before it
    HostBuffer<int32_t> low_shift, low_tie;  ///< the same as shift and tie, of the 8 bits that the low sum keeps
    bool fine_shifts = false;                ///< a shift is below 8
};

/** The state of a kernel that was prepared with it. */
template <typename State>
[[gnu::always_inline]] inline State &state_of(ConvArgs &args) {
    return *static_cast<State *>(args.state.get());
}
template <typename State>
[[gnu::always_inline]] inline const State &state_of(const ConvArgs &args) {
    return *static_cast<const State *>(args.state.get());
}

/**
 * Give args a state with a plan, and set args.units.
 * @tparam State        Int8Conv, Int16Conv or Int16DepthwiseConv
 * @param run_multiple  what run_padded is a multiple of
 * @param block         output channels of a block
 * @param element       bytes of an element in scratch
 * @param by_tap        every tap is a run of its own, as depthwise kernels want it
 * @param budget        bytes of scratch that a unit should not exceed
 * @param max_rows      output rows that a unit should not exceed (unless it is a matrix)
 * @return false if a unit would need more than 64 MB
 */
bool make_conv_plan(ConvArgs &args, ConvPlan &plan, int run_multiple, int block, size_t element, bool by_tap,
                    size_t budget, int max_rows = INT32_MAX);
template <typename State>
bool make_conv_plan(ConvArgs &args, int run_multiple, int block, size_t element, bool by_tap, size_t budget,
                    int max_rows = INT32_MAX) {
    args.state = std::make_shared<State>();
    return make_conv_plan(args, state_of<TiledConv>(args).plan, run_multiple, block, element, by_tap, budget, max_rows);
}

/** Make more units where there are few for much work, so that every thread finds one: units then share their input, and
 * each has output channels of its own. Call last. */
void split_conv_channels(ConvArgs &args);

/** Output rows of a unit whose gathered windows of `bytes` bytes stay in the first-level cache; 0 if
 * gather_conv_windows() would change nothing. */
int gathered_rows(const ConvArgs &args, int bytes);

/** Change the plan so that each window is gathered into `bytes` bytes. Windows that do not fit, or are not 2 to 5 runs
 * of at most 32 bytes, are left where they are. */
void gather_conv_windows(ConvArgs &args, int bytes);

/**
 * Pack weights as [block of channels][run][run_padded / group][channel in block][group], with zeros where channels or
 * elements are missing, and free the unpacked ones. @tparam T type in the file @tparam Packed type in memory
 */
template <typename T, typename Packed>
void pack_conv_weights(ConvArgs &args, int group);

/**
 * Fill the values of an Int8Conv. Call before pack_conv_weights().
 *
 * `bias` becomes bias + rounding term - zero_point * (sum of the weights).
 *
 * A sum that may wrap around has no room for the rounding term. `wraps` tells that there is such a sum; the epilogue
 * then adds the rounding term itself (Avx512Epilogue::add_half()). A shift above 23 is done in two parts: `before` is
 * what exceeds 23, and is done before the rounding term is added.
 *
 * `factor` and `offset` serve kernels that round half to even in single precision.
 */
void pack_conv_bias_int8(ConvArgs &args, int zero_point);

/**
 * Fill the bytes of an Int8Conv, for vpmaddubsw, which multiplies unsigned by signed bytes, adds two products and
 * saturates the sum to 16 bits.
 *
 * The kernel subtracts bytes.low from the input, so that an element is from 0 to 127 - bytes.low. A step is 8 elements
 * of a run by the 16 channels of a block. Its weights are [elements 0 to 3, elements 4 to 7][channel][4]. The kernel
 * adds the four products of elements 0, 1, 4, 5 in 16 bits, and the four of elements 2, 3, 6, 7. Both sums have to fit.
 * Weights that are too large for that are split into a sum of smaller ones: the step has the first summand, and a
 * further run of one step, with the same offset, has the next.
 *
 * Call after pack_conv_bias_int8() with zero_point 0 and before pack_conv_weights(); the plan is for elements of 2
 * bytes.
 * @return false if that would be more than `max_steps` steps of a position for all blocks; nothing is changed then
 */
bool pack_conv_bytes(ConvArgs &args, int64_t max_steps);

/** Fill bias and shift of an Int8Conv with the numbers of the file, for kernels whose instructions round and saturate.
 * Every shift is possible, and sums may wrap around. */
void pack_plain_bias(ConvArgs &args);

/** Fill bias and shift of an Int16Conv with the numbers of the file, for kernels with sums of 64 bits. */
void pack_plain_wide_bias(ConvArgs &args);

/**
 * Pack depthwise weights as [block of channels][group of taps][channel in block][tap in group], fill the values of an
 * Int8Conv as pack_conv_bias_int8() does, and free the unpacked weights.
 *
 * Kernels interleave the input of `taps` taps with unpack instructions, which work on lanes of 16 bytes. The channels
 * of a block are in the order that results: [part of a lane][lane][4 channels].
 * @tparam Packed type of the weights in memory
 */
template <typename Packed>
void pack_depthwise_int8(ConvArgs &args, int taps, int zero_point);

/** Place of an output channel in an Int16Conv's bias, shift and tie: of each 16 first the even and then the odd ones.
 */
inline int wide_place(int channel) {
    return channel / 16 * 16 + channel % 2 * 8 + channel % 16 / 2;
}

/** What activations range over, in units of 2048: from -negative to positive. */
struct FoldRange {
    int negative;
    int positive;
};

/** Ranges for which convolutions know where to fold, the widest first: of any activations, and of such as follow a
 * Swish, a ReLU or a ReLU6. */
constexpr FoldRange FOLD_RANGES[] = {{16, 16}, {4, 16}, {1, 16}, {8, 8}, {1, 12}, {4, 8}, {1, 8}, {4, 4}};

/**
 * Prepare int16 weights for exact sums S = 65536 * high + low, where `high` and `low` have 32 bits each.
 *
 * Products are added to `low`. Before `low` could leave 32 bits it is folded: high += low >> 16, low |= -65536. Folding
 * leaves `low` between -65536 and -1, so that the next step, two products with a sum from -2^31 + 65536 to 2^31, fits
 * whatever it is. The fold takes 65536 too much off `low`; `high` begins with one more for every fold.
 *
 * Further steps fit as long as the activations can add no more than 2^31 - 65536 to `low`, and take no more off it.
 * Activations of a small range (FoldRange) need few folds.
 *
 * The weights are packed by pack_conv_weights<int16_t, int16_t>(args, 2). fine_shifts is false if shifts and biases
 * allow it: the sums then begin with bias and rounding term, and the epilogue shifts 8 bits out before it shifts by
 * coarse_shift.
 *
 * The plan has to be one for elements of 2 bytes, with run_multiple 2. mark_folds() has to follow: it fills folds, low
 * and high, for which this function makes room.
 * @param ranges how many of FOLD_RANGES the kernel distinguishes
 * @return false if a result could leave 64 bits, or `high` 32; nothing is changed then
 */
bool pack_conv_int16(ConvArgs &args, int ranges);

/**
 * Pack int16 weights as two packings of bytes as pack_conv_weights<int8_t, int8_t>(args, 4) makes them: the high bytes,
 * signed, then the low bytes, unsigned. bias, shift and tie are as pack_conv_int16() makes them.
 * @return false if the sums of products of bytes could leave 32 bits, or the results 64; nothing is changed then
 */
bool pack_conv_int16_bytes(ConvArgs &args);

/**
 * Prepare int16 depthwise weights for exact sums of 40 bits, kept in two sums of 32 bits.
 *
 * A weight w is 256 * high + low. One sum is of x * high, the other of x * low; both begin with their share of bias and
 * rounding term. At the end the high sum takes in the low sum but for its 8 lowest bits, and is shifted right by 8 less
 * than the channel's shift. A shift below 8 is fine: the high sum is shifted left, and the 8 bits make up the rest.
 *
 * The weights are packed as [block of channels][group of two taps][high, low][channel in block][tap in group] of 16
 * bits, with the channels in the order of pack_depthwise_int8().
 * @return false if 32 bits are too few; nothing is changed then
 */
bool pack_depthwise_int16(ConvArgs &args);

/** Convolutions of one group, of int8 and of int16. */
bool is_dense_int8(const ConvArgs &args);
bool is_dense_int16(const ConvArgs &args);
/** Convolutions of int8 that sums of 32 bits can compute (fits_int32()), of any groups and of one group. */
bool is_int8_in_int32(const ConvArgs &args);
bool is_dense_int8_in_int32(const ConvArgs &args);

/** Are all shifts between 0 and 31? Then an int8 kernel may work in 32 bits; its sums wrap around, as on the chip. */
bool fits_int32(const ConvArgs &args);

}  // namespace base
}  // namespace dl
