#include "passes/blocks.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace quantize {

namespace {

std::map<Op *, int> depths(const std::vector<Op *> &order, const Graph &graph) {
    std::map<Op *, int> depth;
    for (Op *op : order) {
        int deepest = 0;
        for (Op *producer : graph.producers(op)) {
            deepest = std::max(deepest, depth[producer] + 1);
        }
        depth[op] = deepest;
    }
    return depth;
}

std::set<Op *> reachable(Op *from, const Graph &graph, bool downwards, Op *without = nullptr) {
    std::set<Op *> seen = {from};
    std::vector<Op *> open = {from};
    while (!open.empty()) {
        Op *op = open.back();
        open.pop_back();
        for (Op *next : downwards ? graph.consumers(op) : graph.producers(op)) {
            if (next != without && seen.insert(next).second) {
                open.push_back(next);
            }
        }
    }
    return seen;
}

/** The nearest operator with several producers that every path from `op` to an output passes. */
Op *meeting_point(Op *op, const Graph &graph, std::map<Op *, int> &depth) {
    std::vector<Op *> candidates;
    for (Op *next : reachable(op, graph, true)) {
        if (next != op && graph.producers(next).size() > 1) {
            candidates.push_back(next);
        }
    }
    std::sort(candidates.begin(), candidates.end(), [&](Op *a, Op *b) { return depth[a] < depth[b]; });
    for (Op *candidate : candidates) {
        const std::set<Op *> behind = reachable(candidate, graph, true);
        bool blocks = true;
        for (Op *other : reachable(op, graph, true, candidate)) {
            const std::vector<Op *> consumers = graph.consumers(other);
            blocks = blocks && !behind.count(other) && (other == op || !consumers.empty());
        }
        if (blocks) {
            return candidate;
        }
    }
    return nullptr;
}

}  // namespace

std::vector<Block> training_blocks(const Graph &graph, int size) {
    const std::vector<Op *> order = graph.execution_order();
    std::map<Op *, int> depth = depths(order, graph);
    std::set<Op *> visited;
    std::vector<Block> blocks;
    for (auto &entry : graph.ops) {
        Op *start = entry.get();
        if (!start->quantized || !start->is(operators::COMPUTING) || visited.count(start)) {
            continue;
        }
        Op *end = start;
        while (true) {
            const std::vector<Op *> consumers = graph.consumers(end);
            Op *next = nullptr;
            if (consumers.size() == 1) {
                int inputs = 0;
                for (Var *var : consumers[0]->inputs) {
                    inputs += var && !var->is_param;
                }
                next = inputs == 1 && graph.producers(consumers[0]).size() == 1 ? consumers[0] : nullptr;
            } else if (consumers.size() > 1) {
                next = meeting_point(end, graph, depth);
            }
            if (!next || depth[next] - depth[start] > size) {
                break;
            }
            end = next;
        }
        const std::set<Op *> below = reachable(start, graph, true), above = reachable(end, graph, false);
        Block block = {start, end, {}};
        for (Op *op : order) {
            if (below.count(op) && above.count(op)) {
                block.ops.push_back(op);
                visited.insert(op);
            }
        }
        blocks.push_back(block);
    }
    return blocks;
}

}  // namespace quantize
