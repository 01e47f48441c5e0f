/**
 * @file custom.hpp
 * Operators of the user's own: firmware registers a module for each, the quantizer knows what a declaration says.
 */
#pragma once

// Clang needs IValue whole before types.h.
#include <ATen/core/ivalue.h>
#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operators.hpp"

namespace quantize {

/** An operator as `--custom-op` declares it. */
struct CustomOp {
    /** What stands in for the module's computation here. */
    enum class Body {
        NONE,      ///< nothing was declared
        IDENTITY,  ///< the output is an input
        MODEL,     ///< an ONNX file computes it
        FUNCTION,  ///< a function in the model's own file computes it
        VALUES,    ///< recorded inputs and outputs: those of the nearest input are taken
    };
    /** How an output's shape follows. */
    struct Shape {
        int input = 0;                                ///< of which it is the shape, unless `sizes` says so
        std::optional<std::vector<int64_t>> sizes{};  ///< given
    };

    std::string text;          ///< the declaration, for messages
    std::string domain, type;  ///< of ONNX; the domain "" is any
    std::string name;          ///< that the file has, and that firmware registers a module for
    int bits = -1;             ///< 8, 16; 0: float; -1: as the network
    bool scale_of_input = false;
    std::optional<int> exponent;       ///< of all outputs
    bool quantized_constants = false;  ///< else constants stay floats
    operators::Layout layout = operators::Layout::PLAIN;
    std::vector<Shape> shapes;  ///< one for each output; empty: nothing is declared
    Body body = Body::NONE;
    std::string file;                            ///< of the body
    std::vector<torch::Tensor> inputs, outputs;  ///< recorded; the first axis are the samples
    operators::Operator row{};                   ///< what passes know of it; its name is this object's
};

}  // namespace quantize
