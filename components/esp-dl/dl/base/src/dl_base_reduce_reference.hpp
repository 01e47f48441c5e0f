/**
 * @file dl_base_reduce_reference.hpp
 * What the reference kernels of reductions share with the vector kernels.
 */
#pragma once

#include "dl_base_reduce.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {

/** Offset of the first input element of a row of results. */
int64_t reduce_row_offset(const ReduceArgs &args, int64_t row);

/** Store n results, which are real numbers, from the output's element `at` on. */
template <typename Rounding>
void store_reduced(const ReduceArgs &args, const float *results, int n, int64_t at);
extern template void store_reduced<RoundHalfUp>(const ReduceArgs &, const float *, int, int64_t);
extern template void store_reduced<RoundHalfEven>(const ReduceArgs &, const float *, int, int64_t);

/** Compute n results from sums in units of the input's scale, or of its square, and store them from the output's
 * element `at` on. @param sums are overwritten */
template <typename Rounding>
void store_reduced_sums(const ReduceArgs &args, float *sums, int n, int64_t at);
extern template void store_reduced_sums<RoundHalfUp>(const ReduceArgs &, float *, int, int64_t);
extern template void store_reduced_sums<RoundHalfEven>(const ReduceArgs &, float *, int, int64_t);

}  // namespace base
}  // namespace dl
