// espdl quantize and espdl check as a user runs them, on networks made here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "../../hal/storage_test.hpp"
#include "npy.hpp"

using testing::HasSubstr;

namespace {

struct Outcome {
    int code;
    std::string out, error;
};

/** Values that spread over [-size, size] without any pattern of the network's. */
std::vector<float> values(size_t count, float size, int seed) {
    std::vector<float> result(count);
    for (size_t i = 0; i < count; i++) {
        result[i] = size * std::sin((float)(i * 37 + seed) * 0.7f);
    }
    return result;
}

void add_param(onnx::GraphProto *graph, const std::string &name, const std::vector<int64_t> &dims, float size) {
    onnx::TensorProto *tensor = graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    size_t count = 1;
    for (int64_t dim : dims) {
        tensor->add_dims(dim);
        count *= (size_t)dim;
    }
    for (float value : values(count, size, (int)name.size())) {
        tensor->add_float_data(value);
    }
}

onnx::NodeProto *add_node(onnx::GraphProto *graph, const std::string &type, const std::vector<std::string> &inputs,
                          const std::string &output) {
    onnx::NodeProto *node = graph->add_node();
    node->set_name("/" + output);
    node->set_op_type(type);
    for (const std::string &input : inputs) {
        node->add_input(input);
    }
    node->add_output(output);
    return node;
}

void set_shape(onnx::ValueInfoProto *info, const std::string &name, const std::vector<int64_t> &dims) {
    info->set_name(name);
    auto *type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t dim : dims) {
        type->mutable_shape()->add_dim()->set_dim_value(dim);
    }
}

/** input [1, 3, 8, 8] -> Conv 3x3 -> Relu -> GlobalAveragePool -> Flatten -> Gemm -> output [1, 5] */
onnx::ModelProto small_model() {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    onnx::GraphProto *graph = model.mutable_graph();
    graph->set_name("small");
    set_shape(graph->add_input(), "input", {1, 3, 8, 8});
    set_shape(graph->add_output(), "output", {1, 5});
    add_param(graph, "w", {20, 3, 3, 3}, 0.4f);
    add_param(graph, "b", {20}, 0.1f);
    add_param(graph, "w_gemm", {20, 5}, 0.5f);
    add_param(graph, "b_gemm", {5}, 0.2f);
    add_node(graph, "Conv", {"input", "w", "b"}, "conv");
    add_node(graph, "Relu", {"conv"}, "relu");
    add_node(graph, "GlobalAveragePool", {"relu"}, "pool");
    add_node(graph, "Flatten", {"pool"}, "flat");
    add_node(graph, "Gemm", {"flat", "w_gemm", "b_gemm"}, "output");
    return model;
}

class QuantizeTest : public testing::Test {
protected:
    void SetUp() override { write_calibration({4, 3, 8, 8}); }

    Outcome run(const std::string &arguments) {
        const std::string out = m_dir / "stdout.txt", error = m_dir / "stderr.txt";
        const std::string command =
            std::string("'") + ESPDL_PROGRAM + "' " + arguments + " >'" + out + "' 2>'" + error + "'";
        const int status = system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(out), read(error)};
    }
    static std::string read(const std::string &path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    void write_text(const std::string &name, const std::string &text) {
        std::ofstream(m_dir / name, std::ios::binary) << text;
    }
    void write_model(const onnx::ModelProto &model) { write_text("model.onnx", model.SerializeAsString()); }
    void write_calibration(const std::vector<int> &shape, float size = 1.0f) {
        size_t count = 1;
        for (int dim : shape) {
            count *= (size_t)dim;
        }
        const std::vector<float> data = values(count, size, 3);
        std::string error;
        ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, shape, data.data(), error))
            << error;
    }
    std::string arguments(const std::string &more = "") {
        return "quantize '" + (m_dir / "model.onnx") + "' --calib '" + (m_dir / "calib.npy") + "' -o '" +
               (m_dir / "out.espdl") + "' --quiet --threads 1 " + more;
    }
    /** Exit code 2, the reason on stderr, and no file left behind. */
    void expect_refused(const std::string &reason, const std::string &more = "") {
        const Outcome outcome = run(arguments(more));
        EXPECT_EQ(outcome.code, 2) << outcome.out << outcome.error;
        EXPECT_THAT(outcome.error, HasSubstr(reason));
        for (const char *name : {"out.espdl", "out.espdl.part", "out.info", "out.json"}) {
            EXPECT_FALSE(std::filesystem::exists(m_dir / name)) << name;
        }
    }
    hal_test::TempDir m_dir;
};

TEST_F(QuantizeTest, FilesOfEveryTargetPassTheirTest) {
    write_model(small_model());
    for (const char *target : {"esp32p4", "esp32s3", "esp32"}) {
        for (const char *bits : {"8", "16"}) {
            const Outcome made = run(arguments(std::string("--target ") + target + " --bits " + bits +
                                               " --test-input '" + (m_dir / "calib.npy") + "'"));
            ASSERT_EQ(made.code, 0) << target << bits << made.error;
            const Outcome tested = run("test '" + (m_dir / "out.espdl") + "' --target " + target);
            EXPECT_EQ(tested.code, 0) << target << " " << bits << "\n" << tested.out << tested.error;
            EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("graph small ("));
            EXPECT_THAT(read(m_dir / "out.json"), HasSubstr("\"dispatchings\""));
        }
    }
}

TEST_F(QuantizeTest, TheSameInputsGiveTheSameBytes) {
    write_model(small_model());
    ASSERT_EQ(run(arguments()).code, 0);
    const std::string first = read(m_dir / "out.espdl");
    ASSERT_EQ(run(arguments()).code, 0);
    EXPECT_EQ(read(m_dir / "out.espdl"), first);
}

TEST_F(QuantizeTest, EncryptedFileOpensWithItsKeyOnly) {
    write_model(small_model());
    write_text("key", "0123456789abcdef");
    ASSERT_EQ(
        run(arguments("--encrypt-key '" + (m_dir / "key") + "' --test-input '" + (m_dir / "calib.npy") + "'")).code, 0);
    EXPECT_EQ(read(m_dir / "out.espdl")[4], 1);
    const std::string test = "test '" + (m_dir / "out.espdl") + "' --target esp32p4";
    EXPECT_NE(run(test).code, 0);
    const Outcome outcome = run(test + " --key 30313233343536373839616263646566");
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
}

TEST_F(QuantizeTest, ReportIsWritten) {
    write_model(small_model());
    const Outcome outcome = run(arguments("--report '" + (m_dir / "report") + "'"));
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_THAT(outcome.out, HasSubstr("NOISE:SIGNAL POWER RATIO"));
    EXPECT_THAT(read(m_dir / "report/report.json"), HasSubstr("\"layerwise\""));
    EXPECT_THAT(read(m_dir / "report/report.html"), HasSubstr("<svg"));
}

TEST_F(QuantizeTest, RefusesWhatIsNoModel) {
    expect_refused("cannot be opened");
    write_text("model.onnx", "this is no ONNX model at all");
    expect_refused("no ONNX model");
    const std::string whole = small_model().SerializeAsString();
    write_text("model.onnx", whole.substr(0, whole.size() / 2));
    expect_refused("no ONNX model");
    write_text("model.onnx", "");
    expect_refused("no ONNX model");
}

TEST_F(QuantizeTest, RefusesModelsThatCannotBeQuantized) {
    onnx::ModelProto model = small_model();
    onnx::TensorProto *weights = model.mutable_graph()->mutable_initializer(0);
    weights->clear_float_data();
    weights->set_data_location(onnx::TensorProto::EXTERNAL);
    auto *entry = weights->add_external_data();
    entry->set_key("location");
    entry->set_value("weights.bin");
    write_model(model);
    expect_refused("weights.bin");
    entry->set_value("../weights.bin");
    write_model(model);
    expect_refused("not inside the model's folder");

    model = small_model();
    model.mutable_graph()->mutable_initializer(0)->set_dims(0, INT64_C(1) << 50);
    write_model(model);
    expect_refused("tensor 'w'");

    model = small_model();
    model.mutable_graph()->mutable_initializer(0)->set_float_data(7, NAN);
    write_model(model);
    expect_refused("NaN");

    model = small_model();
    model.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape()
        ->mutable_dim(0)
        ->set_dim_param("batch");
    write_model(model);
    expect_refused("without a fixed size");

    model = small_model();
    model.mutable_graph()->mutable_node(1)->set_op_type("NonMaxSuppression");
    write_model(model);
    expect_refused("NonMaxSuppression");
    const Outcome checked = run("check '" + (m_dir / "model.onnx") + "'");
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(checked.out, HasSubstr("unsupported"));

    model = small_model();
    model.mutable_graph()->mutable_node(0)->set_input(0, "output");
    write_model(model);
    expect_refused("");
}

TEST_F(QuantizeTest, CheckAcceptsTheSmallModel) {
    write_model(small_model());
    const Outcome outcome = run("check '" + (m_dir / "model.onnx") + "' --target esp32s3");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("5 nodes, 0 unsupported"));
}

TEST_F(QuantizeTest, RefusesCalibrationThatDoesNotFit) {
    write_model(small_model());
    write_calibration({0, 3, 8, 8});
    expect_refused("--calib");
    write_calibration({4, 3, 8, 9});
    expect_refused("--calib");
    write_calibration({4, 3, 8, 8}, NAN);
    expect_refused("NaN");
    write_text("calib.npy", "no array");
    expect_refused("calib.npy");
    std::filesystem::remove(m_dir / "calib.npy");
    expect_refused("calib.npy");
}

TEST_F(QuantizeTest, RefusesWrongArguments) {
    write_model(small_model());
    expect_refused("--target", "--target esp8266");
    expect_refused("--bits", "--bits 7");
    expect_refused("--scale", "--scale /conv");
    expect_refused("there is no quantized operator", "--scale /nowhere=2^-4");
}

}  // namespace
