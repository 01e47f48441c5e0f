/**
 * @file dl_pack_matmul.hpp
 * Products of two variables as convolutions: each batch of B is the weights of one, which are packed when the product
 * is computed.
 */
#pragma once

#include "dl_base_matmul.hpp"
#include "dl_pack_conv.hpp"

namespace dl {
namespace base {

/** int8 or int16 whose B is in an order that kernels can pack. */
bool is_packable_int8(const MatmulArgs &args);
bool is_packable_int16(const MatmulArgs &args);
/** The same, with sums and their rounding that 32 (64) bits hold. */
bool is_packable_int8_in_int32(const MatmulArgs &args);
bool is_packable_int16_in_int64(const MatmulArgs &args);

/**
 * Make args.convs for int8, with bias and room for the weights.
 * @param run_multiple, budget as make_conv_plan() has them
 * @param wide the convolution kernel takes weights of 16 bits
 */
bool prepare_convs(MatmulArgs &args, int run_multiple, bool wide, size_t budget);

/** The same for int16. @param pack what the convolution kernel packs with */
bool prepare_word_convs(MatmulArgs &args, int run_multiple, size_t budget, bool (*pack)(ConvArgs &));

}  // namespace base
}  // namespace dl
