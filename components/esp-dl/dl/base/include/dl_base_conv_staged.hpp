/**
 * @file dl_base_conv_staged.hpp
 * What the optimized convolution kernels do in prepare(): the plan of dl_base_conv_plan.hpp, weights and bias in their
 * order.
 */
#pragma once

#include "dl_base_conv.hpp"

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
 * bits shifted out][rounding term], all padded to whole blocks. Where sums may wrap around, `wraps` is set and
 * packed_bias is without the rounding term. Call before pack_conv_weights().
 */
void pack_conv_bias_int8(ConvArgs &args, int zero_point);

/**
 * Pack depthwise weights as [block of channels][group of taps][channel in block][tap in group] and fill packed_bias and
 * packed_shift as pack_conv_bias_int8() does. The channels of a block of plan.block are in the order in which unpack
 * instructions interleave the vectors of `taps` taps: [part of a lane][lane][4 channels], a lane being 16 bytes of
 * taps. Frees the unpacked weights. @tparam Packed type of the weights in memory
 */
template <typename Packed>
void pack_depthwise_int8(ConvArgs &args, int taps, int zero_point);

/**
 * Prepare int16 weights for sums of products in 32 bits, which are added to sums of 64 bits before they can overflow.
 *
 * A step is a product of two neighbouring elements. The steps of each run are cut into chunks such that no input
 * whatever can take a chunk's sum of any channel out of 32 bits. `chunks` holds for each pair of blocks of 16 channels
 * where its list starts, then the lists: the steps of each chunk, run after run.
 *
 * packed_wide is [bias + rounding term][shift][mask of the bits shifted out], each for all channels, of each 16 first
 * the even and then the odd ones: kernels let every even sum begin at 2^31, so that as an unsigned number it never
 * borrows from the odd one above it. The bias makes good for that.
 * @return false if that is impossible; nothing is changed then
 */
bool pack_conv_int16(ConvArgs &args);

/**
 * Pack int16 weights as two packings of bytes as pack_conv_weights<int8_t, int8_t>(args, 4) makes them: the high bytes,
 * signed, then the low bytes, unsigned. packed_wide is as pack_conv_int16() makes it, but for the bias, which needs no
 * correction.
 * @return false if the sums of products of bytes could leave 32 bits, or the results 64; nothing is changed then
 */
bool pack_conv_int16_bytes(ConvArgs &args);

/** The same for depthwise weights and steps of two taps, with the channels in the order of pack_depthwise_int8(). One
 * list of chunks per block. */
bool pack_depthwise_int16(ConvArgs &args);

/**
 * May an int8 kernel work in 32 bits? Shifts must be between 0 and 31. Sums wrap around in 32 bits, as on the chip; but
 * then the rounding term, which does not wrap, needs shifts of at most 23, see Avx512Epilogue::add_half(): a larger
 * shift needs weights that prove that nothing wraps.
 */
bool fits_int32(const ConvArgs &args);

}  // namespace base
}  // namespace dl
