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

/** Signal to noise of an output in dB. */
struct OutputFacts {
    std::string name;
    double db = 0;
    std::optional<double> behind;  ///< behind the function that `rule` describes
    std::string rule;              ///< as --output-loss gives it; "": none

    /** What counts: behind the function, if there is one. */
    double counted() const { return behind.value_or(db); }
};

struct Quality {
    std::vector<OutputFacts> outputs;
    double mean = 0;                    ///< over the outputs, in dB; behind the functions, those of one rule as one
    std::vector<LayerFacts> layers;     ///< in order of execution
    std::vector<std::string> warnings;  ///< each with a layer and what to do
};

/** Compares both networks on some samples. Before the export, which changes the graph. */
Quality assess(Quantizer &quantizer, const Samples &samples);

}  // namespace quantize
