/**
 * @file dl_neon_dotprod_kernels.hpp
 * The NEON kernels (with the dot products of ARMv8.2).
 */
#pragma once

#include "dl_base_add_rows.hpp"
#include "dl_base_conv.hpp"
#include "dl_base_copy.hpp"
#include "dl_base_elementwise.hpp"
#include "dl_base_matmul.hpp"
#include "dl_base_pool.hpp"
#include "dl_base_resize.hpp"
#include "dl_base_softmax.hpp"
#include "dl_base_unary.hpp"

namespace dl {
namespace base {

/** Rows of int8 or int16 added to rows. */
void dl_neon_dotprod_x8_add_rows_16(const AddRowsArgs &args, int begin, int end);

/** int8 convolution, blocks of 16 output channels. */
void dl_neon_dotprod_s8_conv_4x16_half_up(const ConvArgs &args, int begin, int end);
void dl_neon_dotprod_s8_conv_4x16_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of any kernel, 16 channels at once, four taps per product. */
void dl_neon_dotprod_s8_depthwise_conv_16_half_up(const ConvArgs &args, int begin, int end);
void dl_neon_dotprod_s8_depthwise_conv_16_half_even(const ConvArgs &args, int begin, int end);

/** int8 depthwise convolution of up to 4 rows by 3 columns with horizontal stride 1: every input column is interleaved
 * once for the three outputs it takes part in. */
void dl_neon_dotprod_s8_depthwise_conv_4x3_half_up(const ConvArgs &args, int begin, int end);
void dl_neon_dotprod_s8_depthwise_conv_4x3_half_even(const ConvArgs &args, int begin, int end);

/** int16 convolution, blocks of 16 output channels, sums of 64 bits. */
void dl_neon_dotprod_s16_conv_2x16_half_up(const ConvArgs &args, int begin, int end);
void dl_neon_dotprod_s16_conv_2x16_half_even(const ConvArgs &args, int begin, int end);

/** int16 depthwise convolution of any kernel, 8 channels at once. */
void dl_neon_dotprod_s16_depthwise_conv_8_half_up(const ConvArgs &args, int begin, int end);
void dl_neon_dotprod_s16_depthwise_conv_8_half_even(const ConvArgs &args, int begin, int end);

/** int8 product of two variables: packs B, then multiplies as the convolution of the same size. */
void dl_neon_dotprod_s8_matmul_4x16_half_up(const MatmulArgs &args, int begin, int end);
void dl_neon_dotprod_s8_matmul_4x16_half_even(const MatmulArgs &args, int begin, int end);

/** The same for int16. */
void dl_neon_dotprod_s16_matmul_2x16_half_up(const MatmulArgs &args, int begin, int end);
void dl_neon_dotprod_s16_matmul_2x16_half_even(const MatmulArgs &args, int begin, int end);

/** Element-wise operations of one type by floats: Add, Sub, Mul, Div, Max, Min, PRelu. */
void dl_neon_dotprod_real_elementwise_8_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_neon_dotprod_real_elementwise_8_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 or int16 Add and Sub of two tensors of one exponent. */
void dl_neon_dotprod_s8_add_16(const ElementwiseArgs &args, int begin, int end);
/** int8 Mul of two tensors. */
void dl_neon_dotprod_s8_mul_16_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_neon_dotprod_s8_mul_16_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 table. */
void dl_neon_dotprod_s8_lut_64(const UnaryArgs &args, int begin, int end);
/** Conversions and Relu. */
void dl_neon_dotprod_real_unary_8_half_up(const UnaryArgs &args, int begin, int end);
void dl_neon_dotprod_real_unary_8_half_even(const UnaryArgs &args, int begin, int end);
/** int8 and int16 pooling of at least 16 bytes of channels, and of as many channels as in the name. */
void dl_neon_dotprod_s8_max_pool_16(const PoolArgs &args, int begin, int end);
void dl_neon_dotprod_s8_average_pool_8_half_up(const PoolArgs &args, int begin, int end);
void dl_neon_dotprod_s8_average_pool_8_half_even(const PoolArgs &args, int begin, int end);
void dl_neon_dotprod_s16_max_pool_8(const PoolArgs &args, int begin, int end);
void dl_neon_dotprod_s16_average_pool_8_half_up(const PoolArgs &args, int begin, int end);
void dl_neon_dotprod_s16_average_pool_8_half_even(const PoolArgs &args, int begin, int end);
/** Runs of less than a kilobyte. */
void dl_neon_dotprod_x8_copy_16(const CopyArgs &args, int begin, int end);
/** Elements of 1, 2 and 4 bytes whose neighbours in src and in dst belong to different loops. */
void dl_neon_dotprod_x8_transpose_16x16(const CopyArgs &args, int begin, int end);
void dl_neon_dotprod_x16_transpose_8x8(const CopyArgs &args, int begin, int end);
void dl_neon_dotprod_x32_transpose_4x4(const CopyArgs &args, int begin, int end);
/** Nearest, of any type that stays as it is. */
void dl_neon_dotprod_x8_resize_nearest_16(const ResizeArgs &args, int begin, int end);
/** Softmax of int8 and int16 rows. */
void dl_neon_dotprod_s8_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end);
void dl_neon_dotprod_s8_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end);
void dl_neon_dotprod_s16_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end);
void dl_neon_dotprod_s16_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
