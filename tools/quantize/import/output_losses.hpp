/**
 * @file output_losses.hpp
 * Reads what `--output-loss` says.
 */
#pragma once

#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

/**
 * Give a graph's outputs the rules that arguments of the form "NAME=RULE" have for them. NAME may hold one `*`. Shapes
 * are known. Throws Error for a rule that is none, and for an output that is not there or does not fit the rule.
 */
void take_output_losses(Graph &graph, const std::vector<std::string> &arguments);

}  // namespace quantize
