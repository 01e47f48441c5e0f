/**
 * @file dl_pack_elementwise.hpp
 * Which element-wise operations the vector kernels do.
 */
#pragma once

#include "dl_base_add_rows.hpp"
#include "dl_base_elementwise.hpp"

namespace dl {
namespace base {

/** Add or Sub of two tensors of one type, int8 or int16, and one exponent, which the output shares. */
bool fits_s8_add(const ElementwiseArgs &args);
bool fits_s16_add(const ElementwiseArgs &args);
bool is_s8_add_rows(const AddRowsArgs &args);
bool is_s16_add_rows(const AddRowsArgs &args);
/** Mul of int8 tensors whose products are exact in 16 bits, the rounding included. */
bool fits_s8_mul(const ElementwiseArgs &args);
/** Mul of int16 tensors whose exponents are far from what leaves the range of float. */
bool fits_s16_mul(const ElementwiseArgs &args);
/** Arithmetic, extrema or PRelu of tensors of one type, with sums that float holds exactly. */
bool fits_real(const ElementwiseArgs &args);

}  // namespace base
}  // namespace dl
