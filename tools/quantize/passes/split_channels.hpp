/**
 * @file split_channels.hpp
 * Channels with wide ranges become two with half the range each.
 */
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "passes/quantizer.hpp"

namespace quantize {

/** A layer, those behind it, and what lies between: operators that treat each channel alone. */
struct ChannelRegion {
    Op *up = nullptr;
    std::vector<Op *> between, down;
    std::vector<Var *> vars;  ///< that have the channels, in the order in which they were found
};

/**
 * The region behind a layer; one without `down` if the layer's channels cannot be split.
 * @param halves_values only operators through which a factor passes, too
 */
ChannelRegion find_region(const Graph &graph, Op *up, bool halves_values);

/** Names of the tensors whose ranges a split changes. */
std::set<std::string> changed_by(const Graph &graph, const ChannelSplit &split);

/** Splits that may halve the range of a tensor or of a layer's weights, the cheapest first. */
std::vector<ChannelSplit> split_candidates(Quantizer &quantizer, const Samples &samples, double most_channels);

/** What choose_splits() has found. */
struct ChosenSplits {
    std::vector<ChannelSplit> splits;
    int tried = 0;
    double before = 0, after = 0;  ///< signal to noise in dB on the calibration set
    std::string text;              ///< "'/conv1' 2 channels, '/conv4' 1 channel (weights)"
};

/**
 * Try splits one after the other, each with the network quantized anew, and keep those with which the outputs come
 * nearer to float.
 * @param make_graph the float network as the quantizer gets it
 * @param most_channels as a share of a layer's channels
 */
ChosenSplits choose_splits(const std::function<std::unique_ptr<Graph>()> &make_graph, const Settings &settings,
                           const Samples &calibration, double most_channels, const Progress &progress);

}  // namespace quantize
