/**
 * @file dl_pack_softmax.hpp
 * Which Softmax operations the vector kernels compute, and their tables.
 */
#pragma once

#include "dl_base_softmax_reference.hpp"

namespace dl {
namespace base {

/** Is this Softmax or LogSoftmax of int8 along the last axis, of at least 16 elements? */
bool is_s8_rows(const SoftmaxArgs &args);
/** Is this Softmax or LogSoftmax of int16 along the last axis, of a tensor that is large enough for a table of all
 * 65536 exponentials? */
bool is_s16_rows(const SoftmaxArgs &args);
/** The same along another axis, with at least 16 columns beside each other. */
bool is_s8_columns(const SoftmaxArgs &args);
bool is_s16_columns(const SoftmaxArgs &args);
/** Do what make_exp_table() does, and fill the table for all int16 values. @return true */
bool make_s16_exp_table(SoftmaxArgs &args);

}  // namespace base
}  // namespace dl
