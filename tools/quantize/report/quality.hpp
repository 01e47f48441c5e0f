/**
 * @file quality.hpp
 * How far the quantized network is from the float one, and what a user should know about it.
 */
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "passes/quantizer.hpp"

namespace quantize {

struct Quality {
    std::vector<std::pair<std::string, double>> outputs;  ///< name and signal to noise in dB
    std::vector<std::string> warnings;                    ///< each with a layer and what to do
};

/** Compares both networks on some samples. Before the export, which changes the graph. */
Quality assess(Quantizer &quantizer, const Samples &samples);

}  // namespace quantize
