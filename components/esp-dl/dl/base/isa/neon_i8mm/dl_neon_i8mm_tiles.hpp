/**
 * @file dl_neon_i8mm_tiles.hpp
 * The hand-written kernels with the matrix products of bytes that ARMv8.6 has (i8mm).
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution, blocks of 16 output channels. */
DL_DECLARE_TILE(ConvArgs, dl_neon_i8mm_s8_conv_4x16);

/** int8 product of two variables: packs B, then runs dl_neon_i8mm_s8_conv_4x16 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_neon_i8mm_s8_matmul_4x16);

int64_t dl_neon_i8mm_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
