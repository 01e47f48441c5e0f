/**
 * @file quality.hpp
 * How far the quantized network is from the float one, and what a user should know about it.
 */
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "passes/quantizer.hpp"

namespace quantize {

/** A layer as it is quantized. */
struct LayerFacts {
    std::string name, type;
    int bits = 8;                                ///< 0: computed in float
    std::optional<int> exponent;                 ///< of its first output
    std::optional<std::pair<int, int>> weights;  ///< least and largest exponent of its weights
    double clipped = 0;                          ///< share of its output that is beyond its scale
};

struct Quality {
    std::vector<std::pair<std::string, double>> outputs;  ///< name and signal to noise in dB
    double mean = 0;                                      ///< over the outputs, in dB
    std::vector<LayerFacts> layers;                       ///< in order of execution
    std::vector<std::string> warnings;                    ///< each with a layer and what to do
};

/** Compares both networks on some samples. Before the export, which changes the graph. */
Quality assess(Quantizer &quantizer, const Samples &samples);

}  // namespace quantize
