// Scales and weights trained against the float network.

#include <regex>

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

class QuantizeTraining : public QuantizeTest {
protected:
    void SetUp() override {
        write_calibration({16, 3, 8, 8});
        write_model(small_model());
    }
    struct Gain {
        int steps = 0, kept = -1, blocks = -1;
        double before = 0, after = 0;
    };
    /** What the run says of its training. */
    Gain train(const std::string &options) { return trained(arguments(options)); }
    Gain trained(std::string command) {
        command.erase(command.find("--quiet"), strlen("--quiet"));
        const Outcome made = run(command);
        EXPECT_EQ(made.code, 0) << made.error;
        Gain gain;
        std::smatch found;
        const std::regex line(
            "training \\([a-z]+\\): (?:(\\d+) of (\\d+) blocks, )?(\\d+) steps, (\\S+) dB before, (\\S+) dB "
            "after on the part of the calibration set that was not trained on\n");
        EXPECT_TRUE(std::regex_search(made.out, found, line)) << made.out;
        if (!found.empty()) {
            gain = {std::stoi(found[3]), -1, -1, std::stod(found[4]), std::stod(found[5])};
        }
        if (!found.empty() && found[1].matched) {
            gain.kept = std::stoi(found[1]);
            gain.blocks = std::stoi(found[2]);
        }
        return gain;
    }
    void write_samples(const std::string &name, const std::vector<int> &shape, const std::vector<float> &data) {
        std::string error;
        ASSERT_TRUE(espdl_tool::write_npy(m_dir / name, dl::DATA_TYPE_FLOAT, shape, data.data(), error)) << error;
    }
    /** What the file makes of one input. */
    std::string output_of(const std::string &target) {
        const Outcome made = run("run '" + (m_dir / "out.espdl") + "' --target " + target +
                                 " --input 'input=" + (m_dir / "one.npy") + "' --out '" + (m_dir / "ran") + "'");
        EXPECT_EQ(made.code, 0) << made.error;
        std::string bytes;
        for (const auto &entry : std::filesystem::directory_iterator(m_dir / "ran")) {
            bytes += entry.path().extension() == ".npy" ? read(entry.path()) : "";
        }
        EXPECT_FALSE(bytes.empty());
        return bytes;
    }
};

constexpr int TERMS = 64, SUMS = 8;

/**
 * One Gemm with every weight 0.3 to 0.49 steps above an integer. Rounded to the nearest, each one is too low: with
 * equal inputs t, a sum is too low by 64 * 0.395 * t / 128, about t / 5. It is about t * 4, so that is 26 dB.
 */
onnx::ModelProto lopsided_model() {
    onnx::ModelProto model = empty_model({1, TERMS}, {1, SUMS});
    onnx::TensorProto *weights = model.mutable_graph()->add_initializer();
    weights->set_name("w");
    weights->set_data_type(onnx::TensorProto::FLOAT);
    weights->add_dims(TERMS);
    weights->add_dims(SUMS);
    for (int i = 0; i < TERMS; i++) {
        for (int j = 0; j < SUMS; j++) {
            // The first ones make the step 1/128, the others add up to nearly 4 with them.
            const int integer = i == 0 ? 120 : (i * 5 + j * 3) % 13;
            const float above = 0.3f + 0.19f * (float)((i * 29 + j * 17) % TERMS) / (TERMS - 1);
            weights->add_float_data(((float)integer + above) / 128);
        }
    }
    add_node(model.mutable_graph(), "Gemm", {"input", "w"}, "output");
    return model;
}

/** Samples of equal inputs; every fourth, which is held out, with signs that cancel if `other`. */
std::vector<float> equal_inputs(int count, bool other) {
    std::vector<float> data;
    for (int i = 0; i < count; i++) {
        const float t = 0.95f * std::sin(1.0f + (float)i * 0.61f);
        for (int j = 0; j < TERMS; j++) {
            const bool negative = other && i % 4 == 3 && std::sin((float)(i * 71 + j * 37) * 0.7f) < 0;
            data.push_back(negative ? -t : t);
        }
    }
    return data;
}

TEST_F(QuantizeTraining, TheOutputsComeNearerToFloat) {
    for (const char *target : {"esp32p4", "esp32s3"}) {
        for (const char *method : {"tqt", "lsq", "adaround"}) {
            const Gain gain = train(std::string("--train ") + method + " --target " + target + " --test-input '" +
                                    (m_dir / "calib.npy") + "'");
            EXPECT_GT(gain.after, gain.before + 0.5) << target << " " << method;
            EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "' --target " + target).code, 0);
        }
    }
}

TEST_F(QuantizeTraining, ScalesMove) {
    // A Relu's output far below its scale: hardly a bit of it is left. From a file, scales are where training begins.
    ASSERT_EQ(run(arguments("--observer minmax")).code, 0);
    auto scales = nlohmann::json::parse(read(m_dir / "out.json"));
    const int place = scales.at("configs").at("/conv").at("relu").at("dominator");
    scales.at("values").at(std::to_string(place)).at("scale") = 1.0;
    write_text("wrong.json", scales.dump());
    const std::string wrong = "--observer minmax --scales '" + (m_dir / "wrong.json") + "' ";
    for (const char *method : {"tqt", "lsq"}) {
        ASSERT_EQ(run(arguments(wrong)).code, 0);
        EXPECT_EQ(exponent("/conv", "relu"), 0);
        const Gain gain = train(wrong + "--train-scale-rate 0.05 --train " + method);
        EXPECT_LT(exponent("/conv", "relu"), -1) << method;
        EXPECT_GT(gain.after, gain.before + 7) << method;
    }
}

TEST_F(QuantizeTraining, TheUsersScaleStays) {
    for (const char *method : {"tqt", "lsq", "adaround"}) {
        const Gain gain =
            train("--observer minmax --scale /relu=2^0 --train-scale-rate 0.05 --train " + std::string(method));
        EXPECT_EQ(exponent("/conv", "relu"), 0) << method;
        EXPECT_GE(gain.after, gain.before) << method;
    }
}

/** AdaRound decides about roundings. Scales of activations may move, too: here there is no reason to. */
TEST_F(QuantizeTraining, RoundingsAreBetterThanNearest) {
    write_model(lopsided_model());
    write_samples("calib.npy", {32, TERMS}, equal_inputs(32, false));
    for (const char *target : {"esp32p4", "esp32s3"}) {
        const std::string to = std::string("--observer minmax --target ") + target;
        ASSERT_EQ(run(arguments(to)).code, 0);
        const std::string scales = read(m_dir / "out.json");
        const Gain gain = train(to + " --train adaround");
        EXPECT_EQ(read(m_dir / "out.json"), scales);
        EXPECT_NEAR(gain.before, 26, 1) << target;
        EXPECT_GT(gain.after, 40) << target;
        EXPECT_EQ(gain.kept, 1);
        EXPECT_EQ(gain.blocks, 1);
    }
}

/** What serves the samples that are trained on, and no others, is not kept. */
TEST_F(QuantizeTraining, ABlockThatHarmsOtherSamplesIsRefused) {
    write_model(lopsided_model());
    write_samples("calib.npy", {32, TERMS}, equal_inputs(32, true));
    write_samples("one.npy", {1, TERMS}, equal_inputs(1, false));
    for (const char *target : {"esp32p4", "esp32s3"}) {
        const std::string to = std::string("--observer minmax --target ") + target;
        ASSERT_EQ(run(arguments(to)).code, 0);
        const std::string untrained = output_of(target);
        const Gain gain = train(to + " --train adaround");
        EXPECT_EQ(gain.kept, 0);
        EXPECT_EQ(gain.blocks, 1);
        EXPECT_EQ(gain.after, gain.before);
        EXPECT_EQ(output_of(target), untrained);
    }
}

/** Two inputs, a skip connection, a depthwise Conv, a product by constants, two outputs of one block. */
TEST_F(QuantizeTraining, BlocksOfAnyShape) {
    onnx::ModelProto model = empty_model({1, 8, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    set_shape(graph->add_input(), "other", {1, 8, 8, 8});
    set_shape(graph->add_output(), "sums", {1, 6});
    add_param(graph, "w_first", {8, 8, 1, 1}, 0.4f);
    add_param(graph, "w_each", {8, 1, 3, 3}, 0.4f);
    add_param(graph, "b_each", {8}, 0.1f);
    add_param(graph, "w_last", {8, 8, 1, 1}, 0.6f);
    add_param(graph, "w_product", {8, 6}, 0.5f);
    add_node(graph, "Conv", {"input", "w_first"}, "first");
    add_node(graph, "Relu", {"first"}, "relu");
    onnx::NodeProto *each = add_node(graph, "Conv", {"relu", "w_each", "b_each"}, "each");
    add_int(each, "group", 8);
    add_ints(each, "pads", {1, 1, 1, 1});
    add_node(graph, "Add", {"each", "relu"}, "skipped");
    add_node(graph, "Mul", {"skipped", "other"}, "both");
    add_node(graph, "Conv", {"both", "w_last"}, "output");
    add_node(graph, "GlobalAveragePool", {"output"}, "pool");
    add_node(graph, "Flatten", {"pool"}, "flat");
    add_node(graph, "MatMul", {"flat", "w_product"}, "sums");
    write_model(model);
    write_samples("a.npy", {16, 8, 8, 8}, values(16 * 8 * 8 * 8, 1.0f, 3));
    write_samples("b.npy", {16, 8, 8, 8}, values(16 * 8 * 8 * 8, 0.7f, 12));
    const std::string both = "quantize '" + (m_dir / "model.onnx") + "' --calib 'input=" + (m_dir / "a.npy") +
                             "' 'other=" + (m_dir / "b.npy") + "' -o '" + (m_dir / "out.espdl") +
                             "' --quiet --threads 1 --train-steps 200 ";
    for (const char *target : {"esp32p4", "esp32s3"}) {
        for (const char *method : {"tqt", "lsq", "adaround"}) {
            const Gain gain = trained(both + "--train " + method + " --target " + target);
            EXPECT_GE(gain.after, gain.before) << target << " " << method;
            EXPECT_EQ(gain.blocks >= 2, method == std::string("adaround"));
        }
    }
}

TEST_F(QuantizeTraining, TheSeedDecides) {
    write_samples("one.npy", {1, 8, 8, 3}, values(3 * 8 * 8, 1.0f, 77));
    for (const char *method : {"tqt", "lsq", "adaround"}) {
        auto made = [&](const std::string &options) {
            train(std::string("--train-steps 60 --train ") + method + " " + options);
            return read(m_dir / "out.espdl");
        };
        const std::string first = made("--seed 3"), output = output_of("esp32p4");
        EXPECT_EQ(made("--seed 3"), first) << method;
        made("--seed 4");  // the file tells the seed, so that it differs anyway
        EXPECT_NE(output_of("esp32p4"), output) << method;
    }
}

/** What makes it worse is taken back, and ends early. */
TEST_F(QuantizeTraining, NeverWorseThanBefore) {
    const Gain gain = train("--train tqt --train-rate 50 --train-scale-rate 5 --train-steps 400");
    EXPECT_GE(gain.after, gain.before);
    EXPECT_LT(gain.steps, 400);
}

TEST_F(QuantizeTraining, WrongOptionsAreTold) {
    EXPECT_EQ(run(arguments("--train sgd")).code, 2);
    EXPECT_EQ(run(arguments("--train tqt --train-steps 0")).code, 2);
    EXPECT_EQ(run(arguments("--train tqt --train-rate -1")).code, 2);
}

}  // namespace
