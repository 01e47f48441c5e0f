/**
 * @file dl_avx512vnni_kernels.hpp
 * The AVX512-VNNI kernels (with VBMI).
 */
#pragma once

#include "dl_base_conv.hpp"

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

}  // namespace base
}  // namespace dl
