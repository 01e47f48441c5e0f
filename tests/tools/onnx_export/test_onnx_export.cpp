// espdl export-onnx as a user runs it, on networks made here and on the reference files. onnx.checker is part of the
// export; tools/onnx_export/check.py compares numbers with ONNX Runtime.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "../../conformance/conformance_test.hpp"
#include "../command_test.hpp"
#include "dl_target.hpp"
#include "espdl_builder.hpp"
#include "model_file.hpp"
#include "onnx_export.hpp"
#include "operators.hpp"

using namespace espdl_test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

AttributeSpec number(const std::string &name, int64_t value) {
    AttributeSpec spec;
    spec.name = name;
    spec.type = espdl::AttributeType::INT;
    spec.i = value;
    return spec;
}

AttributeSpec numbers(const std::string &name, const std::vector<int64_t> &values) {
    AttributeSpec spec;
    spec.name = name;
    spec.type = espdl::AttributeType::INTS;
    spec.ints = values;
    return spec;
}

/** x [1, 2, 2, 16] -> Conv 1x1 with ReLU -> h -> MaxPool 2x2 -> y [1, 1, 1, 16] */
ModelSpec conv_model() {
    ModelSpec spec;
    std::vector<int8_t> weights(16 * 16);
    for (size_t i = 0; i < weights.size(); i++) {
        weights[i] = (int8_t)i;
    }
    spec.initializers = {
        {"w", {1, 1, 16, 16}, espdl::TensorDataType::INT8, bytes_of(weights), {-5}, "layout ==> (N/16)HWC16"},
        {"b", {16}, espdl::TensorDataType::INT32, bytes_of(std::vector<int32_t>(16, 7)), {-9}}};
    spec.inputs = {{"x", {1, 2, 2, 16}, espdl::TensorDataType::INT8, {-4}}};
    spec.value_infos = {{"h", {1, 2, 2, 16}, espdl::TensorDataType::INT8, {-3}}};
    spec.outputs = {{"y", {1, 1, 1, 16}, espdl::TensorDataType::INT8, {-3}}};
    const AttributeSpec s8 = AttributeSpec::text("quant_type", "S8");
    spec.nodes = {{"Conv",
                   "conv",
                   {"x", "w", "b"},
                   {"h"},
                   {s8, AttributeSpec::text("activation", "Relu"), number("group", 1), numbers("kernel_shape", {1, 1}),
                    numbers("strides", {1, 1}), numbers("pads", {0, 0, 0, 0}), numbers("dilations", {1, 1})}},
                  {"MaxPool",
                   "pool",
                   {"h"},
                   {"y"},
                   {s8, numbers("kernel_shape", {2, 2}), numbers("strides", {2, 2}), numbers("pads", {0, 0, 0, 0})}}};
    return spec;
}

class OnnxExportTest : public CommandTest {
protected:
    Outcome export_file(const std::string &path, const std::string &options) {
        std::filesystem::remove(m_dir / "out.onnx");
        return run("export-onnx '" + path + "' --quiet -o '" + (m_dir / "out.onnx") + "' " + options);
    }

    Outcome export_model(const ModelSpec &spec, const std::string &options) {
        return export_file(write("model.espdl", build_edl2(spec)), options);
    }

    onnx::GraphProto exported(const ModelSpec &spec, const std::string &options) {
        const Outcome outcome = export_model(spec, options);
        EXPECT_EQ(outcome.code, 0) << outcome.error;
        onnx::ModelProto model;
        std::ifstream file(m_dir / "out.onnx", std::ios::binary);
        EXPECT_TRUE(model.ParseFromIstream(&file));
        return model.graph();
    }

    static std::vector<std::string> types(const onnx::GraphProto &graph) {
        std::vector<std::string> result;
        for (const auto &node : graph.node()) {
            result.push_back(node.op_type());
        }
        return result;
    }

    static const onnx::NodeProto &node(const onnx::GraphProto &graph, const std::string &type, int which = 0) {
        for (const auto &candidate : graph.node()) {
            if (candidate.op_type() == type && which-- == 0) {
                return candidate;
            }
        }
        ADD_FAILURE() << "no " << type;
        static const onnx::NodeProto none;
        return none;
    }

    static const onnx::TensorProto &initializer(const onnx::GraphProto &graph, const std::string &name) {
        for (const auto &tensor : graph.initializer()) {
            if (tensor.name() == name) {
                return tensor;
            }
        }
        ADD_FAILURE() << "no initializer " << name;
        static const onnx::TensorProto none;
        return none;
    }

    static std::vector<int64_t> dims(const onnx::ValueInfoProto &info) {
        std::vector<int64_t> result;
        for (const auto &dim : info.type().tensor_type().shape().dim()) {
            result.push_back(dim.dim_value());
        }
        return result;
    }

    template <typename T>
    static std::vector<T> values(const onnx::TensorProto &tensor) {
        std::vector<T> result(tensor.raw_data().size() / sizeof(T));
        memcpy(result.data(), tensor.raw_data().data(), tensor.raw_data().size());
        return result;
    }
};

TEST_F(OnnxExportTest, ChipsNumbersKeepTheRelu) {
    const onnx::GraphProto graph = exported(conv_model(), "--qdq s8");
    EXPECT_THAT(types(graph), ElementsAre("QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "DequantizeLinear",
                                          "Conv", "Relu", "QuantizeLinear", "DequantizeLinear", "MaxPool",
                                          "QuantizeLinear", "DequantizeLinear", "Identity"));
    for (int i = 0; i < 3; i++) {
        EXPECT_THAT(values<int8_t>(initializer(graph, node(graph, "QuantizeLinear", i).input(2))), ElementsAre(0));
    }
    EXPECT_THAT(dims(graph.input(0)), ElementsAre(1, 16, 2, 2));
    EXPECT_THAT(dims(graph.output(0)), ElementsAre(1, 16, 1, 1));
    EXPECT_EQ(graph.output(0).name(), "y");
}

TEST_F(OnnxExportTest, QuantizationIsTheReluInTheFastForm) {
    const onnx::GraphProto graph = exported(conv_model(), "--qdq u8");
    EXPECT_THAT(types(graph), testing::Not(testing::Contains("Relu")));
    EXPECT_THAT(values<uint8_t>(initializer(graph, node(graph, "QuantizeLinear", 0).input(2))), ElementsAre(128));
    EXPECT_THAT(values<uint8_t>(initializer(graph, node(graph, "QuantizeLinear", 1).input(2))), ElementsAre(0));
    EXPECT_THAT(values<uint8_t>(initializer(graph, node(graph, "QuantizeLinear", 2).input(2))), ElementsAre(0))
        << "MaxPool is computed in 8 bits only between equal quantizations";
    EXPECT_THAT(values<float>(initializer(graph, node(graph, "QuantizeLinear", 1).input(1))), ElementsAre(0.125f));
    // Without the ReLU, the range has two sides.
    ModelSpec linear = conv_model();
    linear.nodes[0].attributes[1] = AttributeSpec::text("activation", "Linear");
    const onnx::GraphProto other = exported(linear, "--qdq u8");
    EXPECT_THAT(values<uint8_t>(initializer(other, node(other, "QuantizeLinear", 1).input(2))), ElementsAre(128));
}

TEST_F(OnnxExportTest, WeightsAreUnblocked) {
    const onnx::GraphProto graph = exported(conv_model(), "--qdq s8");
    const onnx::NodeProto &dequantize = node(graph, "DequantizeLinear", 1);
    const onnx::TensorProto &weights = initializer(graph, dequantize.input(0));
    EXPECT_THAT(std::vector<int64_t>(weights.dims().begin(), weights.dims().end()), ElementsAre(16, 16, 1, 1));
    const std::vector<int8_t> plain = values<int8_t>(weights);
    ASSERT_EQ(plain.size(), 256u);
    for (int n = 0; n < 16; n++) {
        for (int c = 0; c < 16; c++) {
            // The file has [n / 16][c][n % 16].
            ASSERT_EQ(plain[n * 16 + c], (int8_t)(c * 16 + n)) << n << ", " << c;
        }
    }
    const onnx::GraphProto floats = exported(conv_model(), "--float");
    EXPECT_THAT(types(floats), ElementsAre("Conv", "Relu", "MaxPool", "Identity"));
    EXPECT_EQ(values<float>(initializer(floats, node(floats, "Conv").input(1)))[1], 16 / 32.0f);
    EXPECT_EQ(values<float>(initializer(floats, node(floats, "Conv").input(2)))[0], 7 / 512.0f);
}

TEST_F(OnnxExportTest, PortsAsTheFileHasThem) {
    const onnx::GraphProto graph = exported(conv_model(), "--qdq u8 --file-ports");
    EXPECT_EQ(graph.input(0).type().tensor_type().elem_type(), (int)onnx::TensorProto::UINT8);
    EXPECT_EQ(graph.output(0).type().tensor_type().elem_type(), (int)onnx::TensorProto::UINT8);
    EXPECT_THAT(dims(graph.input(0)), ElementsAre(1, 2, 2, 16));
    EXPECT_THAT(dims(graph.output(0)), ElementsAre(1, 1, 1, 16));
    EXPECT_EQ(graph.node(0).op_type(), "Transpose");
    EXPECT_EQ(graph.node(0).input(0), "x");
}

TEST_F(OnnxExportTest, ConstantMatrixIsTransposed) {
    ModelSpec spec;
    std::vector<int8_t> weights(3 * 16);
    for (size_t i = 0; i < weights.size(); i++) {
        weights[i] = (int8_t)i;
    }
    spec.initializers = {
        {"w", {3, 16}, espdl::TensorDataType::INT8, bytes_of(weights), {-5}, "layout ==> (N/16)HWC16"}};
    spec.inputs = {{"x", {2, 3}, espdl::TensorDataType::INT8, {-4}}};
    spec.outputs = {{"y", {2, 16}, espdl::TensorDataType::INT8, {-3}}};
    spec.nodes = {{"MatMul", "matmul", {"x", "w"}, {"y"}}};
    const onnx::GraphProto graph = exported(spec, "--qdq u8");
    const onnx::NodeProto &dequantize = node(graph, "DequantizeLinear", 1);
    // [n / 16][k][n % 16] of 16 columns is [k][n] already.
    EXPECT_EQ(values<int8_t>(initializer(graph, dequantize.input(0))), weights);
    EXPECT_EQ(node(graph, "MatMul").input(1), dequantize.output(0));
}

TEST_F(OnnxExportTest, SixteenBitsAreOnnxRuntimesOwn) {
    ModelSpec spec = small_model();
    for (auto *values : {&spec.inputs, &spec.outputs, &spec.value_infos}) {
        for (ValueSpec &value : *values) {
            value.dtype = espdl::TensorDataType::INT16;
        }
    }
    spec.initializers[0].dtype = espdl::TensorDataType::INT16;
    spec.initializers[0].raw = bytes_of<int16_t>({1, 2, 3, 4});
    spec.test_inputs.clear();
    spec.test_outputs.clear();
    for (const char *form : {"--qdq s8", "--qdq u8"}) {
        const onnx::GraphProto graph = exported(spec, form);
        const onnx::NodeProto &quantize = node(graph, "QuantizeLinear");
        EXPECT_EQ(quantize.domain(), "com.microsoft");
        EXPECT_EQ(initializer(graph, quantize.input(2)).data_type(), (int)onnx::TensorProto::INT16);
    }
}

TEST_F(OnnxExportTest, RefusalsNameNodeAndOperator) {
    ModelSpec spec = small_model();
    spec.nodes[0].op = "StreamingCache";
    Outcome outcome = export_model(spec, "--qdq s8");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.error, HasSubstr("node 'relu' (StreamingCache): ONNX has no operator that remembers"));
    EXPECT_FALSE(std::filesystem::exists(m_dir / "out.onnx"));
    spec.nodes[0].op = "NoSuchOperator";
    outcome = export_model(spec, "--float");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.error, HasSubstr("'relu' (NoSuchOperator)"));
    spec = conv_model();
    spec.initializers[0].doc = "layout ==> (N/32)HWC32";
    outcome = export_model(spec, "--qdq s8");
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.error, HasSubstr("'conv' (Conv)"));
    EXPECT_EQ(export_model(small_model(), "--qdq s9").code, 2);
    EXPECT_EQ(export_file(m_dir / "absent.espdl", "").code, 2);
}

TEST_F(OnnxExportTest, EveryOperatorIsExportedAsItsRowSays) {
    for (const operators::Operator &op : operators::all()) {
        EXPECT_EQ(onnx_export::has_form(op.name), op.onnx != operators::Onnx::NONE) << op.name;
    }
    EXPECT_FALSE(onnx_export::has_form("NoSuchOperator"));
    ModelSpec spec = small_model();
    spec.nodes[0].op = "Softsign";
    EXPECT_THAT(types(exported(spec, "--float")), testing::Contains("Softsign"));
}

/** Every reference file of single operators, in every form. */
TEST_F(OnnxExportTest, OperatorsOfTheReferenceFiles) {
    NEED_REFERENCE_DATA("corpus/ops/esp32p4");
    conformance::make_room();
    dl::set_target(dl::TARGET_ESP32P4);
    size_t exported = 0;
    std::set<std::string> refused;
    for (const auto &file :
         std::filesystem::recursive_directory_iterator(conformance::testdata() + "/corpus/ops/esp32p4")) {
        if (file.path().extension() != ".espdl") {
            continue;
        }
        std::string error;
        auto model = espdl_tool::ModelFile::open(file.path(), {}, error);
        ASSERT_TRUE(model) << error;
        for (const onnx_export::Form form :
             {onnx_export::Form::FLOAT, onnx_export::Form::QDQ_S8, onnx_export::Form::QDQ_U8}) {
            try {
                const onnx_export::Result result =
                    onnx_export::export_onnx(model->model(), form, onnx_export::Ports::FILE);
                EXPECT_FALSE(result.outputs.empty());
                exported++;
            } catch (const onnx_export::Error &reason) {
                EXPECT_THAT(reason.what(), HasSubstr("came with operator set 1")) << file.path();
                refused.insert(file.path().parent_path().filename());
            }
        }
    }
    EXPECT_GT(exported, 1000u);
    EXPECT_THAT(refused, testing::Each(testing::AnyOf("ScatterND", "Pad")));
}

}  // namespace
