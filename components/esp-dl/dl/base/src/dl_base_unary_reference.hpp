/**
 * @file dl_base_unary_reference.hpp
 * What the vector kernels of operations on one tensor use of the reference kernels.
 */
#pragma once

#include "dl_base_unary.hpp"

namespace dl {
namespace base {

/** Is this an operation from int8 to int8? Every such function is a table of 256 bytes. */
bool is_s8(const UnaryArgs &args);
/** Is this an operation from int16 to int16 by the table of the file? */
bool is_s16_lut(const UnaryArgs &args);
/** Compute the definition of the result, with the target's rounding, for the units [begin, end). */
void compute_unary(const UnaryArgs &args, int begin, int end);
/** Fill args.table8 by computing the definition for all 256 values, unless the table of the file is there. @return true
 */
bool fill_table8(UnaryArgs &args);

}  // namespace base
}  // namespace dl
