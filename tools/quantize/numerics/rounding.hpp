/**
 * @file rounding.hpp
 * Values on the grid that a record gives.
 */
#pragma once

#include "graph/graph.hpp"

namespace quantize {

/** Round by the target's rule: half to even on P4, half up elsewhere. */
torch::Tensor round_by(const torch::Tensor &x, Target target);
/** The value with the gradient of x: the straight-through estimator. */
torch::Tensor straight_through(const torch::Tensor &x, const torch::Tensor &value);
/** Integers of a tensor under a record, still as floats: clip(round(x / scale)). */
torch::Tensor quantize_values(const torch::Tensor &x, Record *record, Target target);
/** quantize_values() times the scale. */
torch::Tensor fake_quantize(const torch::Tensor &x, Record *record, Target target);
/**
 * fake_quantize() at the scale 2^round(a), with gradients for x and for a: rounding passes them as they are, clipping
 * inside its range only.
 * @param a one exponent, or one for each channel
 */
torch::Tensor quantize_trained(const torch::Tensor &x, const torch::Tensor &a, Record *record, Target target);
/** The record's scale, shaped to broadcast against x. */
torch::Tensor scale_of(const torch::Tensor &x, Record *record);

}  // namespace quantize
