#include "report/quality.hpp"

#include <algorithm>
#include <cmath>

#include "numerics/output_noise.hpp"
#include "passes/meter.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr size_t MOST_SAMPLES = 32;
constexpr size_t MOST_LAYERS = 3;       // of one kind of warning: the worst
constexpr double CLIPPED_LIMIT = 0.01;  // more of a tensor beyond its scale deserves a word
constexpr double POOR_16_BITS = 50;     // dB: what 8 bits can do, too

/** What is known of the tensor that a layer makes. */
struct Layer {
    double elements = 0, clipped = 0, lost = 0;
    double signal = 0, cut = 0;  ///< energy, and how much of it is beyond the scale
    bool has_value = false, is_kept = false, is_finite = true, varies = false;
    bool has_rule = false;  ///< an output whose function makes nothing of what is cut off

    double share() const { return elements > 0 ? clipped / elements : 0; }
};

void look_at(const Tensor &real, const Tensor &quantized, Record *record, Layer &layer) {
    const Tensor x = real.to(torch::kDouble).flatten(), q = quantized.to(torch::kDouble).flatten();
    layer.is_finite = layer.is_finite && torch::isfinite(q).all().item<bool>();
    layer.has_value = layer.has_value || x.abs().max().item<double>() > 0;
    layer.is_kept = layer.is_kept || q.nan_to_num().abs().max().item<double>() > 0;
    layer.varies = layer.varies || x.numel() < 2 || x.max().item<double>() > x.min().item<double>();
    if (!record || !record->has_scale() || record->scale_exponents().size() != 1) {
        return;
    }
    const double scale = std::ldexp(1.0, record->scale_exponents()[0]);
    const Tensor limited = torch::clamp(x, (record->qmin() - 0.5) * scale, (record->qmax() + 0.5) * scale);
    layer.elements += static_cast<double>(x.numel());
    layer.clipped += (limited != x).sum().item<double>();
    layer.signal += x.square().sum().item<double>();
    layer.cut += (x - limited).square().sum().item<double>();
}

std::string percent(double share) {
    char text[32];
    snprintf(text, sizeof(text), "%.1f %%", 100 * share);
    return text;
}

std::string about(const Op *op) {
    return "node '" + op->name + "' (" + op->type + "): ";
}

/** The layers that lose most of their energy beyond their scale. */
void warn_of_clipping(const std::vector<std::pair<Op *, Layer>> &layers, std::vector<std::string> &warnings) {
    std::vector<std::pair<double, std::string>> found;
    for (const auto &[op, layer] : layers) {
        if (layer.share() > CLIPPED_LIMIT && !layer.has_rule) {
            found.push_back({layer.cut / std::max(layer.signal, 1e-30),
                             about(op) + percent(layer.share()) +
                                 " of its output are beyond its scale: --observer minmax leaves none, or "
                                 "--scale '" +
                                 op->name + "'=2^" + std::to_string(op->out[0]->scale_exponents()[0] + 1)});
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    for (size_t i = 0; i < std::min(found.size(), MOST_LAYERS); i++) {
        warnings.push_back(found[i].second);
    }
    if (found.size() > MOST_LAYERS) {
        warnings.push_back(std::to_string(found.size() - MOST_LAYERS) + " more layers have more than " +
                           percent(CLIPPED_LIMIT) + " of their output beyond their scale");
    }
}

void warn_of_layers(const std::vector<std::pair<Op *, Layer>> &layers, std::vector<std::string> &warnings) {
    std::vector<std::string> lost, constant;
    for (const auto &[op, layer] : layers) {
        if (!layer.is_finite) {
            warnings.push_back(
                about(op) +
                "its output holds NaN or infinite values once everything is quantized: --int16 or --float "
                "for the layers before it");
            break;  // what reads them is not to blame
        }
        if (layer.has_value && !layer.is_kept) {
            lost.push_back(about(op) + "all of its output becomes 0 at its scale: --int16 '" + op->name +
                           "' keeps it, or --float");
        } else if (!layer.varies) {
            constant.push_back(about(op) +
                               "its output is the same everywhere for every sample (variance 0): is the calibration "
                               "set what the network was trained on?");
        }
    }
    for (auto *list : {&lost, &constant}) {
        warnings.insert(warnings.end(), list->begin(),
                        list->begin() + static_cast<int64_t>(std::min(list->size(), MOST_LAYERS)));
    }
}

LayerFacts facts_of(const Op &op, const Layer &layer) {
    LayerFacts facts = {op.name, op.type, op.quantized ? op.bits : 0, std::nullopt, std::nullopt, layer.share()};
    if (!op.out.empty() && op.out[0]->has_scale() && op.out[0]->state != State::FP32) {
        facts.exponent = op.out[0]->scale_exponents()[0];
    }
    if (op.is(operators::WEIGHTED) && op.quantized && op.in[1]->has_scale()) {
        const auto [least, most] =
            std::minmax_element(op.in[1]->scale_exponents().begin(), op.in[1]->scale_exponents().end());
        facts.weights = {*least, *most};
    }
    return facts;
}

std::string rule_of(const Graph &graph, const Var *output) {
    for (const auto &[place, loss] : graph.output_losses) {
        if (graph.outputs[place] == output) {
            return loss.text;
        }
    }
    return "";
}

}  // namespace

Quality assess(Quantizer &quantizer, const Samples &samples) {
    Graph &graph = quantizer.graph();
    RunOptions all, none;
    // 16 bits show what sums in float and tables add.
    all.exact = std::any_of(graph.ops.begin(), graph.ops.end(), [](const auto &op) { return op->bits == 16; });
    all.table_step = quantizer.settings().lut_step;
    all.keep_all = none.keep_all = true;
    none.enabled = [](const Op *, Record *) { return false; };
    std::vector<std::pair<Op *, Layer>> layers;
    for (Op *op : graph.execution_order()) {
        layers.push_back({op, {}});
        layers.back().second.has_rule = std::any_of(op->outputs.begin(), op->outputs.end(),
                                                    [&](const Var *var) { return !rule_of(graph, var).empty(); });
    }
    OutputNoise outputs;
    for (size_t sample : choose_samples(graph, samples.size(), MOST_SAMPLES)) {
        const Values feed = quantizer.feed(samples[sample]);
        const Values real = quantizer.executor().run(feed, none), noisy = quantizer.executor().run(feed, all);
        for (auto &[op, layer] : layers) {
            const Var *var = op->outputs.empty() ? nullptr : op->outputs[0];
            // An activation behind it cuts on purpose.
            const Op *reader = graph.only_consumer(op);
            const bool cut = reader && reader->is(operators::ACTIVATION) && op->is(operators::COMPUTING);
            if (!cut && var && real.at(var).is_floating_point() && real.at(var).numel()) {
                look_at(real.at(var), noisy.at(var), op->out.empty() ? nullptr : op->out[0], layer);
            } else {
                layer.varies = true;
            }
        }
        outputs.add(graph, real, noisy);
    }
    Quality quality;
    quality.mean = outputs.mean();
    double worst = INFINITY;
    for (const auto &[var, db, behind] : outputs.decibels()) {
        quality.outputs.push_back({var->name, db, behind, rule_of(graph, var)});
        worst = std::min(worst, quality.outputs.back().counted());
    }
    for (const auto &[op, layer] : layers) {
        quality.layers.push_back(facts_of(*op, layer));
    }
    warn_of_layers(layers, quality.warnings);
    warn_of_clipping(layers, quality.warnings);
    if (quantizer.settings().bits == 16 && worst < POOR_16_BITS) {
        const auto most = std::max_element(layers.begin(), layers.end(),
                                           [](const auto &a, const auto &b) { return a.second.cut < b.second.cut; });
        const bool cuts = most != layers.end() && most->second.cut > 0;
        char text[160];
        snprintf(text, sizeof(text), "16 bits give %.1f dB, which 8 bits may give, too", worst);
        quality.warnings.push_back(text + (cuts ? std::string(": layer '") + most->first->name +
                                                      "' loses most beyond its scale; --observer minmax"
                                                : ": --report shows which layer adds the noise"));
    }
    return quality;
}

}  // namespace quantize
