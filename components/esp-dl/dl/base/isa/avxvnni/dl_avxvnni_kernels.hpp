/**
 * @file dl_avxvnni_kernels.hpp
 * The AVX-VNNI kernels: products in vectors of 256 bits. For everything else there are those of AVX2.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"

namespace dl {
namespace base {

/** int8 convolution, unsigned (flipped) activations by signed weights, blocks of 16 output channels. */
void dl_avxvnni_s8_conv_6x16_half_up(const ConvArgs &args, int begin, int end);
void dl_avxvnni_s8_conv_6x16_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of any kernel, 32 channels at once, four taps per product. */
void dl_avxvnni_s8_depthwise_conv_32_half_up(const ConvArgs &args, int begin, int end);
void dl_avxvnni_s8_depthwise_conv_32_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1 or 2: every input column is
 * interleaved once for all outputs it takes part in. */
void dl_avxvnni_s8_depthwise_conv_4x3_half_up(const ConvArgs &args, int begin, int end);
void dl_avxvnni_s8_depthwise_conv_4x3_half_even(const ConvArgs &args, int begin, int end);

/** int8 product of two variables: packs B, then multiplies as the convolution of the same size. */
void dl_avxvnni_s8_matmul_6x16_half_up(const MatmulArgs &args, int begin, int end);
void dl_avxvnni_s8_matmul_6x16_half_even(const MatmulArgs &args, int begin, int end);

/** int16 convolution, blocks of 16 output channels, prepared as that of AVX2. */
void dl_avxvnni_s16_conv_6x16_half_up(const ConvArgs &args, int begin, int end);
void dl_avxvnni_s16_conv_6x16_half_even(const ConvArgs &args, int begin, int end);

/** int16 product of two variables. */
void dl_avxvnni_s16_matmul_6x16_half_up(const MatmulArgs &args, int begin, int end);
void dl_avxvnni_s16_matmul_6x16_half_even(const MatmulArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
