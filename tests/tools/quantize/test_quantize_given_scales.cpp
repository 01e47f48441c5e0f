// Scales that a file gives: of QuantizeLinear and DequantizeLinear, or of an earlier run.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

using Type = onnx::TensorProto;

void add_tensor(onnx::GraphProto *graph, const std::string &name, Type::DataType type, const std::vector<int64_t> &dims,
                const std::vector<double> &values) {
    Type *tensor = graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (int64_t dim : dims) {
        tensor->add_dims(dim);
    }
    for (double value : values) {
        if (type == Type::FLOAT) {
            tensor->add_float_data((float)value);
        } else {
            tensor->add_int32_data((int)value);
        }
    }
}

/** name -> QuantizeLinear -> DequantizeLinear -> to */
void add_pair(onnx::GraphProto *graph, const std::string &from, const std::string &to, double scale,
              Type::DataType type = Type::INT8, int zero = 0) {
    add_tensor(graph, to + "_scale", Type::FLOAT, {}, {scale});
    add_tensor(graph, to + "_zero", type, {}, {(double)zero});
    add_node(graph, "QuantizeLinear", {from, to + "_scale", to + "_zero"}, to + "_q");
    add_node(graph, "DequantizeLinear", {to + "_q", to + "_scale", to + "_zero"}, to);
}

/** input -> pair -> Conv of int8 weights -> Relu -> pair -> output */
onnx::ModelProto qdq_model(Type::DataType type = Type::INT8, int zero = 0) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 4, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_pair(graph, "input", "in", 0.02);
    std::vector<double> weights;
    for (float value : values(4 * 3 * 9, 127, 5)) {
        weights.push_back(std::round(value));
    }
    add_tensor(graph, "w", Type::INT8, {4, 3, 3, 3}, weights);
    add_tensor(graph, "w_scale", Type::FLOAT, {4}, {0.004, 0.0078125, 0.001, 0.003});
    add_tensor(graph, "w_zero", Type::INT8, {4}, {0, 0, 0, 0});
    add_int(add_node(graph, "DequantizeLinear", {"w", "w_scale", "w_zero"}, "weights"), "axis", 0);
    add_tensor(graph, "b", Type::INT32, {4}, {1000, -2000, 300, 0});
    add_tensor(graph, "b_scale", Type::FLOAT, {4}, {0.00008, 0.00015625, 0.00002, 0.00006});
    add_int(add_node(graph, "DequantizeLinear", {"b", "b_scale"}, "bias"), "axis", 0);
    add_ints(add_node(graph, "Conv", {"in", "weights", "bias"}, "conv"), "pads", {1, 1, 1, 1});
    add_node(graph, "Relu", {"conv"}, "relu");
    add_pair(graph, "relu", "output", 0.02, type, zero);
    return model;
}

class QuantizeGivenScales : public QuantizeTest {
protected:
    std::vector<int> exponents(const std::string &op, const std::string &var) {
        const auto json = nlohmann::json::parse(read(m_dir / "out.json"));
        const auto &record = json.at("configs").at(op).at(var);
        const auto &scale = json.at("values").at(std::to_string(record.at("dominator").get<int>())).at("scale");
        std::vector<int> list;
        for (const auto &one : scale.is_array() ? scale : nlohmann::json::array({scale})) {
            list.push_back((int)std::lround(std::log2(one.get<double>())));
        }
        return list;
    }
    using List = std::vector<int>;
};

TEST_F(QuantizeGivenScales, PairsGivePowersOfTwo) {
    write_model(qdq_model());
    for (const char *observer : {"minmax", "auto"}) {
        ASSERT_EQ(run(arguments(std::string("--observer ") + observer)).code, 0);
        EXPECT_EQ(exponents("/conv", "input"), List{-5});   // 2^-5.64, up
        EXPECT_EQ(exponents("/conv", "output"), List{-5});  // the name of the graph output is kept
        EXPECT_EQ(exponents("/conv", "weights"), (List{-7, -7, -9, -8}));
    }
    EXPECT_THAT(read(m_dir / "out.info"), Not(HasSubstr("QuantizeLinear")));
    ASSERT_EQ(run(arguments("--qdq-rounding nearest --test-input '" + (m_dir / "calib.npy") + "'")).code, 0);
    EXPECT_EQ(exponents("/conv", "input"), List{-6});
    EXPECT_EQ(exponents("/conv", "weights"), (List{-8, -7, -10, -8}));
    EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "'").code, 0);
    // Twice the bits keep the range.
    ASSERT_EQ(run(arguments("--bits 16")).code, 0);
    EXPECT_EQ(exponents("/conv", "input"), List{-13});
}

TEST_F(QuantizeGivenScales, OneScaleForAllChannelsIsTheLargest) {
    write_model(qdq_model());
    const Outcome made = run(arguments("--target esp32s3"));
    ASSERT_EQ(made.code, 0);
    EXPECT_THAT(made.error, HasSubstr("1 tensors have scales for each channel where the chip has one"));
    EXPECT_EQ(exponents("/conv", "weights"), List{-7});
}

TEST_F(QuantizeGivenScales, ZeroPointsWidenTheRange) {
    // 0 to 255 times 0.02 needs 2^-4.64 of a symmetric scale, -128 to 127 times 0.02 just 2^-5.64.
    write_model(qdq_model(Type::UINT8, 0));
    ASSERT_EQ(run(arguments()).code, 0);
    EXPECT_EQ(exponents("/conv", "output"), List{-4});
    write_model(qdq_model(Type::UINT8, 128));
    ASSERT_EQ(run(arguments()).code, 0);
    EXPECT_EQ(exponents("/conv", "output"), List{-5});
    write_model(qdq_model(Type::INT8, 127));
    ASSERT_EQ(run(arguments()).code, 0);
    EXPECT_EQ(exponents("/conv", "output"), List{-4});
}

TEST_F(QuantizeGivenScales, CheckTellsWhatBecomesOfPairs) {
    const Outcome checked = check(qdq_model());
    EXPECT_EQ(checked.code, 0) << checked.out;
    EXPECT_THAT(line_of(checked, "/in_q"), HasSubstr("its scale is taken"));
    EXPECT_THAT(line_of(checked, "/weights"), HasSubstr("its scale is taken"));
}

TEST_F(QuantizeGivenScales, WhatIsNoPairIsRefused) {
    auto refused = [&](const std::function<void(onnx::GraphProto *)> &add, const std::string &reason) {
        onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 3, 8, 8});
        add(model.mutable_graph());
        write_model(model);
        expect_refused(reason);
    };
    refused(
        [](auto *graph) {
            add_pair(graph, "input", "in", 0.02);
            add_node(graph, "Abs", {"in_q"}, "a");
            add_node(graph, "Add", {"in", "a"}, "output");
        },
        "node '/a' (Abs): it computes with integers");
    refused(
        [](auto *graph) {
            add_pair(graph, "input", "in", 0.02);
            add_node(graph, "Relu", {"in"}, "relu");
            add_pair(graph, "relu", "out", 0.02);
            graph->mutable_output(0)->set_name("out_q");
        },
        "node '/out_q' (QuantizeLinear): its integers are a graph output");
    refused(
        [](auto *graph) {
            add_tensor(graph, "s", Type::FLOAT, {}, {0.1});
            add_node(graph, "DequantizeLinear", {"input", "s"}, "output");
        },
        "comes from no QuantizeLinear");
    refused([](auto *graph) { add_pair(graph, "input", "output", 0); }, "a scale is not above 0");
    refused(
        [](auto *graph) {
            add_pair(graph, "input", "in", 0.02);
            add_tensor(graph, "s", Type::FLOAT, {}, {0.1});
            add_node(graph, "DequantizeLinear", {"in_q", "s", "in_zero"}, "b");
            add_node(graph, "Add", {"in", "b"}, "output");
        },
        "node '/b' (DequantizeLinear): its scale or zero point is not that of");
    refused(
        [](auto *graph) {
            add_node(graph, "QuantizeLinear", {"input", "input"}, "output");
        },
        "its scale is no constant");
    refused([](auto *graph) { add_pair(graph, "input", "output", 1e-30); }, "is none of a chip's");
    refused(
        [](auto *graph) {
            add_tensor(graph, "w", Type::INT8, {3}, {1, 2, 3});
            add_tensor(graph, "s", Type::FLOAT, {2}, {0.1, 0.2});
            add_int(add_node(graph, "DequantizeLinear", {"w", "s"}, "v"), "axis", 7);
            add_node(graph, "Add", {"input", "v"}, "output");
        },
        "node '/v' (DequantizeLinear): 2 scales do not suit its weights");
    refused(
        [](auto *graph) {
            add_pair(graph, "input", "in", 0.02);
            graph->mutable_node(1)->set_output(0, "");
            graph->mutable_node(1)->add_output("in");
            add_node(graph, "Relu", {"in"}, "output");
        },
        "node '/in' (DequantizeLinear): it has no output");
}

TEST_F(QuantizeGivenScales, ScalesOfAnEarlierRun) {
    write_model(small_model());
    ASSERT_EQ(run(arguments("--observer kl")).code, 0);
    const std::string scales = read(m_dir / "out.json");
    write_text("kl.json", scales);
    const std::string option = "--scales '" + (m_dir / "kl.json") + "'";
    write_calibration({4, 3, 8, 8}, 30);  // which would give quite other ones
    ASSERT_EQ(run(arguments("--observer minmax")).code, 0);
    EXPECT_NE(read(m_dir / "out.json"), scales);
    ASSERT_EQ(run(arguments("--observer minmax " + option)).code, 0);
    EXPECT_EQ(read(m_dir / "out.json"), scales);

    for (const char *ending : {"espdl", "info", "json", "toml"}) {
        std::filesystem::remove(m_dir / (std::string("out.") + ending));
    }
    write_model(qdq_model());
    write_calibration({4, 3, 8, 8});
    for (const auto &[text, reason] : {std::pair<std::string, const char *>("{", "is not the .json file"),
                                       {"[]", "is not the .json file"},
                                       {"{\"configs\": {}, \"values\": {}}", "holds no scale"},
                                       {"{\"configs\":{\"a\":{\"b\":{\"bit_width\":8,\"dominator\":1}}},\"values\":"
                                        "{\"1\":{\"scale\":-1}}}",
                                        "a scale of 'b' is not above 0"}}) {
        write_text("kl.json", text);
        expect_refused(reason, option);
    }
    write_text("kl.json",
               "{\"configs\":{\"a\":{\"b\":{\"bit_width\":8,\"dominator\":1}}},\"values\":{\"1\":{\"scale\":1}}}");
    expect_refused("--scales: none of the tensors is one of this network's", option);
    expect_refused("--scales: cannot read", "--scales nowhere.json");
}

}  // namespace
