/**
 * @file dl_amx_tiles.hpp
 * The hand-written AMX kernels. Processors with AMX have AVX512-VNNI, too, which the kernels use.
 */
#pragma once

#include "dl_base_conv.hpp"
#include "dl_base_matmul.hpp"
#include "dl_tile.hpp"

namespace dl {
namespace base {

/** int8 convolution, blocks of 16 output channels, 64 input elements at once. AMX multiplies signed by signed bytes. */
DL_DECLARE_TILE(ConvArgs, dl_amx_s8_conv_32x32);

/** int8 product of two variables: packs B, then runs dl_amx_s8_conv_32x32 with B as its weights. */
DL_DECLARE_TILE(MatmulArgs, dl_amx_s8_matmul_32x32);

/** int16 convolution by products of bytes, blocks of 16 output channels. */
DL_DECLARE_TILE(ConvArgs, dl_amx_s16_conv_16x16);

int64_t dl_amx_s8_peak(int64_t rounds);  ///< see run_peak()

}  // namespace base
}  // namespace dl
