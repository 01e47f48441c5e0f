// Of the channel splits that may help, those that do.

#include <map>

#include "passes/meter.hpp"
#include "passes/split_channels.hpp"

namespace quantize {

namespace {

constexpr int MOST_TRIALS = 32;    // of one split more, each with the network quantized anew
constexpr int ROUNDS = 3;          // a channel that was split may be again
constexpr double WORTH_IT = 0.05;  // dB: a split costs the chip time

using MakeGraph = std::function<std::unique_ptr<Graph>()>;

/** The network quantized, and how near to float it is. */
struct Trial {
    std::unique_ptr<Graph> graph;
    std::unique_ptr<Quantizer> quantizer;
    double db = 0;

    Trial(const MakeGraph &make_graph, const Settings &settings, const Samples &calibration) : graph(make_graph()) {
        quantizer = std::make_unique<Quantizer>(*graph, settings, [](const std::string &, double) {});
        quantizer->quantize(calibration);
        db = Meter(*quantizer, calibration).measure();
    }
};

/** "'/conv1' 2 channels, '/conv4' 1 channel (weights)": a layer that was split twice is told of once. */
std::string text_of(const std::vector<ChannelSplit> &splits) {
    std::map<std::pair<std::string, bool>, size_t> counts;
    for (const ChannelSplit &split : splits) {
        counts[{split.layer, split.halves_weights}] += split.channels.size();
    }
    std::string text;
    for (const auto &[layer, count] : counts) {
        text += (text.empty() ? "'" : ", '") + layer.first + "' " + std::to_string(count) +
                (count == 1 ? " channel" : " channels") + (layer.second ? " (weights)" : "");
    }
    return text;
}

}  // namespace

ChosenSplits choose_splits(const MakeGraph &make_graph, const Settings &wanted, const Samples &calibration,
                           double most_channels, const Progress &progress) {
    Settings settings = wanted;
    settings.training.method.clear();
    settings.bias_correction = settings.measure_passes = false;
    settings.channel_splits.clear();
    progress("trying channel splits", 0);
    auto best = std::make_unique<Trial>(make_graph, settings, calibration);
    ChosenSplits chosen;
    chosen.before = chosen.after = best->db;
    bool again = true;
    for (int round = 0; round < ROUNDS && again; round++) {
        again = false;
        for (const ChannelSplit &split : split_candidates(*best->quantizer, calibration, most_channels)) {
            if (chosen.tried == MOST_TRIALS) {
                break;
            }
            progress("trying channel splits", static_cast<double>(chosen.tried) / MOST_TRIALS);
            // All scales but those that the split changes are known.
            Settings tried = settings;
            tried.channel_splits = chosen.splits;
            tried.channel_splits.push_back(split);
            tried.given_scales = best->quantizer->scales();
            for (const std::string &name : changed_by(*best->graph, split)) {
                tried.given_scales.erase(name);
            }
            chosen.tried++;
            std::unique_ptr<Trial> trial;
            try {
                trial = std::make_unique<Trial>(make_graph, tried, calibration);
            } catch (const Error &) {
                continue;  // a layer that a later pass has made
            }
            if (trial->db > best->db + WORTH_IT) {
                best = std::move(trial);
                chosen.splits = tried.channel_splits;
                again = true;
            }
        }
    }
    if (chosen.splits.empty()) {
        return chosen;
    }
    // With all scales chosen anew, as the run itself does it.
    settings.channel_splits = chosen.splits;
    const double all = Trial(make_graph, settings, calibration).db;
    if (all > chosen.before) {
        chosen.after = all;
        chosen.text = text_of(chosen.splits);
    } else {
        chosen.splits.clear();
    }
    return chosen;
}

}  // namespace quantize
