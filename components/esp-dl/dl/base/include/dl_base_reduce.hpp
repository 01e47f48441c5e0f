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

/** Sums of integers are exact. All other steps are computed in float. The result is rounded once, to the output's
 * exponent. */
struct ReduceArgs {
    static constexpr int TILE = 64;  ///< neighbouring outputs that are computed together

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
    int64_t count = 1;          ///< input elements of one output
    int outputs = 1;
    int tiles = 1;  ///< number of units along the innermost kept axis
    int units = 1;
    const void *in = nullptr;
    void *out = nullptr;
};

/** Describe the walk over a row-major tensor. @param reduce one flag per axis */
void set_reduce_axes(ReduceArgs &args, const std::vector<int> &shape, const std::vector<bool> &reduce);

BoundKernel<ReduceArgs> select_reduce(ReduceArgs &args);

/**
 * The functions below, for modules of apps, reduce `size` elements that lie `stride` elements apart to one number.
 * Nothing is rescaled. Sums of int8 are int32, those of int16 are int64. Floats are summed in order.
 */
/** Sum of squares. */
int32_t reduce_l2(int8_t *input, int32_t size, int32_t stride);
int64_t reduce_l2(int16_t *input, int32_t size, int32_t stride);
float reduce_l2(float *input, int32_t size, int32_t stride);
/** The greatest and the least element. Without elements, the type's least and greatest value. */
int8_t reduce_max(int8_t *input, int32_t size, int32_t stride);
int16_t reduce_max(int16_t *input, int32_t size, int32_t stride);
float reduce_max(float *input, int32_t size, int32_t stride);
int8_t reduce_min(int8_t *input, int32_t size, int32_t stride);
int16_t reduce_min(int16_t *input, int32_t size, int32_t stride);
float reduce_min(float *input, int32_t size, int32_t stride);
/** The greatest magnitude. That of the type's least integer counts as the type's greatest integer. */
int8_t reduce_abs_max(int8_t *input, int32_t size, int32_t stride);
int16_t reduce_abs_max(int16_t *input, int32_t size, int32_t stride);
float reduce_abs_max(float *input, int32_t size, int32_t stride);
int32_t reduce_sum(int8_t *input, int32_t size, int32_t stride);
int64_t reduce_sum(int16_t *input, int32_t size, int32_t stride);
float reduce_sum(float *input, int32_t size, int32_t stride);
/** Sum of magnitudes. */
int32_t reduce_l1(int8_t *input, int32_t size, int32_t stride);
int64_t reduce_l1(int16_t *input, int32_t size, int32_t stride);
float reduce_l1(float *input, int32_t size, int32_t stride);
/** sum / size, in float; for integers, rounded by the target's rule. */
int8_t reduce_mean(int8_t *input, int32_t size, int32_t stride);
int16_t reduce_mean(int16_t *input, int32_t size, int32_t stride);
float reduce_mean(float *input, int32_t size, int32_t stride);

}  // namespace base
}  // namespace dl
