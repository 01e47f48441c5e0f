/**
 * @file dl_base_unary_reference.hpp
 * What the vector kernels of operations on one tensor take from the reference kernels.
 */
#pragma once

#include "dl_base_unary.hpp"

namespace dl {
namespace base {

/** int8 to int8: every function is a table of 256. */
bool is_s8(const UnaryArgs &args);
/** int16 to int16 by the table of the file. */
bool is_s16_lut(const UnaryArgs &args);
/** The definition of the result, with the target's rounding, for the units [begin, end). */
void compute_unary(const UnaryArgs &args, int begin, int end);
/** Fill args.table8 by asking the definition for all 256 values, unless the file's table is there. @return true */
bool fill_table8(UnaryArgs &args);

}  // namespace base
}  // namespace dl
