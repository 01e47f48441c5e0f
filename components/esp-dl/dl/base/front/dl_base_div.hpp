/**
 * @file dl_base_div.hpp
 * output = input0 / input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

/** Return what get_elemwise_operation_args() returns. */
template <typename feature_t>
std::vector<elemwiseArgsType<feature_t>> get_elemwise_div_args(TensorBase *output, TensorBase *input0,
                                                               TensorBase *input1,
                                                               const runtime_mode_t runtime_mode = RUNTIME_MODE_AUTO) {
    return get_elemwise_operation_args<feature_t>(output, input0, input1, runtime_mode);
}

void elemwise_div(elemwiseArgsType<int8_t> *args);
void elemwise_div(elemwiseArgsType<int16_t> *args);
void elemwise_div(elemwiseArgsType<float> *args);

}  // namespace base
}  // namespace dl
