// Passes that are off unless asked for: layerwise equalization, horizontal weight split, bias correction.

#include <algorithm>
#include <cmath>
#include <set>

#include "quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

bool equalizable(const Op *op) {
    return op->type == "Conv" || op->type == "Gemm" || op->type == "ConvTranspose";
}

/** Weights as [output channels, everything else] or [input channels, everything else], sharing memory with w. */
Tensor by_output(const Op *op, const Tensor &w) {
    if (op->type == "ConvTranspose") {
        const int64_t group = op->get<int64_t>("group", 1);
        Ints shape = {group, w.size(0) / group, w.size(1), -1};
        return w.reshape(shape).permute({0, 2, 1, 3}).reshape({group * w.size(1), -1});
    }
    const bool columns = op->type == "Gemm" && !op->get<int64_t>("transB", 0);
    return columns ? w.t() : w.reshape({w.size(0), -1});
}

Tensor largest_by_input(const Op *op, const Tensor &w) {
    if (op->type == "Gemm") {
        return (op->get<int64_t>("transB", 0) ? w.t() : w).abs().amax(1);
    }
    if (op->type == "ConvTranspose") {
        return w.reshape({w.size(0), -1}).abs().amax(1);
    }
    const int64_t group = op->get<int64_t>("group", 1);
    return w.reshape({group, w.size(0) / group, w.size(1), -1}).abs().amax({1, 3}).flatten();
}

void scale_output(Op *op, const Tensor &s) {
    Tensor &w = op->inputs[1]->value;
    Ints shape(w.dim(), 1);
    if (op->type == "ConvTranspose") {
        const int64_t group = op->get<int64_t>("group", 1);
        Ints grouped = w.sizes().vec();
        grouped.insert(grouped.begin(), group);
        grouped[1] /= group;
        shape.push_back(1);
        shape[0] = group;
        shape[2] = w.size(1);
        w = (w.reshape(grouped) * s.reshape(shape)).reshape(w.sizes());
    } else {
        shape[op->type == "Gemm" && !op->get<int64_t>("transB", 0) ? 1 : 0] = -1;
        w = w * s.reshape(shape);
    }
    if (op->input(2)) {
        op->inputs[2]->value = op->inputs[2]->value * s;
    }
}

void scale_input(Op *op, const Tensor &s) {
    Tensor &w = op->inputs[1]->value;
    Ints shape(w.dim(), 1);
    if (op->type == "Conv") {
        const int64_t group = op->get<int64_t>("group", 1);
        Ints grouped = w.sizes().vec();
        grouped.insert(grouped.begin(), group);
        grouped[1] /= group;
        Ints factor(w.dim() + 1, 1);
        factor[0] = group;
        factor[2] = w.size(1);
        w = (w.reshape(grouped) / s.reshape(factor)).reshape(w.sizes());
        return;
    }
    shape[op->type == "Gemm" && op->get<int64_t>("transB", 0) ? 1 : 0] = -1;
    w = w / s.reshape(shape);
}

}  // namespace

void Quantizer::equalize() {
    if (!m_settings.equalization) {
        return;
    }
    std::set<std::string> relays = {"Relu",        "MaxPool",           "GlobalMaxPool", "PRelu",
                                    "AveragePool", "GlobalAveragePool", "LeakyRelu",     "Identity"};
    if (m_settings.equalization_level >= 2) {
        relays.insert({"Add", "Sub"});
    }
    struct Pair {
        std::vector<Op *> up, down;
    };
    std::vector<Pair> pairs;
    std::set<Op *> visited;
    // The region ends at a graph input or output, or takes in a constant: scaling would change what the network gives.
    bool open = false;
    auto collect = [&](std::vector<Op *> from, bool downwards) {
        std::vector<Op *> found;
        std::set<Op *> seen;
        while (!from.empty()) {
            Op *op = from.back();
            from.pop_back();
            for (Op *next : downwards ? m_graph.consumers(op) : m_graph.producers(op)) {
                if (!seen.insert(next).second) {
                    continue;
                }
                if (!relays.count(next->type)) {
                    found.push_back(next);
                    continue;
                }
                for (Var *var : next->inputs) {
                    const bool slope = var && var->is_param && next->type == "PRelu";
                    open = open || (var && !var->source && !slope);
                }
                open = open || m_graph.is_output(next->outputs[0]);
                from.push_back(next);
            }
        }
        return found;
    };
    for (auto &entry : m_graph.ops) {
        Op *op = entry.get();
        const auto &layers = m_settings.equalization_layers;
        if (!equalizable(op) || visited.count(op) ||
            (!layers.empty() && std::find(layers.begin(), layers.end(), op->name) == layers.end())) {
            continue;
        }
        open = m_graph.is_output(op->outputs[0]);
        Pair pair;
        pair.down = collect({op}, true);
        pair.up = collect(pair.down, false);
        for (Op *up : pair.up) {
            visited.insert(up);
            open = open || m_graph.is_output(up->outputs[0]);
        }
        const bool good = (!open || m_settings.reference_errors) && !pair.up.empty() && !pair.down.empty() &&
                          std::all_of(pair.up.begin(), pair.up.end(), equalizable) &&
                          std::all_of(pair.down.begin(), pair.down.end(), equalizable);
        if (good) {
            pairs.push_back(pair);
        }
    }
    torch::NoGradGuard no_grad;
    for (int i = 0; i < m_settings.equalization_iterations; i++) {
        for (Pair &pair : pairs) {
            Tensor u, d;
            for (Op *op : pair.up) {
                Tensor most = by_output(op, op->inputs[1]->value).abs().amax(1);
                if (m_settings.equalization_bias && op->input(2)) {
                    most = torch::maximum(most, op->inputs[2]->value.flatten().abs() * 0.5);
                }
                u = u.defined() ? torch::maximum(u, most) : most;
            }
            for (Op *op : pair.down) {
                const Tensor most = largest_by_input(op, op->inputs[1]->value);
                d = d.defined() ? torch::maximum(d, most) : most;
            }
            if (u.numel() != d.numel()) {
                continue;
            }
            Tensor s = torch::clamp(1 / torch::sqrt(u / d), 0.1, 10);
            s = torch::where(u + d < m_settings.equalization_threshold, torch::ones_like(s), s);
            for (Op *op : pair.up) {
                scale_output(op, s);
            }
            for (Op *op : pair.down) {
                scale_input(op, s);
            }
        }
    }
}

void Quantizer::split_weights() {
    for (const std::string &name : m_settings.split_layers) {
        auto found =
            std::find_if(m_graph.ops.begin(), m_graph.ops.end(), [&](const auto &o) { return o->name == name; });
        if (found == m_graph.ops.end() || !(*found)->input(1) || !(*found)->input(1)->is_param) {
            throw Error("weight split: there is no operator '" + name + "' with constant weights");
        }
        Op *op = found->get();
        const Tensor w = op->inputs[1]->value, mask = (w.abs() > m_settings.split_threshold).to(w.scalar_type());
        if (!mask.any().item<bool>()) {
            continue;
        }
        const Tensor share = w / 2 * mask;
        op->inputs[1]->value = w - share;
        Op *clone = m_graph.new_op("", op->type);
        clone->attributes = op->attributes;
        clone->inputs = {op->inputs[0], m_graph.new_param("", share)};
        clone->quantized = op->quantized;
        clone->bits = op->bits;
        clone->bias_bits = op->bias_bits;
        clone->high_precision = op->high_precision;
        Op *add = m_graph.new_op("", "Add");
        add->quantized = op->quantized;
        add->bits = op->bits;
        add->bias_bits = op->bias_bits;
        add->high_precision = op->high_precision;
        add->outputs = {op->outputs[0]};
        op->outputs[0] = m_graph.new_var("");
        clone->outputs = {m_graph.new_var("")};
        add->inputs = {op->outputs[0], clone->outputs[0]};
        m_graph.refresh();
    }
}

namespace {

/** A stretch of the graph that is corrected at once. */
struct Block {
    Op *start, *end;
    std::vector<Op *> ops;  ///< in execution order
};

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

std::vector<Block> training_blocks(const Graph &graph, int size) {
    const std::vector<Op *> order = graph.execution_order();
    std::map<Op *, int> depth = depths(order, graph);
    std::set<Op *> visited;
    std::vector<Block> blocks;
    for (auto &entry : graph.ops) {
        Op *start = entry.get();
        if (!start->quantized || !start->computing() || visited.count(start)) {
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

}  // namespace

void Quantizer::correct_biases(const Samples &batches) {
    torch::NoGradGuard no_grad;
    RunOptions in_float, quantized;
    in_float.keep_all = quantized.keep_all = true;
    in_float.enabled = [](const Op *, Record *) { return false; };
    const std::vector<Block> blocks = training_blocks(m_graph, m_settings.bias_correction_block);
    for (size_t b = 0; b < blocks.size(); b++) {
        const Block &block = blocks[b];
        m_progress("bias correction", (double)b / (double)blocks.size());
        // What the block reads from outside: from the quantized graph; what it should give: from the float graph.
        std::vector<Values> feeds;
        std::vector<Tensor> goals;
        for (size_t i = 0; i < batches.size(); i++) {
            const Batch batch = batches[i];
            Values all = m_executor->run(feed(batch), quantized);
            Values inside;
            for (Op *op : block.ops) {
                for (Var *var : op->inputs) {
                    if (var && !var->is_param && all.count(var) &&
                        std::find(block.ops.begin(), block.ops.end(), var->source) == block.ops.end()) {
                        inside[var] = all[var];
                    }
                }
            }
            feeds.push_back(inside);
            goals.push_back(m_executor->run(feed(batch), in_float)[block.end->outputs[0]]);
        }
        RunOptions block_float = in_float, block_quantized = quantized;
        block_float.only = block_quantized.only = &block.ops;
        auto loss = [&] {
            double sum = 0;
            for (size_t i = 0; i < feeds.size(); i++) {
                const Tensor y = m_executor->run(feeds[i], block_quantized)[block.end->outputs[0]];
                sum += torch::mse_loss(y.to(torch::kFloat), goals[i].to(torch::kFloat)).item<double>();
            }
            return sum / (double)feeds.size();
        };
        const double before = loss();
        std::map<Op *, std::pair<Tensor, Tensor>> means;  // float, quantized
        auto add_mean = [&](const Values &values, bool quantized_side) {
            for (Op *op : block.ops) {
                if (!equalizable(op) || !op->input(2) || !op->input(2)->is_param) {
                    continue;
                }
                const Tensor y = values.at(op->outputs[0]);
                Ints axes;
                for (int64_t axis = 0; axis < y.dim(); axis++) {
                    if (op->type == "Gemm" ? axis == 0 : axis != 1) {
                        axes.push_back(axis);
                    }
                }
                Tensor &sum = quantized_side ? means[op].second : means[op].first;
                const Tensor mean = y.mean(axes) / (double)feeds.size();
                sum = sum.defined() ? sum + mean : mean;
            }
        };
        for (const Values &inside : feeds) {
            add_mean(m_executor->run(inside, block_float), false);
        }
        for (const Values &inside : feeds) {
            add_mean(m_executor->run(inside, block_quantized), true);
        }
        std::map<Op *, Tensor> saved;
        for (auto &[op, mean] : means) {
            saved[op] = op->inputs[2]->value;
            if (!op->inputs[2]->original.defined()) {
                op->inputs[2]->original = saved[op];
            }
            op->inputs[2]->value = saved[op] + (mean.first - mean.second).to(saved[op].scalar_type());
        }
        m_executor->refresh();
        if (loss() > before) {
            for (auto &[op, value] : saved) {
                op->inputs[2]->value = value;
            }
            m_executor->refresh();
        }
    }
}

}  // namespace quantize
