/**
 * @file dl_base_dotprod.hpp
 * Products of vectors, and of a matrix with a vector.
 */
#pragma once

#include "dl_base.hpp"

namespace dl {
namespace base {

/**
 * Compute the sum of input0[i] * input1[i] over `length` elements. Of integers, *output_ptr is the exact sum divided by
 * 2^shift, rounded by the target's rule and saturated. Of floats, it is the sum in the order of the elements; `shift`
 * is ignored.
 */
void dotprod(int8_t *input0_ptr, int8_t *input1_ptr, int16_t *output_ptr, int length, int shift = 0);
void dotprod(int8_t *input0_ptr, int16_t *input1_ptr, int16_t *output_ptr, int length, int shift = 0);
void dotprod(int16_t *input0_ptr, int16_t *input1_ptr, int16_t *output_ptr, int length, int shift = 0);
void dotprod(float *input0_ptr, float *input1_ptr, float *output_ptr, int length, int shift = 0);

/**
 * Compute result[i] = dotprod(row i of the matrix, vector). A row has `cols` elements, and the next row follows at
 * once.
 */
template <typename TM, typename TV, typename TO>
void mat_vec_dotprod(TM *matrix, TV *vector, TO *result, int rows, int cols, int shift = 0) {
    for (int i = 0; i < rows; i++) {
        dotprod(matrix + static_cast<int64_t>(i) * cols, vector, result + i, cols, shift);
    }
}

}  // namespace base
}  // namespace dl
