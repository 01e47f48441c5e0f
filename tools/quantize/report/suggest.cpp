#include "report/suggest.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "passes/meter.hpp"

namespace quantize {

namespace {

constexpr double WORTH_A_LINE = 0.5;                  // dB
constexpr size_t MOST_LAYERS = 3;                     // that are suggested
constexpr int64_t MOST_CORRECTED = INT64_C(1) << 31;  // elements that bias correction computes: a minute or two

/** The network quantized once more with other settings. */
class Trial {
public:
    Trial(const SuggestionBase &base, const Settings &settings)
        : m_base(base),
          m_graph(base.make_graph()),
          m_quantizer(*m_graph, settings, [](const std::string &, double) {}) {
        m_quantizer.quantize(base.calibration);
    }
    double quality() { return Meter(m_quantizer, m_base.measured).measure(); }
    /** What it takes more than the base. The network cannot be measured any more. */
    Cost cost() {
        Exporter exporter(m_quantizer, m_base.exporting);
        exporter.prepare();
        return measure_cost(exporter.espdl(TestValues::NONE), exporter.key(), m_base.board) - m_base.cost;
    }

private:
    const SuggestionBase &m_base;
    std::unique_ptr<Graph> m_graph;
    Quantizer m_quantizer;
};

/** The run's settings without what takes long: the scales are those that it has found. */
Settings quick(const SuggestionBase &base) {
    Settings settings = base.quantizer.settings();
    settings.given_scales = base.quantizer.scales();
    settings.observer = "minmax";  // of the few tensors that have no scale yet
    settings.training.method.clear();
    settings.bias_correction = settings.measure_passes = false;
    return settings;
}

Settings with_layers(Settings settings, const std::vector<std::string> &layers) {
    for (const std::string &layer : layers) {
        settings.dispatch[layer] = 16;
    }
    return settings;
}

std::string int16_option(const std::vector<std::string> &layers) {
    std::string text = "--int16";
    for (const std::string &layer : layers) {
        text += " '" + layer + "'";
    }
    return text;
}

/** The best layers, alone and together. */
void suggest_layers(const SuggestionBase &base, double before, Suggestions &found) {
    std::vector<std::string> best;
    for (const LayerGain &layer : found.layers) {
        if (layer.gain >= WORTH_A_LINE && best.size() < MOST_LAYERS) {
            best.push_back(layer.layer);
        }
    }
    for (size_t i = 0; i < best.size(); i++) {
        Trial trial(base, with_layers(quick(base), {best[i]}));
        found.list.push_back({int16_option({best[i]}), {best[i]}, found.layers[i].gain, trial.cost()});
    }
    if (best.size() > 1) {
        Trial trial(base, with_layers(quick(base), best));
        const double gain = trial.quality() - before;
        if (gain >= found.layers[0].gain + WORTH_A_LINE) {
            found.list.push_back({int16_option(best), best, gain, trial.cost()});
        }
    }
}

/** Passes that cost the chip nothing. */
void suggest_passes(const SuggestionBase &base, double before, Suggestions &found) {
    const Settings &used = base.quantizer.settings();
    auto add = [&](const std::string &option, const Settings &settings) {
        const double gain = Trial(base, settings).quality() - before;
        if (gain >= WORTH_A_LINE) {
            found.list.push_back({option, {}, gain, Cost()});
            found.list.back().cost.ms = base.cost.ms ? std::optional<double>(0) : std::nullopt;
        }
    };
    if (!used.equalization) {
        Settings settings = quick(base);
        settings.given_scales = used.given_scales;
        settings.observer = used.observer;
        settings.equalization = true;
        add("--equalize", settings);
    }
    int64_t elements = 0, layers = 0;
    for (const auto &op : base.quantizer.graph().ops) {
        layers += op->quantized && op->is(operators::COMPUTING);
        for (const Var *output : op->outputs) {
            int64_t count = 1;
            for (int64_t size : output ? output->shape : std::vector<int64_t>{0}) {
                count *= size;
            }
            elements += count;
        }
    }
    const double computed = 2.0 * static_cast<double>(elements) * static_cast<double>(layers) *
                            static_cast<double>(base.calibration.size());
    if (!used.bias_correction && used.training.method.empty() && computed < static_cast<double>(MOST_CORRECTED)) {
        Settings settings = quick(base);
        settings.bias_correction = true;
        add("--bias-correction", settings);
    }
}

std::string kilobytes(int64_t bytes) {
    char text[32];
    snprintf(text, sizeof(text), "%.1f KB", static_cast<double>(bytes) / 1024);
    return text;
}

}  // namespace

Suggestions suggest(const SuggestionBase &base, const std::vector<std::string> &layers, const Progress &progress) {
    Suggestions found;
    std::set<std::string> eight;
    for (const auto &op : base.quantizer.graph().ops) {
        if (op->quantized && op->bits == 8) {
            eight.insert(op->name);
        }
    }
    const double before = Trial(base, quick(base)).quality();
    for (size_t i = 0; i < layers.size(); i++) {
        progress("trying layers in 16 bits", static_cast<double>(i) / static_cast<double>(layers.size()));
        try {
            if (eight.count(layers[i])) {
                Trial trial(base, with_layers(quick(base), {layers[i]}));
                found.layers.push_back({layers[i], trial.quality() - before});
            }
        } catch (const Error &) {
            // A layer that a pass has made has no name that an option could give.
        }
    }
    std::stable_sort(found.layers.begin(), found.layers.end(),
                     [](const LayerGain &a, const LayerGain &b) { return a.gain > b.gain; });
    progress("trying passes", -1);
    suggest_layers(base, before, found);
    suggest_passes(base, before, found);
    std::stable_sort(found.list.begin(), found.list.end(),
                     [](const Suggestion &a, const Suggestion &b) { return a.gain > b.gain; });
    return found;
}

std::string suggestion_text(const Suggestion &suggestion) {
    char gain[32], ms[48] = "";
    snprintf(gain, sizeof(gain), "%.1f dB", suggestion.gain);
    if (suggestion.cost.ms) {
        snprintf(ms, sizeof(ms), " and %.2f ms", *suggestion.cost.ms);
    }
    return suggestion.options + " gains " + gain + " for " + kilobytes(suggestion.cost.file) + " of file" +
           (*ms ? ", " : " and ") + kilobytes(suggestion.cost.arena) + " of RAM" + ms;
}

}  // namespace quantize
