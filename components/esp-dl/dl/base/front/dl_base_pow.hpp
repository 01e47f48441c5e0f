/**
 * @file dl_base_pow.hpp
 * output = input0 to the power of input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_pow(elemwiseArgsType<int8_t> *args);
void elemwise_pow(elemwiseArgsType<int16_t> *args);
void elemwise_pow(elemwiseArgsType<float> *args);

}  // namespace base
}  // namespace dl
