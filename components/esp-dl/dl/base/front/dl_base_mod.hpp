/**
 * @file dl_base_mod.hpp
 * output = remainder of input0 / input1 with the sign of input0, element by element (dl_base_elemwise.hpp).
 */
#pragma once

#include "dl_base.hpp"
#include "dl_base_elemwise.hpp"

namespace dl {
namespace base {

/** T: int8_t, int16_t, float. */
template <typename T>
void elemwise_mod(elemwiseArgsType<T> *args);

}  // namespace base
}  // namespace dl
