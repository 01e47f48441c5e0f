/**
 * @file dl_base_reduce.hpp
 * Reductions over any set of axes.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

typedef enum {
    REDUCE_L1 = 0,       ///< sum |x|
    REDUCE_L2,           ///< sqrt(sum x^2)
    REDUCE_LOG_SUM,      ///< log(sum x)
    REDUCE_LOG_SUM_EXP,  ///< log(sum e^x), computed with the maximum taken out
    REDUCE_MAX,
    REDUCE_MEAN,
    REDUCE_MIN,
    REDUCE_PROD,
    REDUCE_SUM,
    REDUCE_SUM_SQUARE,  ///< sum x^2
} reduce_t;

/** Sums of integers are exact; then, and in all other steps, float; the result is rounded once to the output's
 * exponent. */
struct ReduceArgs {
    static constexpr int TILE = 64;  ///< neighbouring outputs computed together

    reduce_t op = REDUCE_SUM;
    dtype_t in_type = DATA_TYPE_UNDEFINED;
    dtype_t out_type = DATA_TYPE_UNDEFINED;
    int in_exponent = 0;
    int out_exponent = 0;
    struct Axis {
        int extent;
        int64_t stride;
    };
    std::vector<Axis> kept;     ///< outermost first, merged where they are neighbours
    std::vector<Axis> reduced;  ///< likewise
    int64_t count = 1;          ///< elements that make one output
    int outputs = 1;
    int tiles = 1;  ///< units along the innermost kept axis
    int units = 1;
    const void *in = nullptr;
    void *out = nullptr;
};

/** Describe the walk over a row-major tensor. @param reduce one flag per axis */
void set_reduce_axes(ReduceArgs &args, const std::vector<int> &shape, const std::vector<bool> &reduce);

BoundKernel<ReduceArgs> select_reduce(ReduceArgs &args);

}  // namespace base
}  // namespace dl
