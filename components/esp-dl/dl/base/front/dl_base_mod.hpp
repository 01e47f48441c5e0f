/**
 * @file dl_base_mod.hpp
 * output = the remainder of input0 / input1, which has the sign of input0, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

/** T is int8_t, int16_t or float. */
template <typename T>
void elemwise_mod(elemwiseArgsType<T> *args);

}  // namespace base
}  // namespace dl
