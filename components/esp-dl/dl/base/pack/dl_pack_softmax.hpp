/**
 * @file dl_pack_softmax.hpp
 * Which Softmax the vector kernels do, and their tables.
 */
#pragma once

#include "dl_base_softmax_reference.hpp"

namespace dl {
namespace base {

/** Softmax along the last axis of int8, of at least 16 elements. */
bool is_s8_rows(const SoftmaxArgs &args);
/** The same for int16, of a tensor that is worth a table of all 65536 exponentials. */
bool is_s16_rows(const SoftmaxArgs &args);
/** make_exp_table(), with the table for all int16. */
bool make_s16_exp_table(SoftmaxArgs &args);

}  // namespace base
}  // namespace dl
