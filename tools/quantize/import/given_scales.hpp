/**
 * @file given_scales.hpp
 * Scales that somebody else has found: of QuantizeLinear and DequantizeLinear in an ONNX file (training with
 * quantization), or of the .json file of an earlier run.
 */
#pragma once

#include <map>
#include <string>

#include "graph/graph.hpp"

namespace quantize {

/** Which power of two becomes of a scale that is none. */
enum class ScaleRounding {
    UP,       ///< the one that holds all that the scale holds
    NEAREST,  ///< by the logarithm: finer, and up to 30 % of the range are cut off
};

/**
 * Takes QuantizeLinear and DequantizeLinear away, and notes their scales at the tensors. Integer weights become floats.
 * A zero point widens a scale to a symmetric one that holds the same range. Before infer_shapes(). Throws Error for
 * what is no pair, as integers that other operators read.
 * @return how many tensors have a scale now
 */
int take_qdq(Graph &graph, ScaleRounding rounding);

/** The scales of a .json file beside an .espdl file, by tensor: ours, or esp-ppq's. Throws Error. */
std::map<std::string, GivenScale> read_scales(const std::string &path);

}  // namespace quantize
