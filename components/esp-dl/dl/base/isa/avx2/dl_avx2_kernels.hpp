/**
 * @file dl_avx2_kernels.hpp
 * The AVX2 kernels.
 */
#pragma once

#include "dl_base_elementwise.hpp"
#include "dl_base_unary.hpp"

namespace dl {
namespace base {

/** Element-wise operations of one type by floats: Add, Sub, Mul, Div, Max, Min, PRelu. */
void dl_avx2_real_elementwise_8_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx2_real_elementwise_8_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 or int16 Add and Sub of two tensors of one exponent. */
void dl_avx2_s8_add_32(const ElementwiseArgs &args, int begin, int end);
/** int8 Mul of two tensors. */
void dl_avx2_s8_mul_16_half_up(const ElementwiseArgs &args, int begin, int end);
void dl_avx2_s8_mul_16_half_even(const ElementwiseArgs &args, int begin, int end);
/** int8 table. */
void dl_avx2_s8_lut_32(const UnaryArgs &args, int begin, int end);
/** Conversions and Relu. */
void dl_avx2_real_unary_8_half_up(const UnaryArgs &args, int begin, int end);
void dl_avx2_real_unary_8_half_even(const UnaryArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
