// espdl quantize --split-channels: outlier channels become two with half the values or half the weights.

#include <random>

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

/** Numbers without any pattern: sums of a sine's values nearly cancel. */
std::vector<float> noise(size_t count, float size, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<float> result(count);
    for (float &value : result) {
        value = size * ((float)(random() >> 8) / (float)(1 << 23) - 1);
    }
    return result;
}

/** Constant weights of which one channel along an axis is larger by a factor. */
onnx::TensorProto *add_weights(onnx::GraphProto *graph, const std::string &name, const std::vector<int64_t> &dims,
                               float size, int axis = 0, int64_t channel = 0, float factor = 1) {
    onnx::TensorProto *tensor = graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    int64_t count = 1, inner = 1;
    for (size_t i = 0; i < dims.size(); i++) {
        tensor->add_dims(dims[i]);
        count *= dims[i];
        inner *= i > (size_t)axis ? dims[i] : 1;
    }
    int64_t place = 0;
    for (float value : noise((size_t)count, size, (unsigned)graph->initializer_size())) {
        const bool larger = place++ / inner % dims[(size_t)axis] == channel;
        tensor->add_float_data(larger ? value * factor : value);
    }
    return tensor;
}

/** input -> Conv with an outlier at its output -> Relu -> depthwise Conv -> Conv that makes the outlier small again */
onnx::ModelProto outlier_model() {
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 6, 6, 6});
    onnx::GraphProto *graph = model.mutable_graph();
    add_weights(graph, "w", {32, 8, 1, 1}, 0.5f, 0, 5, 12.0f);
    add_weights(graph, "b", {32}, 0.2f, 0, 5, 12.0f);
    add_weights(graph, "w_depthwise", {32, 1, 3, 3}, 0.5f);
    add_weights(graph, "b_depthwise", {32}, 0.1f);
    onnx::TensorProto *last = add_weights(graph, "w_last", {6, 32, 1, 1}, 0.5f);
    for (int i = 5; i < last->float_data_size(); i += 32) {
        last->set_float_data(i, i / 32 % 2 ? 0.03125f : -0.03125f);  // which 8 bits hold exactly
    }
    add_node(graph, "Conv", {"input", "w", "b"}, "conv");
    add_node(graph, "Relu", {"conv"}, "relu");
    onnx::NodeProto *depthwise = add_node(graph, "Conv", {"relu", "w_depthwise", "b_depthwise"}, "depthwise");
    add_ints(depthwise, "pads", {1, 1, 1, 1});
    add_int(depthwise, "group", 32);
    add_node(graph, "Conv", {"depthwise", "w_last"}, "output");
    return model;
}

struct Result {
    double before = 0, after = 0;
    std::string out;
};

class QuantizeSplitTest : public QuantizeTest {
protected:
    void write_noise() {
        const std::vector<float> data = noise(8 * 8 * 36, 2.0f, 0);
        std::string error;
        ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {8, 8, 6, 6}, data.data(), error))
            << error;
    }
    Result split(const std::string &more) {
        std::string command = arguments("--split-channels --observer minmax " + more);
        command.erase(command.find("--quiet"), 7);
        const Outcome made = run(command);
        EXPECT_EQ(made.code, 0) << made.error;
        Result result;
        result.out = made.out;
        const size_t at = made.out.find(" dB before, ");
        EXPECT_NE(at, std::string::npos) << made.out;
        if (at != std::string::npos) {
            const size_t number = made.out.rfind(' ', at - 1);
            result.before = std::stod(made.out.substr(number));
            result.after = std::stod(made.out.substr(at + 12));
        }
        return result;
    }
};

TEST_F(QuantizeSplitTest, OutlierOfTheActivations) {
    write_model(outlier_model());
    write_noise();
    for (const char *target : {"esp32p4", "esp32s3", "c"}) {
        const Result result = split(std::string("--target ") + target);
        EXPECT_GT(result.after, result.before + 3) << target << "\n" << result.out;
        EXPECT_THAT(result.out, HasSubstr("channel splits: '/conv' ")) << target;
        EXPECT_THAT(result.out, HasSubstr("verified for "));
    }
}

TEST_F(QuantizeSplitTest, OutlierOfTheWeightsBehind) {
    // Sigmoid keeps what a factor does not pass.
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 6, 6, 6});
    onnx::GraphProto *graph = model.mutable_graph();
    add_weights(graph, "w", {32, 8, 1, 1}, 0.5f);
    add_weights(graph, "w_last", {6, 32, 1, 1}, 0.1f, 1, 7, 15.0f);
    add_node(graph, "Conv", {"input", "w"}, "conv");
    add_node(graph, "Sigmoid", {"conv"}, "sigmoid");
    add_node(graph, "Conv", {"sigmoid", "w_last"}, "output");
    write_model(model);
    write_noise();
    const Result result = split("--target esp32s3");
    EXPECT_GT(result.after, result.before + 1) << result.out;
    EXPECT_THAT(result.out, HasSubstr("'/conv' "));
    EXPECT_THAT(result.out, HasSubstr("(weights)"));
}

TEST_F(QuantizeSplitTest, ThroughPoolAndFlattenToAGemm) {
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 5});
    onnx::GraphProto *graph = model.mutable_graph();
    add_weights(graph, "w", {32, 8, 1, 1}, 0.5f, 0, 9, 12.0f);
    add_weights(graph, "slope", {32, 1, 1}, 0.3f);
    onnx::TensorProto *gemm = add_weights(graph, "w_gemm", {32 * 9, 5}, 0.2f);
    for (int i = 9 * 9 * 5; i < 10 * 9 * 5; i++) {
        gemm->set_float_data(i, gemm->float_data(i) / 12);
    }
    add_node(graph, "Conv", {"input", "w"}, "conv");
    add_node(graph, "PRelu", {"conv", "slope"}, "prelu");
    onnx::NodeProto *pool = add_node(graph, "AveragePool", {"prelu"}, "pool");
    add_ints(pool, "kernel_shape", {2, 2});
    add_ints(pool, "strides", {2, 2});
    add_node(graph, "Flatten", {"pool"}, "flat");
    add_node(graph, "Gemm", {"flat", "w_gemm"}, "output");
    write_model(model);
    write_noise();
    const Result result = split("");
    EXPECT_GT(result.after, result.before + 1) << result.out;
}

/** What is no better is left as it is: the same graph as without the option. */
TEST_F(QuantizeSplitTest, NothingIsSplitWithoutAGain) {
    write_model(small_model());
    auto graph_text = [&] {
        const std::string text = read(m_dir / "out.info");
        return text.substr(text.find("\ngraph "));
    };
    ASSERT_EQ(run(arguments("--observer minmax")).code, 0);
    const std::string before = graph_text();
    const Result result = split("");
    EXPECT_THAT(result.out, HasSubstr("none is better"));
    EXPECT_EQ(result.after, result.before);
    EXPECT_EQ(graph_text(), before);
    // Layers whose output is a graph output, or is read by what mixes channels, are not tried.
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 8, 6, 6});
    onnx::GraphProto *graph = model.mutable_graph();
    add_weights(graph, "w", {8, 8, 1, 1}, 0.5f, 0, 2, 12.0f);
    add_node(graph, "Conv", {"input", "w"}, "conv");
    add_node(graph, "Add", {"conv", "input"}, "output");
    write_model(model);
    write_calibration({4, 8, 6, 6});
    EXPECT_THAT(split("").out, HasSubstr("channel splits: 0 tried, none is better, "));
}

TEST_F(QuantizeSplitTest, ConfigAndReport) {
    write_model(outlier_model());
    write_noise();
    write_text("options.toml", "split-channels = true\nsplit-channels-share = 0.2\nobserver = \"minmax\"\n");
    ASSERT_EQ(run(arguments("--config '" + (m_dir / "options.toml") + "' --no-layerwise --suggest 0 --report '" +
                            (m_dir / "report") + "'"))
                  .code,
              0);
    EXPECT_THAT(read(m_dir / "out.toml"), HasSubstr("split-channels = true"));
    const auto report = nlohmann::json::parse(read(m_dir / "report/report.json"));
    const auto &pass = report.at("passes").at(0);
    EXPECT_EQ(pass.at("pass"), "channel splits");
    EXPECT_THAT(pass.at("details").get<std::string>(), StartsWith("'/conv' "));
    EXPECT_GT(pass.at("after_db").get<double>(), pass.at("before_db").get<double>());
    EXPECT_EQ(run(arguments("--split-channels --split-channels-share 2")).code, 2);
}

}  // namespace
