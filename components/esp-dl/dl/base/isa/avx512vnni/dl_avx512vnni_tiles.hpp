/**
 * @file dl_avx512vnni_tiles.hpp
 * The hand-written AVX512-VNNI kernels.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution, blocks of 16 output channels. Staging makes the activations unsigned. */
DL_DECLARE_TILE(ConvArgs, dl_avx512vnni_s8_conv_12x32);

/** int8 depthwise convolution of any kernel window, 64 channels at once; an instruction multiplies four taps. */
DL_DECLARE_TILE(ConvArgs, dl_avx512vnni_s8_depthwise_conv_64);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1. Each input column is interleaved
 * once, for the three outputs whose windows it lies in. */
DL_DECLARE_TILE(ConvArgs, dl_avx512vnni_s8_depthwise_conv_4x3);

/** int8 product of two variables: packs B, then runs dl_avx512vnni_s8_conv_12x32 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_avx512vnni_s8_matmul_12x32);

/** int16 product of two variables: packs B, then runs dl_avx512vnni_s16_conv_6x32 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_avx512vnni_s16_matmul_6x32);

/** int16 convolution, blocks of 16 output channels, see pack_conv_int16(). */
DL_DECLARE_TILE(ConvArgs, dl_avx512vnni_s16_conv_6x32);

/** Find the folds of dl_avx512vnni_s16_conv_6x32 and what its sums begin with, see mark_folds(). */
void dl_avx512vnni_s16_conv_6x32_folds(ConvArgs &args);

/** int16 depthwise convolution of any kernel window, 32 channels at once, see pack_depthwise_int16(). */
DL_DECLARE_TILE(ConvArgs, dl_avx512vnni_s16_depthwise_conv_32);

int64_t dl_avx512vnni_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
