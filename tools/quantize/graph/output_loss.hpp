/**
 * @file output_loss.hpp
 * What firmware computes of an output, and where an error of it counts.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace quantize {

/** An output as `--output-loss` describes it. */
struct OutputLoss {
    enum class Function {
        NONE,     ///< the values count as they are
        SIGMOID,  ///< of each value
        SOFTMAX,  ///< along the channels
    };

    std::string text;  ///< the option's argument, for messages and reports
    size_t rule = 0;   ///< its place among the arguments: outputs of one rule are measured as one
    Function function = Function::NONE;
    int64_t axis = 1;              ///< of the channels, in ONNX's order of axes
    int64_t group = 0;             ///< channels of one softmax; 0: all
    bool mean = false;             ///< the softmax's expectation over bins 0, 1, 2... is compared
    int64_t points = 0;            ///< channels of one point: x, y, and others through a sigmoid; 0: no points
    std::optional<size_t> weight;  ///< place of the output whose largest channel, through a sigmoid, is the weight
};

}  // namespace quantize
