/**
 * @file dl_pack_reduce.hpp
 * Which reductions the vector kernels compute.
 */
#pragma once

#include "dl_base_reduce_reference.hpp"

namespace dl {
namespace base {

/** Are these sums of int8 (int16), or means, magnitudes or logarithms of such, whose results lie next to each other as
 * their elements do? */
bool is_s8_column_sum(const ReduceArgs &args);
bool is_s16_column_sum(const ReduceArgs &args);

}  // namespace base
}  // namespace dl
