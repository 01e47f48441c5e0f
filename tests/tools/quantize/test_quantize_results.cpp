// What espdl quantize makes is what the chip computes, and as near to float as its scales allow.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

void add_scalar(onnx::GraphProto *graph, const std::string &name, float value) {
    onnx::TensorProto *tensor = graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->add_float_data(value);
}

/** x -> ReduceMean, Sub, Pow, ReduceMean, Add, Sqrt, Div, Mul, Add -> output: as exporters write it below operator set
 * 17 */
void add_layer_norm(onnx::GraphProto *graph, const std::string &x, int64_t length, const std::string &output,
                    float spread = 1.0f) {
    add_scalar(graph, "two", 2.0f);
    add_scalar(graph, "epsilon", 1e-5f);
    add_param(graph, "gamma", {length}, spread);
    add_param(graph, "beta", {length}, 0.5f);
    add_ints(add_node(graph, "ReduceMean", {x}, "mean"), "axes", {-1});
    add_node(graph, "Sub", {x, "mean"}, "centred");
    add_node(graph, "Pow", {"centred", "two"}, "squares");
    add_ints(add_node(graph, "ReduceMean", {"squares"}, "variance"), "axes", {-1});
    add_node(graph, "Add", {"variance", "epsilon"}, "positive");
    add_node(graph, "Sqrt", {"positive"}, "deviation");
    add_node(graph, "Div", {"centred", "deviation"}, "normal");
    add_node(graph, "Mul", {"normal", "gamma"}, "scaled");
    add_node(graph, "Add", {"scaled", "beta"}, output);
}

class QuantizeResultsTest : public QuantizeTest {
protected:
    /** In dB, of the only output. */
    double noise_of(const std::string &more) {
        std::string command = arguments(more);
        command.erase(command.find("--quiet"), 7);
        const Outcome made = run(command);
        EXPECT_EQ(made.code, 0) << made.error;
        const size_t at = made.out.find("': ");
        return at == std::string::npos ? -1 : std::stod(made.out.substr(at + 3));
    }
    void expect_exact(const std::string &more) {
        const Outcome made = run(arguments(more + " --test-input '" + (m_dir / "calib.npy") + "'"));
        ASSERT_EQ(made.code, 0) << more << made.error;
        EXPECT_THAT(run("test '" + (m_dir / "out.espdl") + "' " + more.substr(more.find("--target"), 17)).out,
                    HasSubstr("exact"))
            << more;
    }
};

TEST_F(QuantizeResultsTest, LastLinesTellThatTheFileWorks) {
    write_model(small_model());
    std::string command = arguments("--target esp32s3");
    command.erase(command.find("--quiet"), 7);
    const Outcome made = run(command);
    EXPECT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(made.out, HasSubstr("output 'output': "));
    EXPECT_THAT(made.out, HasSubstr("verified for esp32s3: 5 output elements of the emulated chip are those of the "
                                    "simulation\n" +
                                    (m_dir / "out.espdl") + " written\n"));
}

/** The reference simulates each reader of a graph input with a scale of its own; the file has one. */
onnx::ModelProto input_read_at_two_scales() {
    onnx::ModelProto model = empty_model({1, 8, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {8, 8, 3, 3}, 3.0f);
    add_ints(add_node(graph, "Conv", {"input", "w"}, "conv"), "pads", {1, 1, 1, 1});
    add_node(graph, "Add", {"conv", "input"}, "output");
    return model;
}

TEST_F(QuantizeResultsTest, FileThatDiffersIsAnErrorAndNotLeftBehind) {
    // The file has the coarse scale of the Add, the Conv's bias that of the Conv's own.
    onnx::ModelProto model = empty_model({1, 8, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    set_shape(graph->add_output(), "sum", {1, 8, 8, 8});
    add_param(graph, "large", {1, 8, 1, 1}, 90.0f);
    add_param(graph, "w", {8, 8, 1, 1}, 0.3f);
    add_param(graph, "b", {8}, 2.0f);
    add_node(graph, "Add", {"input", "large"}, "sum");
    add_node(graph, "Conv", {"input", "w", "b"}, "output");
    write_model(model);
    write_calibration({4, 8, 8, 8}, 0.7f);
    const std::set<std::string> before = files();
    const Outcome refused = run(arguments("--reference"));
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.error, HasSubstr("node '/output' (Conv): the chip computes something else"));
    EXPECT_THAT(refused.error, HasSubstr("no file is written, --keep-bad keeps it"));
    EXPECT_EQ(files(), before);
    EXPECT_EQ(run(arguments("--reference --keep-bad")).code, 1);
    EXPECT_TRUE(std::filesystem::exists(m_dir / "out.espdl"));
    // Without --reference both read what they were simulated with, and in the order that the Add has read it in.
    expect_works(model, {4, 8, 8, 8});
}

TEST_F(QuantizeResultsTest, GraphInputIsReadAtOneScale) {
    write_model(input_read_at_two_scales());
    write_calibration({4, 8, 8, 8}, 0.7f);
    EXPECT_EQ(run(arguments("--reference")).code, 0);
    expect_works(input_read_at_two_scales(), {4, 8, 8, 8});
    EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("RequantizeLinear"));
}

TEST_F(QuantizeResultsTest, InsertZerosKeepsItsInputsScale) {
    // 1 of 10000 values is a spike: the percentile of the values alone cuts it off, among the zeros it is kept.
    onnx::ModelProto model = empty_model({1, 1, 60, 60}, {1, 4, 240, 240});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {1, 4, 4, 4}, 0.4f);
    add_ints(add_node(graph, "ConvTranspose", {"input", "w"}, "output"), "strides", {4, 4});
    write_model(model);
    std::vector<float> data = values(2 * 3600, 0.9f, 1);
    data[17] = data[18] = 5.0f;
    std::string error;
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {2, 1, 60, 60}, data.data(), error));
    for (const char *more : {"--target esp32s3 --observer percentile", "--target esp32p4 --observer mse",
                             "--target esp32s3 --observer percentile --reference"}) {
        const Outcome made = run(arguments(more));
        EXPECT_EQ(made.code, 0) << more << made.error;
    }
}

TEST_F(QuantizeResultsTest, ConstantBesideASinglePixel) {
    // [1, c] of constants beside [1, 1, 1, c]: the engine took it for channels first, which made [1, 1, c, c].
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 5});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "factors", {8}, 2.0f);
    add_param(graph, "w", {8, 5}, 0.5f);
    add_node(graph, "GlobalAveragePool", {"input"}, "pool");
    add_ints(add_node(graph, "Transpose", {"pool"}, "last"), "perm", {0, 2, 3, 1});
    add_node(graph, "Mul", {"last", "factors"}, "mul");
    add_ints(add_node(graph, "Transpose", {"mul"}, "first"), "perm", {0, 3, 1, 2});
    add_node(graph, "Flatten", {"first"}, "flat");
    add_node(graph, "Gemm", {"flat", "w"}, "output");
    expect_works(model, {4, 8, 6, 6});
    expect_works(model, {4, 8, 6, 6}, "--reference");
}

TEST_F(QuantizeResultsTest, GeluOf16BitsIsReadFromItsTable) {
    onnx::ModelProto model = empty_model({1, 40, 32}, {1, 40, 32});
    model.mutable_opset_import(0)->set_version(20);
    add_node(model.mutable_graph(), "Gelu", {"input"}, "output");
    write_model(model);
    write_calibration({4, 40, 32}, 3.0f);
    for (const char *target : {"esp32p4", "esp32s3"}) {
        expect_exact(std::string("--bits 16 --target ") + target);
        expect_exact(std::string("--bits 16 --lut-step 256 --target ") + target);
    }
    // The nearest of 257 entries is up to 144 steps away; the table is as fine as it must be.
    EXPECT_GT(noise_of("--bits 16"), noise_of("--bits 16 --lut-step 256") + 20);
}

TEST_F(QuantizeResultsTest, FunctionsAreTheLibrarysOnAllNumbers) {
    std::vector<float> all(65536);
    for (size_t i = 0; i < all.size(); i++) {
        all[i] = std::ldexp((float)i - 32768, -12);
    }
    std::string error;
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {1, 65536}, all.data(), error));
    onnx::ModelProto model = empty_model({1, 65536}, {1, 65536});
    onnx::GraphProto *graph = model.mutable_graph();
    graph->clear_output();
    const std::vector<std::string> functions = {"Cos",     "Elu", "Erf",  "Exp",      "HardSigmoid", "HardSwish",
                                                "Sigmoid", "Sin", "Tanh", "Softplus", "Swish",       "Log"};
    for (const std::string &function : functions) {
        const std::string output = "out" + function;
        set_shape(graph->add_output(), output, {1, 65536});
        if (function == "Swish") {
            add_node(graph, "Sigmoid", {"input"}, "gate");
            add_node(graph, "Mul", {"input", "gate"}, output);
        } else if (function == "Log") {  // of what is above 0
            add_scalar(graph, "nine", 9.0f);
            add_node(graph, "Add", {"input", "nine"}, "positive");
            add_node(graph, "Log", {"positive"}, output);
        } else {
            add_node(graph, function, {"input"}, output);
        }
    }
    model.mutable_opset_import(0)->set_version(14);
    write_model(model);
    for (const char *target : {"esp32p4", "esp32s3"}) {
        for (const char *bits : {"8", "16"}) {
            std::string command = arguments(std::string("--observer minmax --target ") + target + " --bits " + bits);
            command.erase(command.find("--quiet"), 7);
            const Outcome made = run(command);
            ASSERT_EQ(made.code, 0) << made.error;
            EXPECT_THAT(made.out, HasSubstr("verified for " + std::string(target) + ": " +
                                            std::to_string(functions.size() * all.size()) +
                                            " output elements of the emulated chip are those of the simulation\n"))
                << bits;
        }
    }
}

// Whether a Softmax subtracts the maximum follows from its input's scale, also where that is the scale of the layer
// before.
TEST_F(QuantizeResultsTest, SoftmaxBehindALayerIsExact) {
    onnx::ModelProto model = empty_model({1, 1, 40, 40}, {1, 1, 40, 40});
    onnx::GraphProto *graph = model.mutable_graph();
    add_scalar(graph, "temperature", 0.7f);
    add_node(graph, "Mul", {"input", "temperature"}, "logits");
    add_node(graph, "Softmax", {"logits"}, "output");
    write_model(model);
    for (const float size : {3.0f, 100.0f}) {
        write_calibration({4, 1, 40, 40}, size);
        for (const char *target : {"esp32p4", "esp32s3"}) {
            for (const char *bits : {"8", "16"}) {
                std::string command =
                    arguments(std::string("--observer minmax --target ") + target + " --bits " + bits);
                command.erase(command.find("--quiet"), 7);
                const Outcome made = run(command);
                ASSERT_EQ(made.code, 0) << made.error;
                EXPECT_THAT(made.out,
                            HasSubstr("1600 output elements of the emulated chip are those of the simulation\n"))
                    << target << bits;
            }
        }
    }
}

TEST_F(QuantizeResultsTest, VarianceThatQuantizesToZero) {
    // Rows of nearly the same values: their variance is 0 in 8 bits, and 0 / 0 is 0 on the chip.
    onnx::ModelProto model = empty_model({1, 16, 32}, {1, 16, 32});
    add_layer_norm(model.mutable_graph(), "input", 32, "output");
    write_model(model);
    std::vector<float> data = values(4 * 512, 1.0f, 3);
    for (size_t i = 0; i < data.size(); i++) {
        data[i] *= i / 32 % 4 ? 0.25f : 4.0f;
    }
    std::string error;
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {4, 16, 32}, data.data(), error));
    for (const char *target : {"esp32p4", "esp32s3", "esp32"}) {
        const Outcome made = run(arguments(std::string("--reference --target ") + target));
        EXPECT_EQ(made.code, 0) << made.error;
    }
    // Put together again there is no variance to be quantized.
    const double apart = noise_of("--reference --observer minmax");
    EXPECT_THAT(read(m_dir / "out.info"), Not(HasSubstr("LayerNormalization")));
    EXPECT_GT(noise_of("--observer minmax"), apart);
    EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("LayerNormalization"));
}

TEST_F(QuantizeResultsTest, RecurrentLayersAreExact) {
    for (const char *type : {"GRU", "LSTM"}) {
        const int64_t gates = std::string(type) == "GRU" ? 3 : 4;
        onnx::ModelProto model = empty_model({40, 1, 16}, {40, 2, 1, 24});
        onnx::GraphProto *graph = model.mutable_graph();
        add_param(graph, "W", {2, gates * 24, 16}, 0.6f);
        add_param(graph, "R", {2, gates * 24, 24}, 0.5f);
        add_param(graph, "B", {2, 2 * gates * 24}, 0.4f);
        onnx::NodeProto *node = add_node(graph, type, {"input", "W", "R", "B"}, "output");
        add_int(node, "hidden_size", 24);
        add_int(node, "linear_before_reset", 1);
        onnx::AttributeProto *direction = node->add_attribute();
        direction->set_name("direction");
        direction->set_type(onnx::AttributeProto::STRING);
        direction->set_s("bidirectional");
        write_model(model);
        write_calibration({120, 1, 16}, 2.0f);
        for (const char *target : {"esp32p4", "esp32s3", "esp32"}) {
            for (const char *bits : {"8", "16"}) {
                const Outcome made = run(arguments(std::string("--bits ") + bits + " --target " + target +
                                                   " --test-input '" + (m_dir / "calib.npy") + "'"));
                ASSERT_EQ(made.code, 0) << type << target << bits << made.error;
                EXPECT_THAT(run("test '" + (m_dir / "out.espdl") + "' --target " + target).out, HasSubstr("exact"))
                    << type << target << bits;
            }
        }
    }
}

TEST_F(QuantizeResultsTest, PaddingIsNotCounted) {
    onnx::ModelProto model = empty_model({1, 4, 8, 8}, {1, 4, 8, 8});
    onnx::NodeProto *pool = add_node(model.mutable_graph(), "AveragePool", {"input"}, "output");
    add_ints(pool, "kernel_shape", {3, 3});
    add_ints(pool, "pads", {1, 1, 1, 1});
    expect_works(model, {4, 4, 8, 8});
    expect_works(model, {4, 4, 8, 8}, "--reference --observer minmax");
}

TEST_F(QuantizeResultsTest, NormalizationsThatChipsHaveNot) {
    for (const bool groups : {false, true}) {
        onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 8, 6, 6});
        model.mutable_opset_import(0)->set_version(21);
        add_param(model.mutable_graph(), "scale", {8}, 1.5f);
        add_param(model.mutable_graph(), "bias", {8}, 0.5f);
        onnx::NodeProto *norm = add_node(model.mutable_graph(), groups ? "GroupNormalization" : "InstanceNormalization",
                                         {"input", "scale", "bias"}, "output");
        if (groups) {
            add_int(norm, "num_groups", 4);
        }
        expect_works(model, {4, 8, 6, 6});
        if (groups) {
            for (int64_t wrong : {0, -1, 3}) {
                model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->set_i(wrong);
                write_model(model);
                expect_refused("do not divide 8 channels");
            }
        }
        model.mutable_graph()->mutable_initializer(0)->clear_float_data();
        model.mutable_graph()->mutable_initializer(0)->set_dims(0, 0);
        write_model(model);
        expect_refused("node '/output' (");
    }
}

TEST_F(QuantizeResultsTest, AutoIsAsGoodAsTheBestObserver) {
    // Two layers with other needs: spikes that do not matter before a Clip, and spikes that are all that matters.
    onnx::ModelProto model = empty_model({1, 4, 16, 16}, {1, 4, 1, 1});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w1", {8, 4, 3, 3}, 0.7f);
    add_param(graph, "w2", {4, 8, 1, 1}, 0.5f);
    add_scalar(graph, "low", 0.0f);
    add_scalar(graph, "high", 0.5f);
    add_node(graph, "Conv", {"input", "w1"}, "first");
    add_node(graph, "Clip", {"first", "low", "high"}, "clip");
    add_node(graph, "Conv", {"clip", "w2"}, "second");
    add_node(graph, "GlobalMaxPool", {"second"}, "output");
    write_model(model);
    std::vector<float> data = values(6 * 1024, 0.5f, 2);
    for (size_t i = 5; i < data.size(); i += 97) {
        data[i] *= 20;
    }
    std::string error;
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {6, 4, 16, 16}, data.data(), error));
    for (const char *target : {"esp32p4", "esp32s3"}) {
        const std::string chip = std::string(" --target ") + target;
        double best = 0;
        for (const char *observer : {"kl", "minmax", "percentile", "mse"}) {
            best = std::max(best, noise_of("--observer " + std::string(observer) + chip));
        }
        EXPECT_GE(noise_of(chip), best - 0.1) << target;
        EXPECT_THAT(run("info '" + (m_dir / "out.espdl") + "'").out, HasSubstr("observer = auto"));
    }
}

TEST_F(QuantizeResultsTest, WarningsNameLayerAndRemedy) {
    write_model(small_model());
    std::vector<float> data = values(4 * 192, 1.0f, 3);
    data[5] = 60.0f;
    std::string error;
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {4, 3, 8, 8}, data.data(), error));
    const std::string clipped = run(arguments("--scale /relu=2^-9")).error;
    EXPECT_THAT(clipped, HasSubstr("warning: node '/relu' (Relu): "));
    EXPECT_THAT(clipped, HasSubstr("beyond its scale: --observer minmax leaves none"));
    EXPECT_THAT(run(arguments("--scale /relu=2^10")).error,
                HasSubstr("node '/relu' (Relu): all of its output becomes 0 at its scale: --int16 '/relu'"));
    EXPECT_THAT(run(arguments("--bits 16 --scale /relu=2^-17")).error,
                HasSubstr("which 8 bits may give, too: layer '/"));
    ASSERT_EQ(run(arguments("--int16 /conv")).code, 0);
}

TEST_F(QuantizeResultsTest, MergedLayersAreTold) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {8, 3, 1, 1}, 0.4f);
    add_param(graph, "more", {1, 8, 1, 1}, 0.4f);
    add_node(graph, "Conv", {"input", "w"}, "conv");
    add_node(graph, "Add", {"conv", "more"}, "sum");
    add_node(graph, "Relu", {"sum"}, "output");
    write_model(model);
    EXPECT_THAT(run(arguments("--int16 /sum")).error, HasSubstr("--int16: layer '/sum' is merged with another one"));
}

}  // namespace
