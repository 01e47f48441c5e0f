/**
 * @file report.hpp
 * What a run has made: noise to signal power per layer, distances of the outputs, costs, warnings, suggestions.
 */
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "passes/quantizer.hpp"
#include "report/cost.hpp"
#include "report/quality.hpp"
#include "report/suggest.hpp"
#include "report/verify.hpp"

namespace quantize {

struct LayerError {
    std::string name;
    double ratio;  ///< noise power / signal power
};

struct OutputError {
    std::string name;
    double cosine, l1, l2, chebyshev;
};

struct Report {
    std::vector<LayerError> graphwise;  ///< everything quantized: the layer's own output
    std::vector<LayerError> layerwise;  ///< only this layer quantized: the graph's outputs
    std::vector<OutputError> outputs;
    struct Layer {
        std::string name;
        int exponent;
        std::vector<double> histogram;  ///< of the float values, over [-limit, limit]
        double limit;
        double low, high;  ///< ends of the scale
    };
    std::vector<Layer> worst;
};

/** What is known of a run beside the noise of its layers. */
struct RunFacts {
    std::string model, target, observer, board;  ///< board: the one that times are predicted for
    int bits = 8;
    std::vector<std::pair<std::string, std::string>> options;  ///< that were given: name and value
    Quality quality;
    Cost cost;
    Verification verification;
    std::vector<PassGain> passes;
    std::vector<std::string> warnings;
    Suggestions suggestions;
};

std::vector<LayerError> worst_first(std::vector<LayerError> errors);
Report make_report(Quantizer &quantizer, const Samples &batches, const Progress &progress, bool layerwise);
/** The table of one analysis, worst first, with bars. */
std::string table_text(const std::vector<LayerError> &errors);
std::string report_json(const Report &report, const RunFacts &facts);
/** One page without any file beside it. */
std::string report_html(const Report &report, const RunFacts &facts);

}  // namespace quantize
