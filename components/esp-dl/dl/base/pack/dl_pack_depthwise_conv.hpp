/**
 * @file dl_pack_depthwise_conv.hpp
 * What only depthwise convolution kernels do in prepare(); what they share with dense ones is in dl_pack_conv.hpp.
 */
#pragma once

#include "dl_pack_conv.hpp"

namespace dl {
namespace base {

/** Most output rows of a unit, such that a few threads find units. There is no limit if the work is too little to
 * share. */
int rows_to_share(const ConvArgs &args);

/** Has the kernel window at most 4 rows and exactly 3 neighbouring columns, with a horizontal stride of at most
 * `max_stride`? */
bool has_3_columns(const ConvArgs &args, int max_stride);

/** Give the plan offsets for whole groups of four taps. The taps that are added have weights of zero, so any input will
 * do. */
void pad_taps(ConvArgs &args);

/** Pack the weights of a kernel window of up to 4 rows by 3 columns so that each column is a group of four taps; rows
 * that are missing have zeros. Otherwise like pack_depthwise_int8<int8_t>(args, 4, zero_point). */
void pack_columns(ConvArgs &args, int zero_point);

/** Pack the weights of a kernel window of up to 3 rows by 3 columns as pairs of taps: rows 0 and 1 of each column, then
 * row 2 of columns 0 and 1, then row 2 of column 2 with a zero. Otherwise like pack_depthwise_int8<int16_t>(args, 2,
 * 0). */
void pack_row_pairs(ConvArgs &args);

/** Pack int16 weights as [block of channels][tap][channel in block], and free the unpacked ones. Also does
 * pack_plain_wide_bias(). */
void pack_plain_depthwise_int16(ConvArgs &args);

}  // namespace base
}  // namespace dl
