/**
 * @file suggest.hpp
 * What other options would give, each one tried and measured.
 */
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "export/exporter.hpp"
#include "report/cost.hpp"

namespace quantize {

/** What more a run with these options, too, gives and takes. */
struct Suggestion {
    std::string options;              ///< as on the command line
    std::vector<std::string> layers;  ///< that it computes in 16 bits
    double gain = 0;                  ///< dB, the mean over the outputs
    Cost cost;
};

/** What a layer gives if it alone is computed in 16 bits. */
struct LayerGain {
    std::string layer;
    double gain;  ///< dB, the mean over the outputs
};

struct Suggestions {
    std::vector<LayerGain> layers;  ///< all that were tried, best first
    std::vector<Suggestion> list;   ///< best first
};

/** What suggestions are made of: a run that has ended, and how to make others like it. */
struct SuggestionBase {
    Quantizer &quantizer;
    std::function<std::unique_ptr<Graph>()> make_graph;  ///< the float network again, simplified
    Samples calibration, measured;                       ///< measured: on which gains are measured
    ExportOptions exporting;
    Cost cost;          ///< of the run's file
    std::string board;  ///< for predicted times; "": none
};

/**
 * Try layers in 16 bits, with the scales that the run has found, and passes that the run did without. Gains are those
 * in front of bias correction and training, which are not repeated.
 * @param layers to try, in this order; those that have 16 bits are left out
 */
Suggestions suggest(const SuggestionBase &base, const std::vector<std::string> &layers, const Progress &progress);

/** One line: "--int16 '/head/conv3' gains 9.0 dB for 12.0 KB of file, 0.5 KB of RAM and 0.40 ms". */
std::string suggestion_text(const Suggestion &suggestion);

}  // namespace quantize
