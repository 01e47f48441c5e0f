/**
 * @file dl_pack_reduce.hpp
 * Which reductions the vector kernels compute. T is int8_t or int16_t.
 */
#pragma once

#include "dl_base_reduce_reference.hpp"

namespace dl {
namespace base {

/** Are the elements of a result rows, of at least 8 neighbours? */
bool has_rows(const ReduceArgs &args);

/** Are these sums of T, or means, magnitudes or logarithms of such, whose results lie next to each other as their
 * elements do? */
template <typename T>
bool is_column_sum(const ReduceArgs &args);

/** Are these sums of rows of T, or of their squares or magnitudes, or what is computed from such? @tparam LENGTH least
 * number of a row's elements: 8, 16 or 32 */
template <typename T, int LENGTH>
bool is_row_sum(const ReduceArgs &args);

/** Are these the greatest or the least of T, by rows or by columns? */
template <typename T>
bool is_extreme(const ReduceArgs &args);

}  // namespace base
}  // namespace dl
