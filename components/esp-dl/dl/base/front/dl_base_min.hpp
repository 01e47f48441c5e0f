/**
 * @file dl_base_min.hpp
 * output = the lesser of input0 and input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_min(elemwiseArgsType<int8_t> *args);
void elemwise_min(elemwiseArgsType<int16_t> *args);

}  // namespace base
}  // namespace dl
