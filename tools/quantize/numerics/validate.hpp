/**
 * @file validate.hpp
 * What ONNX demands of a node.
 */
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace quantize {

/** A node that is no valid ONNX, or asks for what nothing here computes; what() names node, attribute, needed and had.
 */
struct InvalidNode : Error {
    using Error::Error;
};

/** Throws InvalidNode. Inputs that are left out are undefined tensors. */
void validate(const Op &op, const std::vector<torch::Tensor> &inputs);

}  // namespace quantize
