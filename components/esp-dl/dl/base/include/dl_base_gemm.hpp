/**
 * @file dl_base_gemm.hpp
 * The general matrix product Y[m,n] = alpha * sum over k of A[m,k] * B[k,n] + beta * C[m,n], for what is no plain fully
 * connected layer (those are 1x1 convolutions, see dl_base_conv.hpp): transposed A, scaled or two-dimensional C.
 */
#pragma once

#include <vector>

#include "dl_base_host_buffer.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct GemmArgs {
    dtype_t dtype = DATA_TYPE_INT8;  ///< of A, B, Y: int8, int16, float32
    int m = 0, n = 0, k = 0;
    int a_stride_m = 0, a_stride_k = 0;  ///< elements between neighbours of A
    int c_stride_m = 0, c_stride_n = 0;  ///< the same of bias, 0 where it repeats
    float alpha = 1, beta = 1;           ///< float32 only
    bool relu = false;
    std::vector<int> shifts;        ///< integers: right shift of each column
    std::vector<int64_t> bias;      ///< integers: C
    std::vector<float> bias_float;  ///< float32: C
    HostBuffer<uint8_t> weights;    ///< B as [n][k]
    int units = 0;                  ///< rows

    const void *input = nullptr;  ///< A, set by forward()
    void *output = nullptr;       ///< Y, set by forward()
};

BoundKernel<GemmArgs> select_gemm(GemmArgs &args);

}  // namespace base
}  // namespace dl
