// Models as exporters and older tools write them.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

class QuantizeImportTest : public QuantizeTest {};

onnx::TensorShapeProto *shape_of_input(onnx::ModelProto &model) {
    return model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
}

TEST_F(QuantizeImportTest, OpenBatchIsOne) {
    onnx::ModelProto model = small_model();
    shape_of_input(model)->mutable_dim(0)->set_dim_param("batch");
    expect_works(model, {4, 3, 8, 8});
    EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("%input[INT8, 1x8x8x3]"));
}

TEST_F(QuantizeImportTest, InputShapeFillsWhatIsOpen) {
    onnx::ModelProto model = small_model();
    shape_of_input(model)->mutable_dim(0)->set_dim_param("batch");
    shape_of_input(model)->mutable_dim(2)->set_dim_param("height");
    shape_of_input(model)->mutable_dim(3)->clear_value();
    expect_works(model, {4, 3, 10, 12}, "--input-shape 1x3x10x12");
    EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("%input[INT8, 1x10x12x3]"));
    EXPECT_EQ(run("check '" + (m_dir / "model.onnx") + "' --input-shape input=1x3x10x12").code, 0);
    EXPECT_EQ(run("check '" + (m_dir / "model.onnx") + "'").code, 2);
}

TEST_F(QuantizeImportTest, RandomCalibrationIsAlwaysTheSame) {
    write_model(small_model());
    const std::string command = "quantize '" + (m_dir / "model.onnx") + "' --calib random --threads 1 --quiet -o '";
    const Outcome first = run(command + (m_dir / "a.espdl") + "'"), second = run(command + (m_dir / "b.espdl") + "'");
    ASSERT_EQ(first.code, 0) << first.error;
    EXPECT_THAT(first.error, HasSubstr("warning: --calib random"));
    ASSERT_EQ(second.code, 0) << second.error;
    EXPECT_EQ(read(m_dir / "a.espdl"), read(m_dir / "b.espdl"));
}

/** 2^-3 to 2^3, with either sign: exact in half precision. */
std::vector<std::pair<uint16_t, float>> halves(size_t count) {
    std::vector<std::pair<uint16_t, float>> values;
    for (size_t i = 0; i < count; i++) {
        const int exponent = (int)(i * 5 % 7) - 3;
        const bool negative = i % 3 == 0;
        values.push_back({(uint16_t)((negative ? 0x8000 : 0) | (exponent + 15) << 10),
                          std::ldexp(negative ? -1.0f : 1.0f, exponent)});
    }
    return values;
}

TEST_F(QuantizeImportTest, HalfPrecisionIsComputedAsFloat) {
    std::string files[2];
    for (const bool half : {false, true}) {
        onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 4, 8, 8});
        onnx::GraphProto *graph = model.mutable_graph();
        if (half) {
            graph->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT16);
        }
        onnx::TensorProto *w = graph->add_initializer();
        w->set_name("w");
        w->set_data_type(half ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::FLOAT);
        for (int64_t dim : {4, 3, 1, 1}) {
            w->add_dims(dim);
        }
        for (const auto &[bits, value] : halves(12)) {
            half ? w->add_int32_data(bits) : w->add_float_data(value);
        }
        add_node(graph, "Conv", {"input", "w"}, half ? "conv" : "output");
        if (half) {
            add_int(add_node(graph, "Cast", {"conv"}, "output"), "to", onnx::TensorProto::FLOAT);
        }
        write_model(model);
        const Outcome made = run(arguments());
        ASSERT_EQ(made.code, 0) << made.error;
        files[half] = read(m_dir / "out.json");
    }
    const auto scales = [](const std::string &text) { return nlohmann::json::parse(text).at("values"); };
    EXPECT_EQ(scales(files[0]), scales(files[1]));
}

TEST_F(QuantizeImportTest, OperatorsOfOldSets) {
    for (const bool as_input : {false, true}) {
        onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 2, 16, 16});
        model.mutable_opset_import(0)->set_version(as_input ? 9 : 7);
        onnx::GraphProto *graph = model.mutable_graph();
        onnx::NodeProto *slice = add_node(graph, "Slice", {"input"}, "slice");
        add_ints(slice, "axes", {1});
        add_ints(slice, "starts", {0});
        add_ints(slice, "ends", {2});
        onnx::NodeProto *upsample = add_node(graph, "Upsample", {"slice"}, "output");
        onnx::TensorProto *scales = as_input ? graph->add_initializer() : nullptr;
        onnx::AttributeProto *list = as_input ? nullptr : upsample->add_attribute();
        if (as_input) {
            upsample->add_input("scales");
            scales->set_name("scales");
            scales->set_data_type(onnx::TensorProto::FLOAT);
            scales->add_dims(4);
        } else {
            list->set_name("scales");
            list->set_type(onnx::AttributeProto::FLOATS);
        }
        for (float scale : {1.0f, 1.0f, 2.0f, 2.0f}) {
            as_input ? scales->add_float_data(scale) : list->add_floats(scale);
        }
        expect_works(model, {4, 3, 8, 8});
        EXPECT_THAT(line_of(check(model), "/output"),
                    StartsWith("via rewrite  Upsample               /output  becomes Resize"));
    }
}

TEST_F(QuantizeImportTest, SoftmaxOverSeveralAxesIsRefused) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 3, 8, 8});
    model.mutable_opset_import(0)->set_version(11);
    add_node(model.mutable_graph(), "Softmax", {"input"}, "output");
    write_model(model);
    expect_refused("node '/output' (Softmax): operator set 11 takes all axes from 1 on together");
    add_int(model.mutable_graph()->mutable_node(0), "axis", -100);
    EXPECT_EQ(check(model).code, 1);
}

TEST_F(QuantizeImportTest, CheckOfNodesWithoutInputs) {
    // The rewrites meet them, too: check goes on behind the first problem.
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 3, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "two", {1}, 2.0f);
    add_node(graph, "ReduceMean", {""}, "mean");
    add_node(graph, "Sub", {"", "mean"}, "centred");
    add_node(graph, "Pow", {"", "two"}, "none");
    add_node(graph, "Mul", {"centred", "centred"}, "squares");
    add_node(graph, "Div", {"squares"}, "div");
    add_node(graph, "Erf", {"div"}, "erf");
    add_node(graph, "InstanceNormalization", {"erf", "two", "two"}, "norm");
    add_node(graph, "Sum", {"norm", "none", "input"}, "output");
    EXPECT_EQ(check(model).code, 1);
}

}  // namespace
