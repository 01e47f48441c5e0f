// Channel splits: outlier channels twice, with half the values or half the weights.

#include "passes/split_channels.hpp"

#include <algorithm>
#include <cmath>

#include "passes/meter.hpp"

namespace quantize {

namespace {

using torch::Tensor;

bool has_constant_weights(const Op &op) {
    return op.input(1) && op.input(1)->is_param && (!op.input(2) || op.input(2)->is_param);
}

bool is_gemm(const Op &op) {
    return op.type == "Gemm" && has_constant_weights(op) && op.input(1)->value.dim() == 2 &&
           !op.get<int64_t>("transA", 0) && op.get<double>("alpha", 1.0) == 1.0 && op.get<double>("beta", 1.0) == 1.0 &&
           (!op.input(2) || op.input(2)->value.dim() == 1);
}

/** One whose outputs each have weights for every input. */
bool is_dense(const Op &op) {
    return is_gemm(op) || (op.type == "Conv" && has_constant_weights(op) && op.get<int64_t>("group", 1) == 1);
}

bool is_depthwise(const Op &op) {
    return op.type == "Conv" && has_constant_weights(op) && op.get<int64_t>("group", 1) > 1 &&
           op.get<int64_t>("group", 1) == op.input(1)->value.size(0) && op.input(1)->value.size(1) == 1;
}

int64_t output_axis(const Op &op) {
    return op.type == "Gemm" && !op.get<int64_t>("transB", 0) ? 1 : 0;
}

int64_t channels_of(const Op &op) {
    return op.input(1)->value.size(output_axis(op));
}

/** A slope for all channels, or one for each. */
bool is_prelu(const Op &op, int64_t channels) {
    const Var *slope = op.type == "PRelu" ? op.input(1) : nullptr;
    return slope && slope->is_param && (slope->value.numel() == 1 || slope->value.numel() == channels);
}

/** One that treats each channel alone and keeps their order. */
bool is_between(const Op &op, int64_t channels, bool halves_values) {
    if (is_depthwise(op)) {
        return channels_of(op) == channels;
    }
    if (op.type == "PRelu") {
        return is_prelu(op, channels);
    }
    if (op.type == "Flatten") {
        return op.get<int64_t>("axis", 1) == 1;
    }
    const bool one_tensor = std::all_of(op.inputs.begin() + 1, op.inputs.end(), [](const Var *var) {
        return !var || (var->is_param && var->value.numel() == 1);
    });
    const bool alone = op.is(operators::RELAY) || (op.is(operators::TABLE) && !halves_values);
    return !op.custom && alone && one_tensor && op.outputs.size() == 1;
}

/** The channels behind all others once more. */
Tensor with_copies(const Tensor &x, int64_t axis, const Tensor &channels) {
    return torch::cat({x, x.index_select(axis, channels)}, axis).contiguous();
}

/** The channels halved, and once more behind all others. */
Tensor with_halves(const Tensor &x, int64_t axis, const Tensor &channels) {
    Tensor halved = x.clone();
    halved.index_copy_(axis, channels, x.index_select(axis, channels) * 0.5);
    return with_copies(halved, axis, channels);
}

void set_value(Var *var, const Tensor &value) {
    var->value = value;
    var->shape = value.sizes().vec();
}

/** The features behind a Flatten that belong to channels. */
Tensor features_of(const Tensor &channels, int64_t each) {
    return (channels.unsqueeze(1) * each + torch::arange(each, torch::kLong)).flatten();
}

void split_region(const ChannelRegion &region, const ChannelSplit &split) {
    torch::NoGradGuard no_grad;
    const int64_t count = channels_of(*region.up);
    const Tensor channels = torch::tensor(split.channels, torch::kLong);
    auto values = [&](const Tensor &x, int64_t axis) {
        return split.halves_weights ? with_copies(x, axis, channels) : with_halves(x, axis, channels);
    };
    Op *up = region.up;
    set_value(up->inputs[1], values(up->inputs[1]->value, output_axis(*up)));
    if (up->input(2)) {
        set_value(up->inputs[2], values(up->inputs[2]->value.flatten(), 0));
    }
    for (Op *op : region.between) {
        if (is_depthwise(*op)) {
            set_value(op->inputs[1], with_copies(op->inputs[1]->value, 0, channels));
            op->attributes["group"] = op->inputs[1]->value.size(0);
            if (op->input(2)) {
                set_value(op->inputs[2], values(op->inputs[2]->value.flatten(), 0));
            }
        } else if (op->type == "PRelu" && op->inputs[1]->value.numel() > 1) {
            const Tensor slope = op->inputs[1]->value;
            std::vector<int64_t> shape = slope.sizes().vec();
            std::replace(shape.begin(), shape.end(), count, count + channels.numel());
            set_value(op->inputs[1], with_copies(slope.flatten(), 0, channels).reshape(shape));
        }
    }
    for (Op *op : region.down) {
        const int64_t axis = op->type == "Gemm" ? 1 - output_axis(*op) : 1;
        const Tensor features = features_of(channels, op->inputs[1]->value.size(axis) / count);
        set_value(op->inputs[1], split.halves_weights ? with_halves(op->inputs[1]->value, axis, features)
                                                      : with_copies(op->inputs[1]->value, axis, features));
    }
}

Op *find_op(const Graph &graph, const std::string &name) {
    const auto found =
        std::find_if(graph.ops.begin(), graph.ops.end(), [&](const auto &op) { return op->name == name; });
    return found == graph.ops.end() ? nullptr : found->get();
}

/** The largest of each channel. */
Tensor largest(const Tensor &x, int64_t axis) {
    return x.detach().abs().to(torch::kDouble).movedim(axis, 0).reshape({x.size(axis), -1}).amax(1);
}

/** Channels that alone keep a range from being half as wide: scales are powers of two. */
std::vector<int64_t> outliers(const Tensor &largest_of, int64_t most) {
    const double all = largest_of.max().item<double>();
    std::vector<int64_t> channels;
    if (!(all > 0) || !std::isfinite(all)) {
        return channels;
    }
    const double half = all / 2;
    for (int64_t c = 0; c < largest_of.numel(); c++) {
        if (largest_of[c].item<double>() > half) {
            channels.push_back(c);
        }
    }
    return static_cast<int64_t>(channels.size()) <= most ? channels : std::vector<int64_t>();
}

}  // namespace

ChannelRegion find_region(const Graph &graph, Op *up, bool halves_values) {
    ChannelRegion region;
    region.up = up;
    if (!is_dense(*up)) {
        return region;
    }
    const ChannelRegion none = region;
    const int64_t channels = channels_of(*up);
    auto is_fixed = [](const Op &op) {  // by scales from the file, which are those of the channels as they are
        auto given = [](const Var *var) { return var && var->given; };
        return std::any_of(op.inputs.begin(), op.inputs.end(), given) ||
               std::any_of(op.outputs.begin(), op.outputs.end(), given);
    };
    region.vars = {up->outputs[0]};
    for (size_t i = 0; i < region.vars.size(); i++) {
        const Var *var = region.vars[i];
        if (graph.is_output(var) || var->readers.empty()) {
            return none;
        }
        for (const auto &[reader, slot] : var->readers) {
            if (slot != 0 || is_fixed(*reader)) {
                return none;
            }
            const bool dense = is_dense(*reader);
            const int64_t inputs =
                dense ? reader->input(1)->value.size(reader->type == "Gemm" ? 1 - output_axis(*reader) : 1) : 0;
            if (dense && (reader->type == "Gemm" ? inputs % channels == 0 : inputs == channels)) {
                region.down.push_back(reader);
            } else if (!dense && is_between(*reader, channels, halves_values)) {
                region.between.push_back(reader);
                region.vars.push_back(reader->outputs[0]);
            } else {
                return none;
            }
        }
    }
    return is_fixed(*up) ? none : region;
}

std::set<std::string> changed_by(const Graph &graph, const ChannelSplit &split) {
    std::set<std::string> names;
    Op *up = find_op(graph, split.layer);
    const ChannelRegion region = up ? find_region(graph, up, !split.halves_weights) : ChannelRegion();
    for (const Var *var : region.vars) {
        names.insert(var->name);
    }
    std::vector<Op *> ops = region.between;
    ops.insert(ops.end(), region.down.begin(), region.down.end());
    ops.push_back(region.up);
    for (const Op *op : ops) {
        for (size_t i = 1; op && i < op->inputs.size(); i++) {
            names.insert(op->inputs[i] ? op->inputs[i]->name : "");
        }
    }
    return names;
}

void Quantizer::split_channels() {
    for (const ChannelSplit &split : m_settings.channel_splits) {
        Op *up = find_op(m_graph, split.layer);
        const ChannelRegion region = up ? find_region(m_graph, up, !split.halves_weights) : ChannelRegion();
        if (region.down.empty()) {
            throw Error("--split-channels: the channels of layer '" + split.layer + "' cannot be split");
        }
        const int64_t count = channels_of(*up);
        if (std::any_of(split.channels.begin(), split.channels.end(),
                        [&](int64_t channel) { return channel < 0 || channel >= count; })) {
            throw Error("--split-channels: layer '" + split.layer + "' has " + std::to_string(count) + " channels");
        }
        split_region(region, split);
    }
}

std::vector<ChannelSplit> split_candidates(Quantizer &quantizer, const Samples &samples, double most_channels) {
    const Graph &graph = quantizer.graph();
    // What each tensor holds, channel by channel.
    std::map<const Var *, Tensor> ranges;
    RunOptions in_float;
    in_float.keep_all = true;
    in_float.enabled = [](const Op *, Record *) { return false; };
    for (size_t i : choose_samples(graph, samples.size(), Meter::MOST_SAMPLES)) {
        for (const auto &[var, value] : quantizer.executor().run(quantizer.feed(samples[i]), in_float)) {
            if (value.is_floating_point() && value.dim() > 1) {
                Tensor &range = ranges[var];
                const Tensor one = largest(value, 1);
                range = range.defined() ? torch::maximum(range, one) : one;
            }
        }
    }
    std::vector<std::pair<double, ChannelSplit>> found;
    for (const Op *op : graph.execution_order()) {
        Op *up = find_op(graph, op->name);
        if (!op->quantized || op->bits != 8 || !is_dense(*op)) {
            continue;
        }
        const int64_t channels = channels_of(*op);
        const int64_t most = std::max<int64_t>(1, static_cast<int64_t>(most_channels * static_cast<double>(channels)));
        auto add = [&](const Tensor &range, bool halves_weights) {
            const ChannelSplit split = {op->name, outliers(range, most), halves_weights};
            const bool known = std::any_of(found.begin(), found.end(), [&](const auto &other) {
                return other.second.layer == split.layer && other.second.channels == split.channels &&
                       other.second.halves_weights == split.halves_weights;
            });
            if (!split.channels.empty() && channels > 1 && !known) {
                found.push_back({static_cast<double>(split.channels.size()) / static_cast<double>(channels), split});
            }
        };
        const ChannelRegion values = find_region(graph, up, true), weights = find_region(graph, up, false);
        for (const Var *var : values.down.empty() ? std::vector<Var *>() : values.vars) {
            const bool own_scale = !var->source->is(operators::PASSIVE) && var->source->type != "Flatten";
            if (own_scale && ranges.count(var) && ranges[var].numel() == channels) {
                add(ranges[var], false);
            }
        }
        if (!values.down.empty()) {
            add(largest(op->input(1)->value, output_axis(*op)), false);
        }
        for (const Op *down : weights.down) {
            const Tensor w = down->input(1)->value;
            const int64_t axis = down->type == "Gemm" ? 1 - output_axis(*down) : 1;
            add(largest(w, axis).reshape({channels, -1}).amax(1), true);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<ChannelSplit> candidates;
    for (const auto &entry : found) {
        candidates.push_back(entry.second);
    }
    return candidates;
}

}  // namespace quantize
