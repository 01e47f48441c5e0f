/**
 * @file check.hpp
 * What would become of a model, node by node.
 */
#pragma once

#include <string>
#include <vector>

#include "import/onnx_import.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

struct Verdict {
    enum Kind { SUPPORTED, REWRITTEN, UNSUPPORTED } kind;
    std::string node, type;
    std::string note;  ///< what it becomes, why not, what to do instead
};

struct CheckResult {
    std::vector<Verdict> nodes;  ///< in the file's order
    std::string problem;         ///< of the whole model; "" if there is none
    bool supported() const;
};

/**
 * Follow the model's nodes through every rewrite, compute each one, and if all of them can be computed quantize the
 * model with random values and run it as the chip would.
 */
CheckResult check_model(const std::string &path, const ImportOptions &importing, Settings settings);

/** Lines about nodes that the chip's library cannot compute, though they can be written. The graph was exported. */
std::vector<std::string> missing_in_library(const Graph &graph);

}  // namespace quantize
