/**
 * @file dl_avx2_conv_kernels.hpp
 * The AVX2 kernels of the convolution family.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"

namespace dl {
namespace base {

/** int8 convolution, 8-bit activations by 8-bit weights where the input has no large negative values; where it has, the
 * other kernel does it. Blocks of 16 output channels, see pack_conv_bytes(). */
void dl_avx2_s8_conv_4x16_half_up(const ConvArgs &args, int begin, int end);
void dl_avx2_s8_conv_4x16_half_even(const ConvArgs &args, int begin, int end);

/** int8 convolution, 16-bit activations by 16-bit weights, blocks of 16 output channels. */
void dl_avx2_s8_conv_6x16_half_up(const ConvArgs &args, int begin, int end);
void dl_avx2_s8_conv_6x16_half_even(const ConvArgs &args, int begin, int end);

/** int16 convolution, blocks of 16 output channels, see pack_conv_int16(). */
void dl_avx2_s16_conv_6x16_half_up(const ConvArgs &args, int begin, int end);
void dl_avx2_s16_conv_6x16_half_even(const ConvArgs &args, int begin, int end);
/** Its folds for the first `ranges` of FOLD_RANGES, and what its sums begin with, out of the packed weights. */
void dl_avx2_s16_conv_6x16_folds(ConvArgs &args, int ranges);

/** int8 depthwise convolution of up to 3 rows by 3 columns, horizontal stride 1 or 2, 8 channels at once. */
void dl_avx2_s8_depthwise_conv_3x3_half_up(const ConvArgs &args, int begin, int end);
void dl_avx2_s8_depthwise_conv_3x3_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of any kernel, 16 channels at once, two taps per product. */
void dl_avx2_s8_depthwise_conv_16_half_up(const ConvArgs &args, int begin, int end);
void dl_avx2_s8_depthwise_conv_16_half_even(const ConvArgs &args, int begin, int end);

/** int16 depthwise convolution of any kernel, 16 channels at once, see pack_depthwise_int16(). */
void dl_avx2_s16_depthwise_conv_16_half_up(const ConvArgs &args, int begin, int end);
void dl_avx2_s16_depthwise_conv_16_half_even(const ConvArgs &args, int begin, int end);

/** int8 product of two variables: packs B, then multiplies as the convolution of the same size. */
void dl_avx2_s8_matmul_6x16_half_up(const MatmulArgs &args, int begin, int end);
void dl_avx2_s8_matmul_6x16_half_even(const MatmulArgs &args, int begin, int end);

/** int16 product of two variables, the same way. */
void dl_avx2_s16_matmul_6x16_half_up(const MatmulArgs &args, int begin, int end);
void dl_avx2_s16_matmul_6x16_half_even(const MatmulArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
