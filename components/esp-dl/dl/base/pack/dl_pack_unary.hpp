/**
 * @file dl_pack_unary.hpp
 * Which operations on one tensor the vector kernels compute, and their tables.
 */
#pragma once

#include "dl_base_unary_reference.hpp"

namespace dl {
namespace base {

/** Can comparisons, roundings and products compute this function? Types are int8, int16 and float, and the file has no
 * table. */
bool fits_real_unary(const UnaryArgs &args);
/** Is this a conversion of int16 from one exponent to another, or Relu with such a conversion? */
bool is_s16_requantize(const UnaryArgs &args);

/** Is a table of all int16 values faster? The tensor has to be large enough for the table to pay. The function has to
 * be one that vectors do not compute, or compute more slowly than they look up. */
bool is_faster_by_all16(const UnaryArgs &args);
/**
 * Fill args.all16 by computing the definition for all values. Layers with the same function and exponents share a
 * table: networks have dozens of them, and a shared table stays in the cache. @return true
 */
bool fill_all16(UnaryArgs &args);

}  // namespace base
}  // namespace dl
