/**
 * @file dl_avx2_tiles.hpp
 * The hand-written AVX2 kernels.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution of bytes by bytes, blocks of 16 output channels, see pack_conv_bytes(). Units whose input
 * ranges over more than the packings allow are computed by dl_avx2_s8_conv_6x16. */
DL_DECLARE_TILE(ConvArgs, dl_avx2_s8_conv_4x16);

/** int8 convolution whose activations and weights are widened to 16 bits, blocks of 16 output channels. */
DL_DECLARE_TILE(ConvArgs, dl_avx2_s8_conv_6x16);

/** int16 convolution, blocks of 16 output channels, see pack_conv_int16(). */
DL_DECLARE_TILE(ConvArgs, dl_avx2_s16_conv_6x16);

/** Find the folds of dl_avx2_s16_conv_6x16 and what its sums begin with, see mark_folds(). */
void dl_avx2_s16_conv_6x16_folds(ConvArgs &args);

/** int8 depthwise convolution of up to 3 rows by 3 columns, horizontal stride 1 or 2, 8 channels at once. */
DL_DECLARE_TILE(ConvArgs, dl_avx2_s8_depthwise_conv_3x3);

/** int8 depthwise convolution of any kernel window, 16 channels at once; an instruction multiplies two taps. */
DL_DECLARE_TILE(ConvArgs, dl_avx2_s8_depthwise_conv_16);

/** int16 depthwise convolution of any kernel window, 16 channels at once, see pack_depthwise_int16(). */
DL_DECLARE_TILE(ConvArgs, dl_avx2_s16_depthwise_conv_16);

/** int8 product of two variables: packs B, then runs dl_avx2_s8_conv_6x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_avx2_s8_matmul_6x16);

/** int16 product of two variables: packs B, then runs dl_avx2_s16_conv_6x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_avx2_s16_matmul_6x16);

int64_t dl_avx2_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
