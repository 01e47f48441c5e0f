#include "report/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

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

struct Mean {
    double sum = 0;
    int64_t count = 0;
    void add(double value, int64_t weight) {
        sum += value * (double)weight;
        count += weight;
    }
    double value() const { return count ? sum / (double)count : 0; }
};

std::string escaped(const std::string &text) {
    std::string out;
    for (char c : text) {
        out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return out;
}

std::string percent(double ratio) {
    char text[32];
    snprintf(text, sizeof(text), "%.3f%%", 100 * ratio);
    return text;
}

std::vector<LayerError> worst_first(std::vector<LayerError> errors) {
    std::stable_sort(errors.begin(), errors.end(), [](const auto &a, const auto &b) { return a.ratio < b.ratio; });
    std::reverse(errors.begin(), errors.end());
    return errors;
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
        progress("error analysis", (double)b / (double)count);
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
            error.cosine += (norms > 0 ? (r * q).sum().item<double>() / norms : 1.0) / (double)count;
            error.l1 += (r - q).abs().mean().item<double>() / (double)count;
            error.l2 += (r - q).square().mean().sqrt().item<double>() / (double)count;
            error.chebyshev = std::max(error.chebyshev, (r - q).abs().max().item<double>());
        }
        for (size_t i = 0; layerwise && i < layers.size(); i++) {
            progress("layerwise error analysis", ((double)b + (double)i / (double)layers.size()) / (double)count);
            RunOptions one;
            one.enabled = [&](const Op *op, Record *) { return op == layers[i]; };
            one.only = &behind[i];
            const Values values = executor.run(real, one);
            for (Var *var : graph.outputs) {
                layer_error[layers[i]].add(noise_to_signal(values.at(var), real.at(var)), real.at(var).size(0));
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
    const Values real = executor.run(quantizer.feed(batches[0]), none);
    const std::vector<LayerError> sorted = worst_first(report.graphwise);
    for (size_t i = 0; i < std::min<size_t>(10, sorted.size()); i++) {
        for (Op *op : layers) {
            if (op->name != sorted[i].name || !op->out[0]->has_scale()) {
                continue;
            }
            const Tensor x = real.at(op->outputs[0]).to(torch::kFloat).flatten();
            const double limit = std::max(1e-9, x.abs().max().item<double>());
            const Tensor counts = torch::histc(x, 64, -limit, limit).to(torch::kDouble).contiguous();
            report.worst.push_back({op->name, op->out[0]->scale_exponents()[0],
                                    std::vector<double>(counts.data_ptr<double>(), counts.data_ptr<double>() + 64),
                                    limit});
        }
    }
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
        const int full = (int)std::nearbyint(20 * (error.ratio - low) / (high - low + 1e-7));
        std::string bar;
        for (int i = 0; i < full; i++) {
            bar += "\xe2\x96\x88";
        }
        text += error.name + ":" + std::string(width - error.name.size() - 1, ' ') + " | " + bar +
                std::string((size_t)(20 - full), ' ') + " | " + percent(error.ratio) + "\n";
    }
    return text;
}

std::string report_json(const Report &report) {
    using Json = nlohmann::ordered_json;
    auto layers = [](const std::vector<LayerError> &errors) {
        Json list = Json::array();
        for (const LayerError &error : worst_first(errors)) {
            list.push_back({{"layer", error.name}, {"noise_to_signal", error.ratio}});
        }
        return list;
    };
    Json outputs = Json::array();
    for (const OutputError &error : report.outputs) {
        outputs.push_back({{"output", error.name},
                           {"cosine", error.cosine},
                           {"l1", error.l1},
                           {"l2", error.l2},
                           {"chebyshev", error.chebyshev}});
    }
    return Json{{"graphwise", layers(report.graphwise)}, {"layerwise", layers(report.layerwise)}, {"outputs", outputs}}
               .dump(2) +
           "\n";
}

std::string report_html(const Report &report, const std::string &title) {
    std::string html =
        "<!doctype html><meta charset=utf-8><title>" + escaped(title) +
        "</title><style>body{font:14px sans-serif;margin:2em;max-width:70em}td,th{padding:2px 8px;text-align:left}"
        "td.n{text-align:right;font-variant-numeric:tabular-nums}rect{fill:#47a}svg{background:#f4f4f4}</style><h1>" +
        escaped(title) + "</h1>";
    auto bars = [&](const std::string &heading, const std::vector<LayerError> &errors) {
        if (errors.empty()) {
            return;
        }
        const std::vector<LayerError> sorted = worst_first(errors);
        const double most = std::max(1e-12, sorted[0].ratio);
        html += "<h2>" + heading + "</h2><table>";
        for (const LayerError &error : sorted) {
            html += "<tr><td>" + escaped(error.name) +
                    "<td><svg width=300 height=12><rect height=12 width=" + std::to_string(300 * error.ratio / most) +
                    " /></svg><td class=n>" + percent(error.ratio);
        }
        html += "</table>";
    };
    html += "<h2>Outputs</h2><table><tr><th>output<th>cosine<th>L1<th>L2<th>Chebyshev";
    for (const OutputError &error : report.outputs) {
        char text[160];
        snprintf(text, sizeof(text), "<td class=n>%.6f<td class=n>%.6g<td class=n>%.6g<td class=n>%.6g", error.cosine,
                 error.l1, error.l2, error.chebyshev);
        html += "<tr><td>" + escaped(error.name) + text;
    }
    html += "</table>";
    bars("Noise to signal, everything quantized", report.graphwise);
    bars("Noise to signal of the outputs, one layer quantized", report.layerwise);
    html +=
        "<h2>Values of the ten worst layers</h2><p>Float values of the first batch; the lines are the ends of the "
        "scale.</p>";
    for (const Report::Layer &layer : report.worst) {
        const double most = std::max(1.0, *std::max_element(layer.histogram.begin(), layer.histogram.end()));
        html += "<h3>" + escaped(layer.name) + ", scale 2^" + std::to_string(layer.exponent) +
                "</h3><svg width=640 height=100>";
        for (size_t i = 0; i < layer.histogram.size(); i++) {
            const double h = 98 * std::log1p(layer.histogram[i]) / std::log1p(most);
            html += "<rect x=" + std::to_string(i * 10) + " y=" + std::to_string(100 - h) +
                    " width=9 height=" + std::to_string(h) + " />";
        }
        for (double end : {-128.0, 127.0}) {
            const double x = 320 + 320 * end * std::ldexp(1.0, layer.exponent) / layer.limit;
            html += "<line stroke=#c00 x1=" + std::to_string(x) + " x2=" + std::to_string(x) + " y1=0 y2=100 />";
        }
        html += "</svg>";
    }
    return html + "\n";
}

}  // namespace quantize
