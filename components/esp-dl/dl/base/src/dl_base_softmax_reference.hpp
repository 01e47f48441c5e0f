/**
 * @file dl_base_softmax_reference.hpp
 * The tables of exponentials and the logarithm, which the vector kernels share with the reference kernel.
 */
#pragma once

#include "dl_base_softmax.hpp"

namespace dl {
namespace base {

/** Set args.subtract_max, and for int8 fill args.exp_table: every Softmax kernel needs this. @return true */
bool make_exp_table(SoftmaxArgs &args);

/** Fill args.exp_table for inputs of type In: int8_t or int16_t. */
template <typename In>
void fill_exp_table(SoftmaxArgs &args);

/** The logarithm of a row's sum: one function for all kernels, since another one's last bit could differ. */
float softmax_log(float sum);

}  // namespace base
}  // namespace dl
