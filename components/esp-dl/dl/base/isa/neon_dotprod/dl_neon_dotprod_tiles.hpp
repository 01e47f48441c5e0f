/**
 * @file dl_neon_dotprod_tiles.hpp
 * The hand-written NEON kernels (with the dot products of ARMv8.2).
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution, blocks of 16 output channels. */
DL_DECLARE_TILE(ConvArgs, dl_neon_dotprod_s8_conv_4x16);

/** int8 depthwise convolution of any kernel window, 16 channels at once; an instruction multiplies four taps. */
DL_DECLARE_TILE(ConvArgs, dl_neon_dotprod_s8_depthwise_conv_16);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1. Each input column is interleaved
 * once, for the three outputs whose windows it lies in. */
DL_DECLARE_TILE(ConvArgs, dl_neon_dotprod_s8_depthwise_conv_4x3);

/** int16 convolution, blocks of 16 output channels, sums of 64 bits. */
DL_DECLARE_TILE(ConvArgs, dl_neon_dotprod_s16_conv_2x16);

/** int16 depthwise convolution of any kernel window, 8 channels at once. */
DL_DECLARE_TILE(ConvArgs, dl_neon_dotprod_s16_depthwise_conv_8);

/** int8 product of two variables: packs B, then runs dl_neon_dotprod_s8_conv_4x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_neon_dotprod_s8_matmul_4x16);

/** int16 product of two variables: packs B, then runs dl_neon_dotprod_s16_conv_2x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_neon_dotprod_s16_matmul_2x16);

int64_t dl_neon_dotprod_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
