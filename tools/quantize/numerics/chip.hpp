/**
 * @file chip.hpp
 * Operators that chips compute in float from integers: there the order of the operations decides about the last bit,
 * and a step of the output follows from it now and then.
 */
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

/**
 * What the chip makes of an operator's inputs, before the output is rounded.
 * @param table_step of the tables of 16 bits, as in Settings
 * @return nullopt: run_op()'s result is the chip's
 */
std::optional<std::vector<torch::Tensor>> compute_as_chip(const Op &op, const std::vector<torch::Tensor> &inputs,
                                                          Target target, int table_step);

/**
 * The step of a quantized operator's table of 16 bits.
 * @param wanted by the user; negative: as large as the results allow, which is 256 where the chip computes in float
 */
int step_of_table(const Op &op, int wanted);

}  // namespace quantize
