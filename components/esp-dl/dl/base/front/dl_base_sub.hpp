/**
 * @file dl_base_sub.hpp
 * output = input0 - input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_sub(elemwiseArgsType<int8_t> *args);
void elemwise_sub(elemwiseArgsType<int16_t> *args);
void elemwise_sub(elemwiseArgsType<float> *args);

}  // namespace base
}  // namespace dl
