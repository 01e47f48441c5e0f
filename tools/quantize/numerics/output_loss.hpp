/**
 * @file output_loss.hpp
 * How far an output is from that of the float network behind what firmware computes of it.
 */
#pragma once

#include "graph/output_loss.hpp"
#include "numerics/executor.hpp"

namespace quantize {

/**
 * What firmware computes of an output, with gradients. The axes stay, with fewer channels where a softmax's expectation
 * is asked for: box distances are such expectations (Li et al., "Generalized Focal Loss", 2020).
 */
torch::Tensor behind_output(const OutputLoss &loss, const torch::Tensor &value);

/** Sums of squares, behind the function and with each position's weight: tensors of one element. */
struct OutputPower {
    torch::Tensor signal;  ///< of the float network
    torch::Tensor noise;   ///< of the difference to it, with gradients
};

/**
 * @param place of an output that has a rule
 * @param noisy its quantized values; their type is that of the computation
 * @param real all outputs of the float network
 */
OutputPower output_power(const Graph &graph, size_t place, const torch::Tensor &noisy, const Values &real);

}  // namespace quantize
