#include "report/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "numerics/output_loss.hpp"

namespace quantize {

namespace {

using torch::Tensor;

// The reference samples the same elements everywhere: a linear congruential generator from this seed.
constexpr uint32_t SEED = 10086;
constexpr int SAMPLES = 4096;
constexpr size_t MOST_BATCHES = 9;

Tensor sampled(const Tensor &x) {
    const Tensor rows = x.to(torch::kFloat).contiguous().reshape({x.size(0), -1});
    const int64_t n = rows.size(1);
    std::vector<int64_t> index(SAMPLES);
    uint32_t seed = SEED;
    for (int64_t &i : index) {
        i = seed % n;
        seed = 0x343FDu * seed + 0x269EC3u;
    }
    return rows.index_select(1, torch::tensor(index, torch::kLong));
}

double noise_to_signal(const Tensor &noisy, const Tensor &real) {
    const Tensor a = noisy.to(torch::kFloat).reshape({noisy.size(0), -1});
    const Tensor b = real.to(torch::kFloat).reshape({real.size(0), -1});
    const Tensor ratio = (a - b).square().sum(1) / (b.square().sum(1) + 1e-7);
    return ratio.mean().item<double>();
}

/** Behind the function of an output that has a rule. */
double output_error(const Graph &graph, size_t place, const Values &noisy, const Values &real) {
    const Var *output = graph.outputs[place];
    if (!graph.output_losses.count(place)) {
        return noise_to_signal(noisy.at(output), real.at(output));
    }
    const OutputPower power = output_power(graph, place, noisy.at(output).to(torch::kDouble), real);
    return power.noise.item<double>() / (power.signal.item<double>() + 1e-20);
}

struct Mean {
    double sum = 0;
    int64_t count = 0;
    void add(double value, int64_t weight) {
        sum += value * static_cast<double>(weight);
        count += weight;
    }
    double value() const { return count ? sum / static_cast<double>(count) : 0; }
};

std::string percent(double ratio) {
    char text[32];
    snprintf(text, sizeof(text), "%.3f%%", 100 * ratio);
    return text;
}

/** `start` and what depends on it, in the order of execution. */
std::vector<Op *> from_here_on(const std::vector<Op *> &order, Op *start) {
    std::set<const Var *> changed;
    std::vector<Op *> ops;
    for (Op *op : order) {
        if (op == start ||
            std::any_of(op->inputs.begin(), op->inputs.end(), [&](const Var *var) { return changed.count(var) > 0; })) {
            ops.push_back(op);
            changed.insert(op->outputs.begin(), op->outputs.end());
            changed.erase(nullptr);
        }
    }
    return ops;
}

}  // namespace

std::vector<LayerError> worst_first(std::vector<LayerError> errors) {
    std::stable_sort(errors.begin(), errors.end(), [](const auto &a, const auto &b) { return a.ratio < b.ratio; });
    std::reverse(errors.begin(), errors.end());
    return errors;
}

namespace {

/** The layers with the most noise, and what they give in float. */
std::vector<Report::Layer> worst_layers(Quantizer &quantizer, const Batch &batch,
                                        const std::vector<LayerError> &errors) {
    RunOptions none;
    none.keep_all = true;
    none.enabled = [](const Op *, Record *) { return false; };
    std::vector<Report::Layer> worst;
    const Values real = quantizer.executor().run(quantizer.feed(batch), none);
    const std::vector<LayerError> sorted = worst_first(errors);
    for (size_t i = 0; i < std::min<size_t>(10, sorted.size()); i++) {
        for (const auto &op : quantizer.graph().ops) {
            if (op->name != sorted[i].name || !op->out[0]->has_scale()) {
                continue;
            }
            const Tensor x = real.at(op->outputs[0]).to(torch::kFloat).flatten();
            const double scale = std::ldexp(1.0, op->out[0]->scale_exponents()[0]);
            const double limit = std::max(1e-9, x.abs().max().item<double>());
            const Tensor counts = torch::histc(x, 64, -limit, limit).to(torch::kDouble).contiguous();
            worst.push_back({op->name, op->out[0]->scale_exponents()[0],
                             std::vector<double>(counts.data_ptr<double>(), counts.data_ptr<double>() + 64), limit,
                             op->out[0]->qmin() * scale, op->out[0]->qmax() * scale});
        }
    }
    return worst;
}

}  // namespace

Report make_report(Quantizer &quantizer, const Samples &batches, const Progress &progress, bool layerwise) {
    Graph &graph = quantizer.graph();
    Executor &executor = quantizer.executor();
    std::vector<Op *> layers;
    for (auto &op : graph.ops) {
        if (op->quantized && op->is(operators::COMPUTING)) {
            layers.push_back(op.get());
        }
    }
    std::vector<std::vector<Op *>> behind;  // with one layer quantized, all others compute what they do in float
    for (size_t i = 0; layerwise && i < layers.size(); i++) {
        behind.push_back(from_here_on(graph.execution_order(), layers[i]));
    }
    std::map<Op *, Mean> graph_error, layer_error;
    std::map<Var *, OutputError> outputs;
    RunOptions all, none;
    all.keep_all = none.keep_all = true;
    none.enabled = [](const Op *, Record *) { return false; };
    const size_t count = std::min(batches.size(), MOST_BATCHES);
    for (size_t b = 0; b < count; b++) {
        progress("error analysis", static_cast<double>(b) / static_cast<double>(count));
        const Values feed = quantizer.feed(batches[b]);
        const Values real = executor.run(feed, none), noisy = executor.run(feed, all);
        for (Op *op : layers) {
            const Tensor &r = real.at(op->outputs[0]);
            graph_error[op].add(noise_to_signal(sampled(noisy.at(op->outputs[0])), sampled(r)), r.size(0));
        }
        for (Var *var : graph.outputs) {
            const Tensor r = real.at(var).to(torch::kDouble).flatten(), q = noisy.at(var).to(torch::kDouble).flatten();
            OutputError &error = outputs[var];
            error.name = var->name;
            const double norms = (r.norm() * q.norm()).item<double>();
            error.cosine += (norms > 0 ? (r * q).sum().item<double>() / norms : 1.0) / static_cast<double>(count);
            error.l1 += (r - q).abs().mean().item<double>() / static_cast<double>(count);
            error.l2 += (r - q).square().mean().sqrt().item<double>() / static_cast<double>(count);
            error.chebyshev = std::max(error.chebyshev, (r - q).abs().max().item<double>());
        }
        for (size_t i = 0; layerwise && i < layers.size(); i++) {
            progress("layerwise error analysis",
                     (static_cast<double>(b) + static_cast<double>(i) / static_cast<double>(layers.size())) /
                         static_cast<double>(count));
            RunOptions one;
            one.enabled = [&](const Op *op, Record *) { return op == layers[i]; };
            one.only = &behind[i];
            const Values values = executor.run(real, one);
            for (size_t place = 0; place < graph.outputs.size(); place++) {
                layer_error[layers[i]].add(output_error(graph, place, values, real),
                                           real.at(graph.outputs[place]).size(0));
            }
        }
    }
    Report report;
    for (Op *op : layers) {
        report.graphwise.push_back({op->name, graph_error[op].value()});
        if (layerwise) {
            report.layerwise.push_back({op->name, layer_error[op].value()});
        }
    }
    for (Var *var : graph.outputs) {
        report.outputs.push_back(outputs[var]);
    }
    report.worst = worst_layers(quantizer, batches[0], report.graphwise);
    return report;
}

std::string table_text(const std::vector<LayerError> &errors) {
    if (errors.empty()) {
        return "";
    }
    const std::vector<LayerError> sorted = worst_first(errors);
    size_t width = 0;
    double low = sorted.back().ratio, high = sorted.front().ratio;
    for (const LayerError &error : sorted) {
        width = std::max(width, error.name.size() + 1);
    }
    std::string text = "Layer" + std::string(width > 5 ? width - 5 : 0, ' ') + " | NOISE:SIGNAL POWER RATIO \n";
    for (const LayerError &error : sorted) {
        const int full = static_cast<int>(std::nearbyint(20 * (error.ratio - low) / (high - low + 1e-7)));
        std::string bar;
        for (int i = 0; i < full; i++) {
            bar += "\xe2\x96\x88";
        }
        text += error.name + ":" + std::string(width - error.name.size() - 1, ' ') + " | " + bar +
                std::string(static_cast<size_t>(20 - full), ' ') + " | " + percent(error.ratio) + "\n";
    }
    return text;
}

}  // namespace quantize
