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

}  // namespace base
}  // namespace dl
