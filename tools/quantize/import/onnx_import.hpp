/**
 * @file onnx_import.hpp
 * Reads ONNX files.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

/** A node as the ONNX file has it. */
struct OnnxNode {
    std::string name, type;
    std::string problem;  ///< why it cannot be read; "" if it can
};

/**
 * Read an ONNX file. Throws Error.
 * @param nodes gets all nodes, also those that no output needs; what is wrong with one of them is then noted there and
 * not thrown
 */
std::unique_ptr<Graph> import_onnx(const std::string &path, std::vector<OnnxNode> *nodes = nullptr);

}  // namespace quantize
