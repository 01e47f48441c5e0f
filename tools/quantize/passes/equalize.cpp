// Layerwise equalization: off unless asked for.

#include <algorithm>
#include <set>

#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

bool equalizable(const Op *op) {
    return op->is(operators::WEIGHTED);
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

/** Layers whose outputs may be scaled together with the inputs of those behind them. */
struct Pair {
    std::vector<Op *> up, down;
};

/** Collects the layers around relays: operators that scaling passes through. */
class Region {
public:
    Region(const Graph &graph, int level) : m_graph(graph), m_level(level) {}

    /** The region ends at a graph input or output, or takes in a constant: scaling would change what the network gives.
     */
    bool open = false;

    std::vector<Op *> collect(std::vector<Op *> from, bool downwards) {
        std::vector<Op *> found;
        std::set<Op *> seen;
        while (!from.empty()) {
            Op *op = from.back();
            from.pop_back();
            for (Op *next : downwards ? m_graph.consumers(op) : m_graph.producers(op)) {
                if (!seen.insert(next).second) {
                    continue;
                }
                if (!relays(next)) {
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
    }

private:
    bool relays(const Op *op) const {
        const bool sums = op->type == "Add" || op->type == "Sub";
        return op->is(operators::RELAY) || (sums && m_level >= 2);
    }

    const Graph &m_graph;
    int m_level;
};

std::vector<Pair> find_pairs(const Graph &graph, const Settings &settings) {
    const auto &layers = settings.equalization_layers;
    std::vector<Pair> pairs;
    std::set<Op *> visited;
    for (auto &entry : graph.ops) {
        Op *op = entry.get();
        if (!equalizable(op) || visited.count(op) ||
            (!layers.empty() && std::find(layers.begin(), layers.end(), op->name) == layers.end())) {
            continue;
        }
        Region region(graph, settings.equalization_level);
        region.open = graph.is_output(op->outputs[0]);
        Pair pair;
        pair.down = region.collect({op}, true);
        pair.up = region.collect(pair.down, false);
        for (Op *up : pair.up) {
            visited.insert(up);
            region.open = region.open || graph.is_output(up->outputs[0]);
        }
        const bool good = (!region.open || settings.reference_errors) && !pair.up.empty() && !pair.down.empty() &&
                          std::all_of(pair.up.begin(), pair.up.end(), equalizable) &&
                          std::all_of(pair.down.begin(), pair.down.end(), equalizable);
        if (good) {
            pairs.push_back(pair);
        }
    }
    return pairs;
}

void equalize_pair(const Pair &pair, const Settings &settings) {
    Tensor u, d;
    for (Op *op : pair.up) {
        Tensor most = by_output(op, op->inputs[1]->value).abs().amax(1);
        if (settings.equalization_bias && op->input(2)) {
            most = torch::maximum(most, op->inputs[2]->value.flatten().abs() * 0.5);
        }
        u = u.defined() ? torch::maximum(u, most) : most;
    }
    for (Op *op : pair.down) {
        const Tensor most = largest_by_input(op, op->inputs[1]->value);
        d = d.defined() ? torch::maximum(d, most) : most;
    }
    if (u.numel() != d.numel()) {
        return;
    }
    Tensor s = torch::clamp(1 / torch::sqrt(u / d), 0.1, 10);
    s = torch::where(u + d < settings.equalization_threshold, torch::ones_like(s), s);
    for (Op *op : pair.up) {
        scale_output(op, s);
    }
    for (Op *op : pair.down) {
        scale_input(op, s);
    }
}

}  // namespace

void Quantizer::equalize() {
    if (!m_settings.equalization) {
        return;
    }
    const std::vector<Pair> pairs = find_pairs(m_graph, m_settings);
    torch::NoGradGuard no_grad;
    for (int i = 0; i < m_settings.equalization_iterations; i++) {
        for (const Pair &pair : pairs) {
            equalize_pair(pair, m_settings);
        }
    }
}

}  // namespace quantize
