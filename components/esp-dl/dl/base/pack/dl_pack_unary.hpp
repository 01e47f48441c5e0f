/**
 * @file dl_pack_unary.hpp
 * Which operations on one tensor the vector kernels do, and their tables.
 */
#pragma once

#include "dl_base_unary_reference.hpp"

namespace dl {
namespace base {

/** What comparisons, roundings and products compute, among int8, int16 and float, if the file has no table. */
bool fits_real_unary(const UnaryArgs &args);
/** int16 to int16 of another exponent, Relu before it if asked for. */
bool is_s16_requantize(const UnaryArgs &args);

/** int16 to int16, of a tensor that is large enough to fill a table of all values for, and a function that takes longer
 * to compute eight elements at a time than to look them up, or that vectors do not compute. */
bool is_faster_by_all16(const UnaryArgs &args);
/**
 * Fill args.all16 by asking the definition. Layers of the same function and exponents, of which networks have dozens,
 * share a table: it then stays in the cache from one to the next. @return true
 */
bool fill_all16(UnaryArgs &args);

}  // namespace base
}  // namespace dl
