/**
 * @file dl_avxvnni_tiles.hpp
 * The hand-written AVX-VNNI kernels. They have vectors of 256 bits, as AVX2's, whose kernels serve all other
 * operations.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution, blocks of 16 output channels. Staging makes the activations unsigned. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s8_conv_6x16);

/** int8 depthwise convolution of any kernel window, 32 channels at once; an instruction multiplies four taps. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s8_depthwise_conv_32);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1 or 2. Each input column is
 * interleaved once, for all outputs whose windows it lies in. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s8_depthwise_conv_4x3);

/** int8 product of two variables: packs B, then runs dl_avxvnni_s8_conv_6x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_avxvnni_s8_matmul_6x16);

/** int16 convolution, blocks of 16 output channels; packed as for dl_avx2_s16_conv_6x16. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s16_conv_6x16);

/** int16 product of two variables: packs B, then runs dl_avxvnni_s16_conv_6x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_avxvnni_s16_matmul_6x16);

int64_t dl_avxvnni_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
