/**
 * @file dl_base_xor.hpp
 * output = whether exactly one input is true, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

void elemwise_xor(elemwiseArgsType<int8_t> *args);
void elemwise_xor(elemwiseArgsType<int16_t> *args);

}  // namespace base
}  // namespace dl
