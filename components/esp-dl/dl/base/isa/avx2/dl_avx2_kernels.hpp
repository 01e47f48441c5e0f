/**
 * @file dl_avx2_kernels.hpp
 * The AVX2 kernels.
 */
#pragma once

#include "dl_base_add_rows.hpp"
#include "dl_base_copy.hpp"
#include "dl_base_elementwise.hpp"
#include "dl_base_pool.hpp"
#include "dl_base_resize.hpp"
#include "dl_base_softmax.hpp"
#include "dl_base_unary.hpp"

namespace dl {
namespace base {

/** int16 to int16 of another exponent, Relu before it if asked for. */
void dl_avx2_s16_requantize_16_half_up(const UnaryArgs &args, int begin, int end);
void dl_avx2_s16_requantize_16_half_even(const UnaryArgs &args, int begin, int end);

/** Products of two int16 tensors. */
void dl_avx2_s16_mul_8_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx2_s16_mul_8_half_even(const ElementwiseArgs &args, int begin, int end);

/** Element-wise operations of one type by floats: Add, Sub, Mul, Div, Max, Min, PRelu. */
void dl_avx2_real_elementwise_8_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx2_real_elementwise_8_half_even(const ElementwiseArgs &args, int begin, int end);
/** Rows of int8 or int16 added to rows. */
void dl_avx2_x8_add_rows_32(const AddRowsArgs &args, int begin, int end);
/** int8 or int16 Add and Sub of two tensors of one exponent. */
void dl_avx2_s8_add_32(const ElementwiseArgs &args, int begin, int end);
/** int8 Mul of two tensors. */
void dl_avx2_s8_mul_16_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx2_s8_mul_16_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 table. */
void dl_avx2_s8_lut_32(const UnaryArgs &args, int begin, int end);
/** int16 table of all values. */
void dl_avx2_s16_lut_8(const UnaryArgs &args, int begin, int end);
/** Conversions and Relu. */
void dl_avx2_real_unary_8_half_up(const UnaryArgs &args, int begin, int end);
void dl_avx2_real_unary_8_half_even(const UnaryArgs &args, int begin, int end);
/** int8 and int16 pooling of at least 16 bytes of channels, and of as many channels as in the name. */
void dl_avx2_s8_max_pool_32(const PoolArgs &args, int begin, int end);
void dl_avx2_s8_average_pool_8_half_up(const PoolArgs &args, int begin, int end);
void dl_avx2_s8_average_pool_8_half_even(const PoolArgs &args, int begin, int end);
void dl_avx2_s16_max_pool_16(const PoolArgs &args, int begin, int end);
void dl_avx2_s16_average_pool_8_half_up(const PoolArgs &args, int begin, int end);
void dl_avx2_s16_average_pool_8_half_even(const PoolArgs &args, int begin, int end);
/** Runs of less than a kilobyte. */
void dl_avx2_x8_copy_32(const CopyArgs &args, int begin, int end);
/** Elements of 1, 2 and 4 bytes whose neighbours in src and in dst belong to different loops. */
void dl_avx2_x8_transpose_16x16(const CopyArgs &args, int begin, int end);
void dl_avx2_x16_transpose_8x8(const CopyArgs &args, int begin, int end);
void dl_avx2_x32_transpose_4x4(const CopyArgs &args, int begin, int end);
/** Nearest, of any type that stays as it is. */
void dl_avx2_x8_resize_nearest_32(const ResizeArgs &args, int begin, int end);
/** Softmax of int8 and int16 rows. */
void dl_avx2_s8_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end);
void dl_avx2_s8_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end);
void dl_avx2_s16_softmax_8_half_up(const SoftmaxArgs &args, int begin, int end);
void dl_avx2_s16_softmax_8_half_even(const SoftmaxArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
