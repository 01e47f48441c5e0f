/**
 * @file dl_base_insert_zeros.hpp
 * The first half of a transposed convolution: stride-1 zeros between neighbouring pixels, output_padding zeros after
 * the last one.
 */
#pragma once

#include <cstddef>

namespace dl {
namespace base {

struct InsertZerosArgs {
    int batch = 1;
    int in_h = 1, in_w = 1;
    int out_h = 1, out_w = 1;  ///< (in - 1) * stride + 1 + output_padding
    int stride_h = 1, stride_w = 1;
    size_t pixel_bytes = 0;
    const void *input = nullptr;
    void *output = nullptr;
};

/** Write output rows [begin, end) of batch * out_h. */
void insert_zeros(const InsertZerosArgs &args, int begin, int end);

}  // namespace base
}  // namespace dl
