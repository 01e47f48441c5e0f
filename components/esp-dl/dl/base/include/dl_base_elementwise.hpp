/**
 * @file dl_base_elementwise.hpp
 * Operations on corresponding elements of two or more broadcast tensors: arithmetic, extrema, comparisons, logic,
 * PRelu.
 */
#pragma once

#include <vector>

#include "dl_base_broadcast.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

/** Sum, Max and Min take one or more operands, and work from the left. All others take two. */
typedef enum {
    ELEMENTWISE_ADD = 0,  ///< also Sum
    ELEMENTWISE_SUB,
    ELEMENTWISE_MUL,
    ELEMENTWISE_DIV,
    ELEMENTWISE_FMOD,  ///< remainder with the sign of the dividend
    ELEMENTWISE_MOD,   ///< remainder with the sign of the divisor
    ELEMENTWISE_POW,
    ELEMENTWISE_MAX,
    ELEMENTWISE_MIN,
    ELEMENTWISE_PRELU,  ///< x >= 0 ? x : x * slope
    ELEMENTWISE_EQUAL,
    ELEMENTWISE_GREATER,
    ELEMENTWISE_GREATER_OR_EQUAL,
    ELEMENTWISE_LESS,
    ELEMENTWISE_LESS_OR_EQUAL,
    ELEMENTWISE_AND,
    ELEMENTWISE_OR,
    ELEMENTWISE_XOR,
} elementwise_t;

struct ElementwiseOperand {
    dtype_t dtype = DATA_TYPE_UNDEFINED;
    int exponent = 0;
    float scale = 1;  ///< inputs: DL_SCALE(exponent); output: DL_RESCALE(exponent)
    void *data = nullptr;
};

/**
 * The value of an output element is op(value of the operands), rounded once to the output's exponent and saturated.
 * int8 and int16 sums and differences are exact; Mul, Div, Pow and Mod are computed in float; comparisons compare
 * values, whatever the exponents.
 */
struct ElementwiseArgs {
    elementwise_t op = ELEMENTWISE_ADD;
    Broadcast walk;  ///< the kernel's units are those of this walk
    std::vector<ElementwiseOperand> in;
    ElementwiseOperand out;
};

BoundKernel<ElementwiseArgs> select_elementwise(ElementwiseArgs &args);

}  // namespace base
}  // namespace dl
