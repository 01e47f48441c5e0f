/**
 * @file dl_pack_elementwise.hpp
 * Which element-wise operations the vector kernels compute.
 */
#pragma once

#include "dl_base_add_rows.hpp"
#include "dl_base_elementwise.hpp"

namespace dl {
namespace base {

/** Is this Add or Sub of two int8 (int16) tensors, and are inputs and output of one exponent? */
bool fits_s8_add(const ElementwiseArgs &args);
bool fits_s16_add(const ElementwiseArgs &args);
bool is_s8_add_rows(const AddRowsArgs &args);
bool is_s16_add_rows(const AddRowsArgs &args);
/** Is this Mul of two int8 tensors whose products are exact in 16 bits, rounding included? */
bool fits_s8_mul(const ElementwiseArgs &args);
/** Is this Mul of two int16 tensors whose exponents stay well inside the range of float? */
bool fits_s16_mul(const ElementwiseArgs &args);
/** Is this arithmetic, an extremum or PRelu of tensors of one type, whose sums float holds exactly? */
bool fits_real(const ElementwiseArgs &args);

}  // namespace base
}  // namespace dl
