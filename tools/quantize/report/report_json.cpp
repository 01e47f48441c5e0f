// report.json: all that is known of a run, for programs.

#include <cmath>
#include <nlohmann/json.hpp>

#include "report/report.hpp"

namespace quantize {

namespace {

using Json = nlohmann::ordered_json;

/** null: not known, not finite. */
template <typename T>
Json maybe(const std::optional<T> &value) {
    return value ? Json(*value) : Json();
}

Json describe_outputs(const Report &report, const Quality &quality) {
    Json outputs = Json::array();
    auto finite = [](double db) { return std::isfinite(db) ? Json(db) : Json(); };
    for (const auto &[name, db, behind, rule] : quality.outputs) {
        Json output = {{"output", name}, {"db", finite(db)}};
        if (behind) {
            output.update(Json{{"behind_db", finite(*behind)}, {"rule", rule}});
        }
        for (const OutputError &error : report.outputs) {
            if (error.name == name) {
                output.update(
                    Json{{"cosine", error.cosine}, {"l1", error.l1}, {"l2", error.l2}, {"chebyshev", error.chebyshev}});
            }
        }
        outputs.push_back(output);
    }
    return outputs;
}

Json describe_errors(const std::vector<LayerError> &errors) {
    Json list = Json::array();
    for (const LayerError &error : worst_first(errors)) {
        list.push_back({{"layer", error.name}, {"noise_to_signal", error.ratio}});
    }
    return list;
}

Json describe_layers(const std::vector<LayerFacts> &layers) {
    Json list = Json::array();
    for (const LayerFacts &layer : layers) {
        list.push_back({{"layer", layer.name},
                        {"type", layer.type},
                        {"bits", layer.bits},
                        {"exponent", maybe(layer.exponent)},
                        {"weights", layer.weights ? Json{layer.weights->first, layer.weights->second} : Json()},
                        {"clipped", layer.clipped}});
    }
    return list;
}

/** How many of each type have 8 and 16 bits, and compute in float. */
Json describe_operators(const std::vector<LayerFacts> &layers) {
    std::map<std::string, std::map<std::string, int>> counts;
    for (const LayerFacts &layer : layers) {
        counts[layer.type][layer.bits ? std::to_string(layer.bits) : "float"]++;
    }
    return counts;
}

Json describe_cost(const Cost &cost) {
    return {{"file_bytes", cost.file}, {"ram_bytes", cost.arena}, {"predicted_ms", maybe(cost.ms)}};
}

}  // namespace

std::string report_json(const Report &report, const RunFacts &facts) {
    Json json = {{"model", facts.model}, {"target", facts.target}, {"bits", facts.bits}, {"observer", facts.observer}};
    json["options"] = Json::object();
    for (const auto &[name, value] : facts.options) {
        json["options"][name] = value;
    }
    json["signal_to_noise_db"] = facts.quality.mean;
    json["outputs"] = describe_outputs(report, facts.quality);
    json["cost"] = describe_cost(facts.cost);
    json["board"] = facts.board;
    json["verified"] = {{"works", facts.verification.works()}, {"text", facts.verification.text}};
    json["warnings"] = facts.warnings;
    json["passes"] = Json::array();
    for (const PassGain &pass : facts.passes) {
        json["passes"].push_back({{"pass", pass.pass},
                                  {"details", pass.details},
                                  {"before_db", pass.before},
                                  {"after_db", pass.after},
                                  {"samples", pass.samples}});
    }
    json["suggestions"] = Json::array();
    for (const Suggestion &suggestion : facts.suggestions.list) {
        Json entry = {{"options", suggestion.options}, {"gain_db", suggestion.gain}};
        entry.update(describe_cost(suggestion.cost));
        json["suggestions"].push_back(entry);
    }
    json["int16_gains"] = Json::array();
    for (const LayerGain &layer : facts.suggestions.layers) {
        json["int16_gains"].push_back({{"layer", layer.layer}, {"gain_db", layer.gain}});
    }
    json["operators"] = describe_operators(facts.quality.layers);
    json["layers"] = describe_layers(facts.quality.layers);
    json["graphwise"] = describe_errors(report.graphwise);
    json["layerwise"] = describe_errors(report.layerwise);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quantize
