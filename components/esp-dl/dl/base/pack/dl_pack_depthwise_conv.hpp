/**
 * @file dl_pack_depthwise_conv.hpp
 * What the depthwise convolution kernels do in prepare() beside dl_pack_conv.hpp.
 */
#pragma once

#include "dl_pack_conv.hpp"

namespace dl {
namespace base {

/** Rows of a unit such that there are units for a few threads, unless the work is too little for that. */
int rows_to_share(const ConvArgs &args);

/** A kernel of at most 4 rows by 3 neighbouring columns, with a horizontal stride of at most `max_stride`. */
bool has_3_columns(const ConvArgs &args, int max_stride);

/** Whole groups of four taps. Those that do not exist have weights of zero: any input will do. */
void pad_taps(ConvArgs &args);

/** Columns as groups of taps: a kernel of up to 4 rows becomes one of 4, turned so that a column's taps are neighbours.
 * Packs as pack_depthwise_int8<int8_t>(args, 4, zero_point) does. */
void pack_columns(ConvArgs &args, int zero_point);

/** A kernel of up to 3 rows by 3 columns as pairs of taps: those of rows 0 and 1 of each column, then those of what is
 * left of row 2. Packs as pack_depthwise_int8<int16_t>(args, 2, 0) does. */
void pack_row_pairs(ConvArgs &args);

/** int16 weights as [block of channels][tap][channel in block], and pack_plain_wide_bias(). Frees the unpacked ones. */
void pack_plain_depthwise_int16(ConvArgs &args);

}  // namespace base
}  // namespace dl
