/**
 * @file dl_base_add.hpp
 * output = input0 + input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_add(elemwiseArgsType<int8_t> *args);
void elemwise_add(elemwiseArgsType<int16_t> *args);
void elemwise_add(elemwiseArgsType<float> *args);

}  // namespace base
}  // namespace dl
