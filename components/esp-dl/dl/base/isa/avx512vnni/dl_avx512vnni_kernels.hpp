/**
 * @file dl_avx512vnni_kernels.hpp
 * The AVX512-VNNI kernels.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_copy.hpp"
#include "dl_base_elementwise.hpp"
#include "dl_base_matmul.hpp"
#include "dl_base_pool.hpp"
#include "dl_base_softmax.hpp"
#include "dl_base_unary.hpp"

namespace dl {
namespace base {

/** int8 convolution, unsigned (flipped) activations by signed weights, blocks of 16 output channels. */
void dl_avx512vnni_s8_conv_12x32_half_up(const ConvArgs &args, int begin, int end);
void dl_avx512vnni_s8_conv_12x32_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of any kernel, 64 channels at once, four taps per product. */
void dl_avx512vnni_s8_depthwise_conv_64_half_up(const ConvArgs &args, int begin, int end);
void dl_avx512vnni_s8_depthwise_conv_64_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1: every input column is interleaved
 * once for the three outputs it takes part in. */
void dl_avx512vnni_s8_depthwise_conv_4x3_half_up(const ConvArgs &args, int begin, int end);
void dl_avx512vnni_s8_depthwise_conv_4x3_half_even(const ConvArgs &args, int begin, int end);

/** int16 to int16 of another exponent, Relu before it if asked for. */
void dl_avx512vnni_s16_requantize_32_half_up(const UnaryArgs &args, int begin, int end);
void dl_avx512vnni_s16_requantize_32_half_even(const UnaryArgs &args, int begin, int end);

/** Products of two int16 tensors. */
void dl_avx512vnni_s16_mul_16_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx512vnni_s16_mul_16_half_even(const ElementwiseArgs &args, int begin, int end);

/** Element-wise operations of one type by floats: Add, Sub, Mul, Div, Max, Min, PRelu. */
void dl_avx512vnni_real_elementwise_16_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx512vnni_real_elementwise_16_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 or int16 Add and Sub of two tensors of one exponent. */
void dl_avx512vnni_s8_add_64(const ElementwiseArgs &args, int begin, int end);
/** int8 Mul of two tensors. */
void dl_avx512vnni_s8_mul_32_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx512vnni_s8_mul_32_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 table. */
void dl_avx512vnni_s8_lut_64(const UnaryArgs &args, int begin, int end);
/** Conversions and Relu. */
void dl_avx512vnni_real_unary_16_half_up(const UnaryArgs &args, int begin, int end);
void dl_avx512vnni_real_unary_16_half_even(const UnaryArgs &args, int begin, int end);

/** int8 product of two variables: packs B, then multiplies as the convolution of the same size. */
void dl_avx512vnni_s8_matmul_12x32_half_up(const MatmulArgs &args, int begin, int end);
void dl_avx512vnni_s8_matmul_12x32_half_even(const MatmulArgs &args, int begin, int end);

/** int16 product of two variables, the same way. */
void dl_avx512vnni_s16_matmul_6x32_half_up(const MatmulArgs &args, int begin, int end);
void dl_avx512vnni_s16_matmul_6x32_half_even(const MatmulArgs &args, int begin, int end);

/** int16 convolution, blocks of 16 output channels, see pack_conv_int16(). */
void dl_avx512vnni_s16_conv_6x32_half_up(const ConvArgs &args, int begin, int end);
void dl_avx512vnni_s16_conv_6x32_half_even(const ConvArgs &args, int begin, int end);
/** Its folds for the first `ranges` of FOLD_RANGES, and what its sums begin with, out of the packed weights. */
void dl_avx512vnni_s16_conv_6x32_folds(ConvArgs &args, int ranges);

/** int16 depthwise convolution of any kernel, 32 channels at once, see pack_depthwise_int16(). */
void dl_avx512vnni_s16_depthwise_conv_32_half_up(const ConvArgs &args, int begin, int end);
void dl_avx512vnni_s16_depthwise_conv_32_half_even(const ConvArgs &args, int begin, int end);

/** int8 and int16 pooling of at least 16 bytes of channels, and of as many channels as in the name. */
void dl_avx512vnni_s8_max_pool_64(const PoolArgs &args, int begin, int end);
void dl_avx512vnni_s8_average_pool_16_half_up(const PoolArgs &args, int begin, int end);
void dl_avx512vnni_s8_average_pool_16_half_even(const PoolArgs &args, int begin, int end);
void dl_avx512vnni_s16_max_pool_32(const PoolArgs &args, int begin, int end);
void dl_avx512vnni_s16_average_pool_16_half_up(const PoolArgs &args, int begin, int end);
void dl_avx512vnni_s16_average_pool_16_half_even(const PoolArgs &args, int begin, int end);
/** Elements of 1, 2 and 4 bytes whose neighbours in src and in dst belong to different loops. */
void dl_avx512vnni_x8_transpose_16x16(const CopyArgs &args, int begin, int end);
void dl_avx512vnni_x16_transpose_8x8(const CopyArgs &args, int begin, int end);
void dl_avx512vnni_x32_transpose_4x4(const CopyArgs &args, int begin, int end);
/** Softmax of int8 and int16 rows. */
void dl_avx512vnni_s8_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end);
void dl_avx512vnni_s8_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end);
void dl_avx512vnni_s16_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end);
void dl_avx512vnni_s16_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
