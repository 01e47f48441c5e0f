// Channel splits: what the float network computes does not change.

#include <gtest/gtest.h>

#include "passes/rewrite.hpp"
#include "passes/split_channels.hpp"

using namespace quantize;

namespace {

using torch::Tensor;

/** input [1, 3, 6, 6] -> Conv -> PRelu -> depthwise Conv -> Relu -> MaxPool -> two Conv -> outputs */
std::unique_ptr<Graph> make_network() {
    torch::manual_seed(1);
    auto graph = std::make_unique<Graph>();
    Var *input = graph->new_var("input");
    input->shape = {1, 3, 6, 6};
    graph->inputs = {input};
    auto add = [&](const std::string &name, const std::string &type, std::vector<Var *> inputs) {
        Op *op = graph->new_op(name, type);
        op->inputs = std::move(inputs);
        op->outputs = {graph->new_var(name + "_out")};
        return op;
    };
    auto param = [&](const std::vector<int64_t> &shape) { return graph->new_param("", torch::randn(shape)); };
    Op *up = add("up", "Conv", {input, param({4, 3, 1, 1}), param({4})});
    Op *prelu = add("prelu", "PRelu", {up->outputs[0], param({4, 1, 1})});
    Op *depthwise = add("depthwise", "Conv", {prelu->outputs[0], param({4, 1, 3, 3}), param({4})});
    depthwise->attributes["group"] = static_cast<int64_t>(4);
    Op *relu = add("relu", "Relu", {depthwise->outputs[0]});
    Op *pool = add("pool", "MaxPool", {relu->outputs[0]});
    pool->attributes["kernel_shape"] = std::vector<int64_t>{2, 2};
    Op *first = add("first", "Conv", {pool->outputs[0], param({5, 4, 1, 1}), param({5})});
    Op *flat = add("flat", "Flatten", {pool->outputs[0]});
    Op *second = add("second", "Gemm", {flat->outputs[0], param({4 * 9, 2}), param({2})});
    graph->outputs = {first->outputs[0], second->outputs[0]};
    graph->refresh();
    infer_shapes(*graph);
    return graph;
}

std::vector<Tensor> float_outputs(const std::vector<ChannelSplit> &splits, const Tensor &input) {
    auto graph = make_network();
    Settings settings;
    settings.observer = "minmax";
    settings.calib_steps = 1;
    settings.channel_splits = splits;
    Quantizer quantizer(*graph, settings, [](const std::string &, double) {});
    quantizer.quantize(Samples(1, [&](size_t) { return Batch{input}; }));
    RunOptions in_float;
    in_float.enabled = [](const Op *, Record *) { return false; };
    const Values values = quantizer.executor().run(quantizer.feed({input}), in_float);
    return {values.at(graph->outputs[0]), values.at(graph->outputs[1])};
}

TEST(ChannelSplits, FloatNetworkStaysTheSame) {
    torch::manual_seed(2);
    const Tensor input = torch::randn({1, 3, 6, 6});
    const std::vector<Tensor> wanted = float_outputs({}, input);
    for (const bool weights : {false, true}) {
        // The second split is of a channel that the first has made.
        const std::vector<Tensor> got =
            float_outputs({{"up", {2, 0}, weights}, {"up", {4}, !weights}, {"up", {1, 5, 6}, weights}}, input);
        for (size_t i = 0; i < wanted.size(); i++) {
            ASSERT_EQ(got[i].sizes(), wanted[i].sizes());
            const double size = wanted[i].abs().max().item<double>();
            EXPECT_LT((got[i] - wanted[i]).abs().max().item<double>(), 1e-6 * size) << i << " " << weights;
        }
    }
}

TEST(ChannelSplits, WhatCannotBeSplitIsRefused) {
    const Tensor input = torch::randn({1, 3, 6, 6});
    for (const ChannelSplit &split :
         {ChannelSplit{"first", {0}, false}, ChannelSplit{"depthwise", {0}, false}, ChannelSplit{"none", {0}, false},
          ChannelSplit{"up", {4}, false}, ChannelSplit{"up", {-1}, false}}) {
        EXPECT_THROW(float_outputs({split}, input), Error) << split.layer;
    }
}

TEST(ChannelSplits, RegionsEndWhereChannelsMeet) {
    auto graph = make_network();
    auto find = [&](const std::string &name) {
        return std::find_if(graph->ops.begin(), graph->ops.end(), [&](const auto &op) { return op->name == name; })
            ->get();
    };
    const ChannelRegion region = find_region(*graph, find("up"), true);
    EXPECT_EQ(region.down.size(), 2u);
    EXPECT_EQ(region.between.size(), 5u);
    EXPECT_EQ(changed_by(*graph, {"up", {0}, false}).count("pool_out"), 1u);
    // A graph output on the way.
    graph->outputs.push_back(find("relu")->outputs[0]);
    EXPECT_TRUE(find_region(*graph, find("up"), true).down.empty());
    graph->outputs.pop_back();
    // No factor passes a Sigmoid, equal channels do.
    find("relu")->type = "Sigmoid";
    EXPECT_TRUE(find_region(*graph, find("up"), true).down.empty());
    EXPECT_EQ(find_region(*graph, find("up"), false).down.size(), 2u);
    // Scales from the file are those of the channels as they are.
    find("pool")->outputs[0]->given = GivenScale{{-4}, 8, -1};
    EXPECT_TRUE(find_region(*graph, find("up"), false).down.empty());
}

}  // namespace
