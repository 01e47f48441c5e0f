/**
 * @file dl_base_matmul.hpp
 * Batched product of two variables: Y[b,m,n] = requantize(sum over k of A[b',m,k] * B[b'',k,n]), where b' and b''
 * follow ONNX broadcasting. A constant B is a convolution's weights instead, see dl_base_conv.hpp.
 */
#pragma once

#include <memory>
#include <vector>

#include "dl_base_conv.hpp"
#include "dl_base_kernel.hpp"
#include "dl_base_weights.hpp"

namespace dl {
namespace base {

struct MatmulArgs {
    dtype_t dtype = DATA_TYPE_INT8;  ///< of A, B and Y: int8, int16, float32
    int m = 0, n = 0, k = 0;
    std::vector<int> a_batch;                        ///< for each batch of Y the batch of A
    std::vector<int> b_batch;                        ///< for each batch of Y the batch of B
    weight_layout_t layout = WEIGHT_LAYOUT_BLOCKED;  ///< order of each batch of B
    int shift = 0;                                   ///< integers: right shift; negative: left
    bool relu = false;
    int units = 0;  ///< set by select_matmul()

    const void *a = nullptr;  ///< set by forward()
    const void *b = nullptr;  ///< set by forward()
    void *output = nullptr;   ///< set by forward()

    /**
     * For kernels that pack B when they run: a 1x1 convolution for each batch of B, which is its weights. Units are the
     * batches of B.
     */
    std::unique_ptr<ConvArgs[]> convs;
};

BoundKernel<MatmulArgs> select_matmul(MatmulArgs &args);

}  // namespace base
}  // namespace dl
