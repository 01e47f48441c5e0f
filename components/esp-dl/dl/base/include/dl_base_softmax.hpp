/**
 * @file dl_base_softmax.hpp
 * Softmax and LogSoftmax along one axis.
 */
#pragma once

#include <cstdint>
#include <memory>

#include "dl_base_copy.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct SoftmaxArgs {
    const void *src = nullptr;
    void *dst = nullptr;
    int64_t length = 1;  ///< elements of the axis
    int64_t inner = 1;   ///< elements from one element of the axis to the next
    bool is_log = false;
    CopyTypes types;
    bool subtract_max = true;  ///< set by the kernel's prepare(): computed from e^(x - max) instead of e^x
    /** e^(-k * 2^src_exponent), or e^((127 - k) * 2^src_exponent), k from 0 to 255; the optimized kernels of int16:
     * e^((32767 - k) * 2^src_exponent), k from 0 to 65535. Operations of the same exponent share it. */
    std::shared_ptr<const float[]> exp_table;
    int units = 0;  ///< rows along the axis
};

/**
 * Choose the kernel: exp(x - max) / sum, or, if is_log, x - max - log(sum), in float. The sum is formed in the order of
 * the axis. int8 has 256 values, so the exponentials come from a table.
 */
BoundKernel<SoftmaxArgs> select_softmax(SoftmaxArgs &args);

}  // namespace base
}  // namespace dl
