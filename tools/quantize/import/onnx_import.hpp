/**
 * @file onnx_import.hpp
 * Reads ONNX files.
 */
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.hpp"
#include "import/custom_ops.hpp"
#include "import/given_scales.hpp"

namespace quantize {

/** A node as the ONNX file has it. */
struct OnnxNode {
    std::string name, type;
    std::string problem;  ///< why it cannot be read; "" if it can
    std::shared_ptr<const CustomOp> custom{};
};

/** Sizes for the axes that a file leaves open, by input; "": of the only input. */
using InputShapes = std::map<std::string, std::vector<int64_t>>;

/**
 * From "INPUT=1x3x224x224" or, for the only input, "1x3x224x224". Throws Error.
 * @param option for messages
 */
InputShapes parse_input_shapes(const std::vector<std::string> &arguments, const std::string &option);

/** What of a file is read, and how. */
struct ImportOptions {
    InputShapes shapes;
    std::vector<std::string> outputs;  ///< tensors at which the network ends; empty: its own outputs
    ScaleRounding rounding = ScaleRounding::UP;
    CustomOps custom{};
};

/**
 * Read an ONNX file. An open first axis is a batch, and 1 unless `options` say otherwise. Throws Error.
 * @param nodes gets all nodes, also those that no output needs; what is wrong with one of them is then noted there and
 * not thrown
 */
std::unique_ptr<Graph> import_onnx(const std::string &path, const ImportOptions &options,
                                   std::vector<OnnxNode> *nodes = nullptr);

}  // namespace quantize
