/**
 * @file rounding.hpp
 * Values on the grid that a record gives.
 */
#pragma once

#include "graph/graph.hpp"

namespace quantize {

/** Round by the target's rule: half to even on P4, half up elsewhere. */
torch::Tensor round_by(const torch::Tensor &x, Target target);
/** Integers of a tensor under a record, still as floats: clip(round(x / scale)). */
torch::Tensor quantize_values(const torch::Tensor &x, Record *record, Target target);
/** quantize_values() times the scale. */
torch::Tensor fake_quantize(const torch::Tensor &x, Record *record, Target target);
/** The record's scale, shaped to broadcast against x. */
torch::Tensor scale_of(const torch::Tensor &x, Record *record);

}  // namespace quantize
