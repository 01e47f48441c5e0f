/**
 * @file dl_pack_matmul.hpp
 * A product of two variables is computed as convolutions: each batch of B is the weights of one convolution. Since B is
 * a variable, it is packed whenever the product is computed.
 */
#pragma once

#include "dl_base_matmul.hpp"
#include "dl_pack_conv.hpp"

namespace dl {
namespace base {

/** Is this a product of int8 (int16) whose B has a layout that kernels can pack? */
bool is_packable_int8(const MatmulArgs &args);
bool is_packable_int16(const MatmulArgs &args);
/** The same, and do 32 (64) bits hold its sums, rounding included? */
bool is_packable_int8_in_int32(const MatmulArgs &args);
bool is_packable_int16_in_int64(const MatmulArgs &args);

/**
 * Make args.convs for int8: plans, biases, and room for the weights.
 * @param run_multiple, budget as for make_conv_plan()
 * @tparam Packed type of the packed weights: int8_t or int16_t
 * @param group   as for pack_conv_weights()
 */
template <typename Packed>
bool prepare_convs(MatmulArgs &args, int run_multiple, int group, size_t budget);

/** Make args.convs for int16. @param pack packs the weights of a convolution, as its kernel needs them */
bool prepare_word_convs(MatmulArgs &args, int run_multiple, size_t budget, bool (*pack)(ConvArgs &));

}  // namespace base
}  // namespace dl
