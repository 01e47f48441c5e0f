/**
 * @file report.hpp
 * How much noise quantization adds: noise to signal power per layer, and distances of the outputs.
 */
#pragma once

#include <string>
#include <vector>

#include "passes/quantizer.hpp"

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
    };
    std::vector<Layer> worst;
};

Report make_report(Quantizer &quantizer, const Samples &batches, const Progress &progress, bool layerwise);
/** The table of one analysis, worst first, with bars. */
std::string table_text(const std::vector<LayerError> &errors);
std::string report_json(const Report &report);
/** One page without any file beside it. */
std::string report_html(const Report &report, const std::string &title);

}  // namespace quantize
