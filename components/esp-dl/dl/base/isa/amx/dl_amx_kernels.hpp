/**
 * @file dl_amx_kernels.hpp
 * The AMX kernels (with AVX512-VNNI).
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"

namespace dl {
namespace base {

/** int8 convolution, signed by signed, blocks of 16 output channels, 64 input elements at once. */
void dl_amx_s8_conv_32x32_half_up(const ConvArgs &args, int begin, int end);
void dl_amx_s8_conv_32x32_half_even(const ConvArgs &args, int begin, int end);

/** int8 product of two variables: packs B, then multiplies as the convolution of the same size. */
void dl_amx_s8_matmul_32x32_half_up(const MatmulArgs &args, int begin, int end);
void dl_amx_s8_matmul_32x32_half_even(const MatmulArgs &args, int begin, int end);

/** int16 convolution as four products of bytes, blocks of 16 output channels. */
void dl_amx_s16_conv_16x16_half_up(const ConvArgs &args, int begin, int end);
void dl_amx_s16_conv_16x16_half_even(const ConvArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
