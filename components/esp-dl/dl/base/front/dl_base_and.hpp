/**
 * @file dl_base_and.hpp
 * output = input0 && input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_and(elemwiseArgsType<int8_t> *args);
void elemwise_and(elemwiseArgsType<int16_t> *args);

}  // namespace base
}  // namespace dl
