/**
 * @file dl_base_add_rows.hpp
 * out = saturate(out + add), row by row: what a convolution does that has taken in the Add behind it, on rows that it
 * has just computed. int8 and int16, all of one exponent.
 */
#pragma once

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct AddRowsArgs {
    dtype_t dtype = DATA_TYPE_INT8;
    void *out = nullptr;        ///< first element of row 0
    const void *add = nullptr;  ///< the same
    int columns = 0;            ///< elements of a row
    int out_pitch = 0;          ///< elements from one row to the next
    int add_pitch = 0;
};

/** The units of the kernel are rows. */
BoundKernel<AddRowsArgs> select_add_rows(AddRowsArgs &args);

}  // namespace base
}  // namespace dl
