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
/** 2^round(a), with the gradient of 2^a. */
torch::Tensor scale_of_exponent(const torch::Tensor &a);
/** The power of two that is nearest to a step, in logarithms, with the step's own gradient. */
torch::Tensor scale_of_step(const torch::Tensor &step);
/**
 * fake_quantize() at a scale, with gradients for x and for the scale: rounding passes them as they are, clipping
 * inside its range only.
 * @param scale one, or one for each channel
 */
torch::Tensor quantize_trained(const torch::Tensor &x, const torch::Tensor &scale, Record *record, Target target);
/** The record's scale, shaped to broadcast against x. */
torch::Tensor scale_of(const torch::Tensor &x, Record *record);

}  // namespace quantize
