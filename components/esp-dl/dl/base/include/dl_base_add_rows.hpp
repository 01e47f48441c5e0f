/**
 * @file dl_base_add_rows.hpp
 * out = saturate(out + add), row by row, for int8 and int16 of one exponent. A convolution that has taken in the Add
 * behind it calls this for the rows that it has just computed.
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
    int out_pitch = 0;          ///< elements from the beginning of one row to that of the next
    int add_pitch = 0;
};

/** Choose the kernel. Its units are rows. */
BoundKernel<AddRowsArgs> select_add_rows(AddRowsArgs &args);

}  // namespace base
}  // namespace dl
