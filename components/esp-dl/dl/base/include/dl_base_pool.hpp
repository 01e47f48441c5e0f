/**
 * @file dl_base_pool.hpp
 * MaxPool and AveragePool over NHWC (1-D: NWC, with h = 1).
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct PoolArgs {
    const void *src = nullptr;  ///< [n, h, w, c]
    void *dst = nullptr;        ///< [n, out_h, out_w, c]
    int n = 1, h = 1, w = 1, c = 1;
    int out_h = 1, out_w = 1;
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    bool count_include_pad = false;  ///< AveragePool: padding counts as elements of value 0
    dtype_t src_dtype = DATA_TYPE_INT8;
    dtype_t dst_dtype = DATA_TYPE_INT8;
    int src_exponent = 0;  ///< 0 for float
    int dst_exponent = 0;
    int units = 0;  ///< output rows: n * out_h
};

/**
 * The largest element of the window, without its padding, rescaled to the output. A window that lies in the padding
 * gives the lowest value of the input's type.
 */
BoundKernel<PoolArgs> select_max_pool(PoolArgs &args);

/**
 * round(float(sum) / count * 2^(src_exponent - dst_exponent)), in float. The count is that of the window's elements
 * inside the input, or inside the padded input. A window of no elements gives 0.
 */
BoundKernel<PoolArgs> select_average_pool(PoolArgs &args);

/** Taps of a window that lie inside [low, high): indices [first, last) of the kernel along one axis. */
inline void clip_taps(int start, int kernel, int dilation, int low, int high, int *first, int *last) {
    *first = start >= low ? 0 : (low - start + dilation - 1) / dilation;
    *last = start >= high ? 0 : (high - start + dilation - 1) / dilation;
    *last = *last < kernel ? *last : kernel;
    *first = *first < *last ? *first : *last;
}

}  // namespace base
}  // namespace dl
