/**
 * @file dl_pack_conv.hpp
 * What the optimized convolution kernels do in prepare(): the plan of dl_base_conv_plan.hpp, weights and bias in their
 * order.
 */
#pragma once

#include "dl_base_conv_reference.hpp"

namespace dl {
namespace base {

/**
 * Make args.plan and set args.units.
 * @param run_multiple  what run_padded is a multiple of
 * @param block         output channels of a block
 * @param element       bytes of an element in scratch
 * @param by_tap        every tap is a run of its own, as depthwise kernels want it
 * @param budget        bytes of scratch that a unit should not exceed
 * @param max_rows      output rows that a unit should not exceed (unless it is a matrix)
 * @return false if a unit would need more than 64 MB
 */
bool make_conv_plan(ConvArgs &args, int run_multiple, int block, size_t element, bool by_tap, size_t budget,
                    int max_rows = INT32_MAX);

/** Divide the output channels among more units where there are few for the work to be done, so that threads find some.
 * Call last. */
void split_conv_channels(ConvArgs &args);

/** Output rows of a unit whose gathered windows of `bytes` bytes stay in the first-level cache; 0 if
 * gather_conv_windows() would change nothing. */
int gathered_rows(const ConvArgs &args, int bytes);

/** Change the plan so that windows are gathered into `bytes` bytes, if they fit and are 2 to 5 runs of at most 32
 * bytes. */
void gather_conv_windows(ConvArgs &args, int bytes);

/**
 * Pack weights as [block of channels][run][run_padded / group][channel in block][group], with zeros where channels or
 * elements are missing, and free the unpacked ones. @tparam T type in the file @tparam Packed type in memory
 */
template <typename T, typename Packed>
void pack_conv_weights(ConvArgs &args, int group);

/**
 * Fill packed_bias with bias + rounding term - zero_point * sum of weights and packed_shift with [shift][mask of the
 * bits shifted out][rounding term][shift before], all padded to whole blocks. Where sums may wrap around, `wraps` is
 * set, packed_bias is without the rounding term, and of shifts beyond 23 the rest is the shift before, which is 0
 * everywhere else, see Avx512Epilogue::add_half(). Call before pack_conv_weights().
 *
 * packed_scale is [2^-shift][rounding term * 2^-shift], for kernels that let single precision round half to even; empty
 * where that would not be exact.
 */
void pack_conv_bias_int8(ConvArgs &args, int zero_point);

/**
 * Fill args.bytes, for kernels whose instructions multiply unsigned by signed bytes and add pairs of products to 16
 * bits, saturating. The input minus bytes.low is at most 127 - bytes.low. A step is 8 elements of a run by the 16
 * channels of a block, as [elements 0 to 3, 4 to 7][channel][4]; the four products of elements 0, 1, 4, 5 must fit
 * into 16 bits, and so must those of 2, 3, 6, 7. Where the weights are too large for that they are a sum of smaller
 * ones, of which the step has the first, and others follow as runs of one step with the same offset.
 *
 * Call after pack_conv_bias_int8() with zero_point 0 and before pack_conv_weights(); the plan is for elements of 2
 * bytes.
 * @return false if that would be more than `max_steps` steps of a position for all blocks; nothing is changed then
 */
bool pack_conv_bytes(ConvArgs &args, int64_t max_steps);

/** Fill packed_bias with the bias and packed_shift with the shifts, as they are, padded to whole blocks: for kernels
 * whose instructions round and saturate. Any shift may be used, sums may wrap around. */
void pack_plain_bias(ConvArgs &args);

/** The same for int16 and sums of 64 bits: packed_wide is [bias][shift]. */
void pack_plain_wide_bias(ConvArgs &args);

/**
 * Pack depthwise weights as [block of channels][group of taps][channel in block][tap in group] and fill packed_bias and
 * packed_shift as pack_conv_bias_int8() does. The channels of a block of plan.block are in the order in which unpack
 * instructions interleave the vectors of `taps` taps: [part of a lane][lane][4 channels], a lane being 16 bytes of
 * taps. Frees the unpacked weights. @tparam Packed type of the weights in memory
 */
template <typename Packed>
void pack_depthwise_int8(ConvArgs &args, int taps, int zero_point);

/** Place of an output channel in packed_wide: of each 16 first the even and then the odd ones. */
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
 * Prepare int16 weights for exact sums S = 65536 * high + low out of two sums of 32 bits. Products go to `low`, and
 * before it could leave 32 bits it is folded: high += low >> 16, low |= -65536. That takes 65536 too much off `low`,
 * what `high` begins with makes up for it; but then `low` is from -65536 to -1, and a step of two products, -2^31 +
 * 65536 to 2^31, always fits. More steps fit while what activations of a FoldRange can add to `low` or take off it is
 * at most 2^31 - 65536. The smaller the range, the fewer the folds.
 *
 * `packed` is pack_conv_weights<int16_t, int16_t>(args, 2). packed_wide is [bias + rounding term][shift][mask of the
 * bits shifted out], each for all channels, in the order of wide_place(). Where shifts and biases allow it, fine_shifts
 * is false: the sums begin with bias and rounding term, and packed_shift is [shift - 8][mask of the bits that it shifts
 * out], for results of which 8 bits have been shifted out already. `deep` tells that a sum may exceed 2^38.
 *
 * The kernel's own code fills in the rest, see mark_folds(): `folds` has for each of fold_ranges first ranges, for
 * every two blocks of 16 channels and each of their steps 1 if the sums are folded before it. packed_bias is what the
 * sums begin with, each for all channels: [low], then [high] for each range.
 *
 * The plan is for elements of 2 bytes and run_multiple 2.
 * @return false if the results could leave 64 bits, or `high` 32; nothing is changed then
 */
bool pack_conv_int16(ConvArgs &args);

/**
 * Pack int16 weights as two packings of bytes as pack_conv_weights<int8_t, int8_t>(args, 4) makes them: the high bytes,
 * signed, then the low bytes, unsigned. packed_wide is as pack_conv_int16() makes it.
 * @return false if the sums of products of bytes could leave 32 bits, or the results 64; nothing is changed then
 */
bool pack_conv_int16_bytes(ConvArgs &args);

/**
 * Prepare int16 depthwise weights for exact sums out of two sums of 32 bits: those of x * high and of x * low, where w
 * = 256 * high + low. `packed` is [block of channels][group of two taps][high, low][channel in block][tap in group] of
 * 16 bits, with the channels in the order of pack_depthwise_int8(). packed_bias is what the sums begin with, bias and
 * rounding term: [high][low], each for all channels. packed_shift is, for the sums of high, once they have taken in
 * those of low but for 8 bits, [right shift][mask of the bits shifted out], and [left shift][limit before it] where a
 * shift is below 8, then for the 8 bits [right shift][mask].
 * @return false if 32 bits are too few; nothing is changed then
 */
bool pack_depthwise_int16(ConvArgs &args);

/** int8, int16, one group. */
bool is_dense_int8(const ConvArgs &args);
bool is_dense_int16(const ConvArgs &args);
/** int8 in 32 bits, see fits_int32(); also: one group. */
bool is_int8_in_int32(const ConvArgs &args);
bool is_dense_int8_in_int32(const ConvArgs &args);

/** May an int8 kernel work in 32 bits? Sums wrap around there, as on the chip. Shifts must be between 0 and 31. */
bool fits_int32(const ConvArgs &args);

}  // namespace base
}  // namespace dl
