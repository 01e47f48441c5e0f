/**
 * @file dl_avxvnni_tiles.hpp
 * The hand-written AVX-VNNI kernels: products in vectors of 256 bits. For everything else there are those of AVX2.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution, unsigned (flipped) activations by signed weights, blocks of 16 output channels. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s8_conv_6x16);

/** int8 depthwise convolution of any kernel, 32 channels at once, four taps per product. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s8_depthwise_conv_32);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1 or 2: every input column is
 * interleaved once for all outputs it takes part in. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s8_depthwise_conv_4x3);

/** int8 product of two variables: packs B, then multiplies as the convolution of the same size. */
DL_DECLARE_TILE(MatmulArgs, dl_avxvnni_s8_matmul_6x16);

/** int16 convolution, blocks of 16 output channels, prepared as that of AVX2. */
DL_DECLARE_TILE(ConvArgs, dl_avxvnni_s16_conv_6x16);

/** int16 product of two variables. */
DL_DECLARE_TILE(MatmulArgs, dl_avxvnni_s16_matmul_6x16);

int64_t dl_avxvnni_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
