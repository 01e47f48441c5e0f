/**
 * @file dl_base_or.hpp
 * output = input0 || input1, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_or(elemwiseArgsType<int8_t> *args);
void elemwise_or(elemwiseArgsType<int16_t> *args);

}  // namespace base
}  // namespace dl
