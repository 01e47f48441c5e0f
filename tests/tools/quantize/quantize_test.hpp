/**
 * @file quantize_test.hpp
 * espdl quantize and check as a user runs them, on networks made here.
 */
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <wordexp.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "../command_test.hpp"
#include "npy.hpp"
#include "quantizer_process.hpp"

namespace quantize_test {

using espdl_test::CommandTest;
using espdl_test::Outcome;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/** Values that spread over [-size, size] without any pattern of the network's. */
inline std::vector<float> values(size_t count, float size, int seed) {
    std::vector<float> result(count);
    for (size_t i = 0; i < count; i++) {
        result[i] = size * std::sin((float)(i * 37 + seed) * 0.7f);
    }
    return result;
}

inline void add_param(onnx::GraphProto *graph, const std::string &name, const std::vector<int64_t> &dims, float size) {
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

inline onnx::NodeProto *add_node(onnx::GraphProto *graph, const std::string &type,
                                 const std::vector<std::string> &inputs, const std::string &output) {
    onnx::NodeProto *node = graph->add_node();
    node->set_name("/" + output);
    node->set_op_type(type);
    for (const std::string &input : inputs) {
        node->add_input(input);
    }
    node->add_output(output);
    return node;
}

inline void set_shape(onnx::ValueInfoProto *info, const std::string &name, const std::vector<int64_t> &dims) {
    info->set_name(name);
    auto *type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (int64_t dim : dims) {
        type->mutable_shape()->add_dim()->set_dim_value(dim);
    }
}

inline void add_ints(onnx::NodeProto *node, const std::string &name, const std::vector<int64_t> &list) {
    onnx::AttributeProto *attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    for (int64_t value : list) {
        attribute->add_ints(value);
    }
}

inline void add_int(onnx::NodeProto *node, const std::string &name, int64_t value) {
    onnx::AttributeProto *attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(value);
}

/** input -> whatever is added -> output */
inline onnx::ModelProto empty_model(const std::vector<int64_t> &in, const std::vector<int64_t> &out) {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    model.mutable_graph()->set_name("made");
    set_shape(model.mutable_graph()->add_input(), "input", in);
    set_shape(model.mutable_graph()->add_output(), "output", out);
    return model;
}

/** input [1, 3, 8, 8] -> Conv 3x3 -> Relu -> GlobalAveragePool -> Flatten -> Gemm -> output [1, 5] */
inline onnx::ModelProto small_model() {
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

class QuantizeTest : public CommandTest {
protected:
    void SetUp() override { write_calibration({4, 3, 8, 8}); }

    /** `espdl` with these arguments, as a shell reads them. What espdl-quantize does is done without starting it anew.
     */
    Outcome run(const std::string &arguments) {
        wordexp_t split{};
        const int failure = wordexp(arguments.c_str(), &split, WRDE_NOCMD | WRDE_UNDEF);
        const std::vector<std::string> words =
            failure ? std::vector<std::string>()
                    : std::vector<std::string>(split.we_wordv, split.we_wordv + split.we_wordc);
        wordfree(&split);
        if (words.empty() || (words[0] != "quantize" && words[0] != "check")) {
            return CommandTest::run(arguments);
        }
        const std::string out = m_dir / "stdout.txt", error = m_dir / "stderr.txt";
        const int status = run_quantizer(words, out, error);
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(out), read(error)};
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
    /** Exit code 2, one line on stderr with the reason, and no file left behind. */
    void expect_refused(const std::string &reason, const std::string &more = "") {
        const std::set<std::string> before = files();
        expect_told(run(arguments(more)), reason);
        EXPECT_EQ(files(), before) << reason;
    }
    static void expect_told(const Outcome &outcome, const std::string &reason) {
        EXPECT_EQ(outcome.code, 2) << outcome.out << outcome.error;
        EXPECT_THAT(outcome.error, HasSubstr(reason));
        EXPECT_THAT(outcome.error, StartsWith("espdl: "));
        EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1) << outcome.error;
    }
    /** The files of the test, less those that run() makes. */
    std::set<std::string> files() {
        std::set<std::string> names;
        for (const auto &entry : std::filesystem::recursive_directory_iterator(m_dir / "")) {
            if (entry.is_regular_file() && entry.path().stem() != "stdout" && entry.path().stem() != "stderr") {
                names.insert(entry.path().string());
            }
        }
        return names;
    }
    /** A line of `espdl check`'s table. */
    static std::string line_of(const Outcome &outcome, const std::string &node) {
        std::istringstream text(outcome.out);
        for (std::string line; std::getline(text, line);) {
            if (line.find(" " + node) != std::string::npos) {
                return line;
            }
        }
        return "";
    }
    Outcome check(const onnx::ModelProto &model) {
        write_model(model);
        return run("check '" + (m_dir / "model.onnx") + "'");
    }
    /** On every target the file passes its test, and everything quantized is close to everything in float. */
    void expect_works(const onnx::ModelProto &model, const std::vector<int> &calibration,
                      const std::string &more = "") {
        write_model(model);
        write_calibration(calibration);
        for (const char *target : {"esp32p4", "esp32s3", "esp32"}) {
            const Outcome made =
                run(arguments(std::string("--target ") + target + " --no-layerwise --report '" + (m_dir / "report") +
                              "' --test-input '" + (m_dir / "calib.npy") + "' " + more));
            ASSERT_EQ(made.code, 0) << target << "\n" << made.error;
            size_t at = 0, outputs = 0;
            while ((at = made.out.find("cosine ", at)) != std::string::npos) {
                at += 7;
                outputs++;
                EXPECT_GT(std::stod(made.out.substr(at)), 0.99) << target << "\n" << made.out;
            }
            EXPECT_EQ(outputs, (size_t)model.graph().output_size());
            const Outcome tested = run("test '" + (m_dir / "out.espdl") + "' --target " + target);
            EXPECT_EQ(tested.code, 0) << target << "\n" << tested.out << tested.error;
        }
    }
    /** The exponents of a variable's first record, as out.json tells them. */
    int exponent(const std::string &op, const std::string &var) {
        const auto json = nlohmann::json::parse(read(m_dir / "out.json"));
        const auto &record = json.at("configs").at(op).at(var);
        return (int)std::lround(std::log2(
            json.at("values").at(std::to_string(record.at("dominator").get<int>())).at("scale").get<double>()));
    }
};

}  // namespace quantize_test
