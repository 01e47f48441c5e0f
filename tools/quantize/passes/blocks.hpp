/**
 * @file blocks.hpp
 * Stretches of the graph that are compared with the float network on their own.
 */
#pragma once

#include <vector>

#include "graph/graph.hpp"

namespace quantize {

struct Block {
    Op *start, *end;
    std::vector<Op *> ops;  ///< in execution order
};

/** One from each computing operator that is in no other one. @param size operators on the longest path, less one */
std::vector<Block> training_blocks(const Graph &graph, int size);

}  // namespace quantize
