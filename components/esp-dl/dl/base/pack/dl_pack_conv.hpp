/**
 * @file dl_pack_conv.hpp
 * What the optimized convolution kernels do in prepare(): they make the plan of dl_pack_conv_plan.hpp, and pack weights
 * and biases.
 */
#pragma once

#include <memory>

#include "dl_base_conv_reference.hpp"
#include "dl_pack_conv_plan.hpp"

namespace dl {
namespace base {

/** The state of all kernels that compute tiles of positions by channels. */
class TiledConv : public ConvState {
public:
    ConvPlan plan;               ///< how the kernel walks over the input
    HostBuffer<uint8_t> packed;  ///< weights in the kernel's order

    ConvRegion region(const ConvArgs &args, int unit) const override;
    int units_of_input() const override { return plan.groups; }
    uint64_t hash() const override;

    bool operator==(const TiledConv &) const = default;
};

/** A packing of an int8 convolution for vpmaddubsw, see pack_conv_bytes(). */
struct ConvBytes {
    int range = 0;   ///< the input's greatest element may exceed its least one by so much; 0: there is no such packing
    int centre = 0;  ///< what is taken off the input in sums of 16 bits; 0: nothing, and a step is packed without it

    ConvPlan plan;               ///< the first packing's plan, for bytes in scratch memory
    HostBuffer<uint8_t> packed;  ///< weights, and the centre's share of each sum
    HostBuffer<int32_t>
        blocks;                ///< first run and first step of each block of channels; behind the last block, the ends
    HostBuffer<int32_t> runs;  ///< offset of each run from the position's first byte, and its number of steps

    /** Bytes of a packed step. */
    [[gnu::always_inline]] int step_bytes() const { return centre ? 192 : 128; }

    bool operator==(const ConvBytes &) const = default;
};

/** The state of int8 kernels, dense and depthwise. Each buffer has a value for each channel, padded to whole blocks,
 * see pack_conv_bias_int8(). NEON's kernels use bias and shift only, see pack_plain_bias(). */
class Int8Conv : public TiledConv {
public:
    HostBuffer<int32_t> bias;         ///< what the sums begin with
    HostBuffer<int32_t> shift;        ///< right shift
    HostBuffer<int32_t> tie;          ///< mask of the bits that the shift drops
    HostBuffer<int32_t> half;         ///< rounding term
    HostBuffer<int32_t> before;       ///< where sums may wrap around: right shift before the rounding term is added
    HostBuffer<float> factor;         ///< 2^-shift; empty if single precision is not exact for all sums
    HostBuffer<float> offset;         ///< rounding term * 2^-shift; empty as `factor` is
    bool wraps = false;               ///< a sum may leave 32 bits; the biases are without the rounding term then
    ConvBytes bytes[2];               ///< plain and centred, for units whose input ranges over little enough
    HostBuffer<int32_t> weight_sums;  ///< sum of the weights of each channel, where `bytes` are used

    bool equals(const ConvState &other) const override;
    size_t memory() const override;
    const void *kind() const override;

    bool operator==(const Int8Conv &) const = default;
};

/** The state of dense int16 kernels. `bias`, `shift` and `tie` are in the order of wide_place(), see pack_conv_int16().
 * NEON's kernels use bias and shift only, in the order of the channels, see pack_plain_wide_bias(). */
class Int16Conv : public TiledConv {
public:
    HostBuffer<int64_t> bias;   ///< bias and rounding term
    HostBuffer<int64_t> shift;  ///< right shift
    HostBuffer<int64_t> tie;    ///< mask of the bits that the shift drops

    bool fine_shifts = false;          ///< the epilogue needs 64 bits
    HostBuffer<int32_t> coarse_shift;  ///< unless fine_shifts: shift - 8, and
    HostBuffer<int32_t>
        coarse_tie;     ///< mask of the bits that coarse_shift drops; both are in the order of the channels
    bool deep = false;  ///< a sum may exceed 2^38

    int fold_ranges = 0;        ///< how many of FOLD_RANGES `folds` and `high` have values for
    HostBuffer<uint8_t> folds;  ///< [range][pair of blocks][step]: 1 if the sums are folded before this step
    HostBuffer<int32_t> low;    ///< what the low sums begin with
    HostBuffer<int32_t> high;   ///< [range][channel]: what the high sums begin with

    bool equals(const ConvState &other) const override;
    size_t memory() const override;
    const void *kind() const override;

    bool operator==(const Int16Conv &) const = default;
};

/** The state of depthwise int16 kernels. Each buffer has a value for each channel, in the order of the weights, see
 * pack_depthwise_int16(). */
class Int16DepthwiseConv : public TiledConv {
public:
    HostBuffer<int32_t> high, low;   ///< what the two sums begin with
    HostBuffer<int32_t> shift, tie;  ///< right shift of the high sum, and mask of the bits that it drops
    HostBuffer<int32_t> left,
        limit;  ///< where a channel's shift is below 8: left shift of the high sum, and limit of the sum before that
    HostBuffer<int32_t> low_shift, low_tie;  ///< shift and tie of the 8 bits that the low sum keeps
    bool fine_shifts = false;                ///< a channel's shift is below 8

    bool equals(const ConvState &other) const override;
    size_t memory() const override;
    const void *kind() const override;

    bool operator==(const Int16DepthwiseConv &) const = default;
};

/** The state of `args`, which must be of this type: the kernel's prepare() made it. */
template <typename State>
[[gnu::always_inline]] inline State &state_of(ConvArgs &args) {
    return *static_cast<State *>(args.state.get());
}
template <typename State>
[[gnu::always_inline]] inline const State &state_of(const ConvArgs &args) {
    return *static_cast<const State *>(args.state.get());
}

/**
 * Give `args` a state with a plan, and set args.units.
 * @tparam State        Int8Conv, Int16Conv or Int16DepthwiseConv
 * @param run_multiple  number of elements that run_padded is a multiple of
 * @param block         output channels of a block
 * @param element       bytes of an element in scratch
 * @param by_tap        each tap is a run of its own, as depthwise kernels need it
 * @param budget        bytes of scratch that a unit should not exceed
 * @param max_rows      most output rows of a unit; a matrix has no such limit
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

/** Split units by output channels, if there are so few of them for so much work that threads would be idle. The new
 * units share their input, and each computes channels of its own. Call this last. */
void split_conv_channels(ConvArgs &args);

/** How many output rows a unit may have, so that its gathered windows of `bytes` bytes each stay in the first-level
 * cache; 0 if gather_conv_windows() would change nothing. */
int gathered_rows(const ConvArgs &args, int bytes);

/** Change the plan so that each window is gathered into `bytes` bytes. Nothing changes if windows are larger, or are
 * not 2 to 5 runs of at most 32 bytes each. */
void gather_conv_windows(ConvArgs &args, int bytes);

/**
 * Pack weights as [block of channels][run][run_padded / group][channel in block][group], with zeros where channels or
 * elements are missing, and free the unpacked weights.
 * @tparam T      type of the unpacked weights
 * @tparam Packed type of the packed weights
 * @param group   2, 4 or 8 elements
 */
template <typename T, typename Packed>
void pack_conv_weights(ConvArgs &args, int group);

/**
 * Fill the buffers of an Int8Conv. Call this before pack_conv_weights(), which frees the weights.
 *
 * `bias` becomes bias + rounding term - zero_point * (sum of the weights).
 *
 * A sum that may wrap around has no room for the rounding term. If there is such a sum, `wraps` is set, and the
 * epilogue adds the rounding term (Avx512Epilogue::add_half()). A shift above 23 is then done in two parts: by `before`
 * bits, which is what exceeds 23, before the rounding term is added, and by 23 bits afterwards.
 *
 * `factor` and `offset` serve kernels that round half to even in single precision.
 */
void pack_conv_bias_int8(ConvArgs &args, int zero_point);

/**
 * Fill Int8Conv::bytes and weight_sums, for vpmaddubsw. This instruction multiplies unsigned by signed bytes, adds two
 * products, and saturates the sum to 16 bits.
 *
 * The kernel subtracts the unit's least element from the input, so that elements lie between 0 and `range`. A step is 8
 * elements of a run by the 16 channels of a block. Its weights are packed as [elements 0 to 3, elements 4 to
 * 7][channel][4]. The kernel adds the four products of elements 0, 1, 4, 5 in 16 bits, and likewise those of elements
 * 2, 3, 6, 7. If a step's weights are too large for that, they are split into summands: the step keeps the first
 * summand, and a further run of one step, at the same offset, has the next.
 *
 * The plain packing needs sums of four that fit into 16 bits. In the centred one, only sums of two have to fit: the
 * kernel takes `centre` times the four weights off a sum of four, modulo 2^16. That is the sum for inputs between
 * -centre and centre, which fits for weights about twice as large. What is to be added is packed behind the step's
 * weights, as [channel][elements 0, 1, 4, 5; elements 2, 3, 6, 7] of 16 bits. The centred packing's range is the widest
 * of a few for which hardly any step has to be split.
 *
 * Call this after pack_conv_bias_int8() with zero_point 0, and before pack_conv_weights(). The plan has to be one for
 * elements of 2 bytes.
 * @return false if a position would take more than `max_steps` steps for all blocks in either packing; nothing has
 * changed then
 */
bool pack_conv_bytes(ConvArgs &args, int64_t max_steps);

/** Fill bias and shift of an Int8Conv with the numbers of the file, for kernels whose instructions round and saturate.
 * They can do every shift, and their sums may wrap around. */
void pack_plain_bias(ConvArgs &args);

/** Fill bias and shift of an Int16Conv with the numbers of the file, for kernels with sums of 64 bits. */
void pack_plain_wide_bias(ConvArgs &args);

/**
 * Pack depthwise weights as [block of channels][group of taps][channel in block][tap in group], and free the unpacked
 * weights. Fill the buffers of an Int8Conv as pack_conv_bias_int8() does.
 *
 * Kernels interleave the input of `taps` taps with unpack instructions, which work on lanes of 16 bytes. That changes
 * the order of the channels, and packed weights and values have the new order: [part of a lane][lane][4 channels].
 * @tparam Packed type of the packed weights
 */
template <typename Packed>
void pack_depthwise_int8(ConvArgs &args, int taps, int zero_point);

/** Where an output channel's values are in bias, shift and tie of an Int16Conv: of each 16 channels, the even ones come
 * first, then the odd ones.
 */
inline int wide_place(int channel) {
    return channel / 16 * 16 + channel % 2 * 8 + channel % 16 / 2;
}

/** A range of activations: from -negative to positive, in units of 2048. */
struct FoldRange {
    int negative;
    int positive;
};

/** The ranges for which the folds of a convolution are known, the widest first: that of any activations, and narrower
 * ones, as they are behind Swish, ReLU or ReLU6. */
constexpr FoldRange FOLD_RANGES[] = {{16, 16}, {4, 16}, {1, 16}, {8, 8}, {1, 12}, {4, 8}, {1, 8}, {4, 4}};

/**
 * Prepare int16 weights for exact sums S = 65536 * high + low, where `high` and `low` have 32 bits each.
 *
 * Products are added to `low`. Before `low` could leave 32 bits, the sums are folded: high += low >> 16, low |= -65536.
 * A fold leaves `low` between -65536 and -1. So the next step always fits: the sum of its two products lies between
 * -2^31 + 65536 and 2^31. Each fold takes 65536 too much off `low`; to make up for it, `high` begins with one more for
 * each fold.
 *
 * Further steps fit as long as all steps since the fold can add no more than 2^31 - 65536 to `low`, nor take more off
 * it. That depends on the range of the activations (FoldRange): small ones need few folds.
 *
 * The weights are packed by pack_conv_weights<int16_t, int16_t>(args, 2). If shifts and biases allow it, fine_shifts is
 * false: the sums then begin with bias and rounding term, and the epilogue drops 8 bits before it shifts by
 * coarse_shift.
 *
 * The plan has to be one for elements of 2 bytes, with run_multiple 2. Call mark_folds() next: it fills folds, low and
 * high, for which this function makes room.
 * @param ranges number of FOLD_RANGES that the kernel distinguishes, from the widest on
 * @return false if a result could leave 64 bits, or `high` 32 bits; nothing has changed then
 */
bool pack_conv_int16(ConvArgs &args, int ranges);

/**
 * Pack int16 weights as two packings of bytes, each in the order of pack_conv_weights<int8_t, int8_t>(args, 4): first
 * the high bytes, which are signed, then the low bytes, which are unsigned. Fill bias, shift and tie as
 * pack_conv_int16() does.
 * @return false if the sums of products of bytes could leave 32 bits, or the results 64 bits; nothing has changed then
 */
bool pack_conv_int16_bytes(ConvArgs &args);

/**
 * Prepare int16 depthwise weights for exact sums of 40 bits, each of which is kept in two sums of 32 bits.
 *
 * A weight is 256 * high + low. One sum is that of input * high, the other one that of input * low. Both begin with
 * their share of bias and rounding term. At the end, the low sum, but for its 8 lowest bits, is added to the high sum,
 * which is shifted right by the channel's shift less 8. If the channel's shift is below 8, the high sum is shifted left
 * instead, and the 8 lowest bits of the low sum supply the bits that are missing.
 *
 * The weights are packed as [block of channels][group of two taps][high, low][channel in block][tap in group] of 16
 * bits, with the channels in the order of pack_depthwise_int8().
 * @return false if a sum could leave 32 bits; the weights have not changed then
 */
bool pack_depthwise_int16(ConvArgs &args);

/** Is this a convolution of one group, of int8 (int16)? */
bool is_dense_int8(const ConvArgs &args);
bool is_dense_int16(const ConvArgs &args);
/** Is this a convolution of int8 (and of one group) whose sums may be kept in 32 bits, see fits_int32()? */
bool is_int8_in_int32(const ConvArgs &args);
bool is_dense_int8_in_int32(const ConvArgs &args);

/** Are all shifts between 0 and 31? Then an int8 kernel may keep its sums in 32 bits, where they wrap around as on the
 * chip. */
bool fits_int32(const ConvArgs &args);

}  // namespace base
}  // namespace dl
