/**
 * @file dl_base_greater.hpp
 * output = input0 > input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_greater(elemwiseArgsType<int8_t, bool> *args);
void elemwise_greater(elemwiseArgsType<int16_t, bool> *args);

}  // namespace base
}  // namespace dl
