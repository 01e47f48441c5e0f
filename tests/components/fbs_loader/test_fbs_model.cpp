// The graph: what is read out of it, and what is refused before anything is read.

#include <random>

#include "loader_test.hpp"

using namespace espdl_test;
using espdl::AttributeType;
using espdl::TensorDataType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class FbsModelTest : public testing::Test {
protected:
    LogRecorder m_log;
    const std::string &log() { return LogRecorder::text(); }
    void expect_refused(const ModelSpec &spec, const std::string &reason) {
        LogRecorder::text().clear();
        Loaded loaded(spec);
        EXPECT_EQ(loaded.model, nullptr);
        EXPECT_THAT(log(), HasSubstr(reason));
    }
};

TEST_F(FbsModelTest, Graph) {
    Loaded loaded(small_model());
    ASSERT_NE(loaded.model, nullptr) << log();
    fbs::FbsModel &model = *loaded.model;
    EXPECT_EQ(model.get_model_name(), "test_graph");
    EXPECT_EQ(model.get_model_version(), 7);
    EXPECT_EQ(model.get_model_doc_string(), "");
    EXPECT_EQ(model.get_ir_version(), 8);
    EXPECT_EQ(model.get_opset_version(), 18);
    EXPECT_EQ(model.get_opset_version("ai.onnx"), 18);
    EXPECT_EQ(model.get_opset_version("other"), 0);
    EXPECT_EQ(model.get_producer_name(), "tests");
    EXPECT_EQ(model.get_model_metadata_prop("author"), "tests");
    EXPECT_EQ(model.get_model_metadata_prop("none"), "");
    EXPECT_THAT(model.get_graph_inputs(), ElementsAre("x"));
    EXPECT_THAT(model.get_graph_outputs(), ElementsAre("y"));
    EXPECT_THAT(model.topological_sort(), ElementsAre("relu", "add"));
    EXPECT_EQ(model.get_operation_type("add"), "Add");
    EXPECT_EQ(model.get_operation_type("none"), "");
    std::vector<std::string> inputs, outputs;
    EXPECT_EQ(model.get_operation_inputs_and_outputs("add", inputs, outputs), ESP_OK);
    EXPECT_THAT(inputs, ElementsAre("h", "w"));
    EXPECT_THAT(outputs, ElementsAre("y"));
    EXPECT_EQ(model.get_operation_inputs_and_outputs("none", inputs, outputs), ESP_FAIL);
    std::vector<int> shape;
    EXPECT_EQ(model.get_operation_input_shape("add", 1, shape), ESP_OK);
    EXPECT_THAT(shape, ElementsAre(1, 4));
    EXPECT_EQ(model.get_operation_input_shape("add", 2, shape), ESP_FAIL);
    EXPECT_EQ(model.get_operation_input_shape("add", -1, shape), ESP_FAIL);
    EXPECT_EQ(model.get_operation_output_shape("relu", 0, shape), ESP_OK);
    EXPECT_EQ(model.get_operation_output_shape("relu", 1, shape), ESP_FAIL);
    model.print();
    EXPECT_THAT(log(), HasSubstr("Add 'add': h w -> y"));
}

TEST_F(FbsModelTest, MapsCanBeClearedAndComeBack) {
    Loaded loaded(small_model());
    loaded.model->clear_map();
    EXPECT_TRUE(loaded.model->is_parameter("w"));
    loaded.model->clear_map();
    loaded.model->load_map();
    loaded.model->load_map();
    EXPECT_EQ(loaded.model->get_operation_type("relu"), "Relu");
}

TEST_F(FbsModelTest, Parameters) {
    ModelSpec spec = small_model();
    spec.initializers[0].doc = "layout ==> (N/16)HWC16";
    spec.initializers.push_back(
        {"per_channel", {1, 1, 2, 3}, TensorDataType::INT16, bytes_of<int16_t>({1, -2, 3, -4, 5, -6}), {-3, -4, -5}});
    Loaded loaded(spec);
    ASSERT_NE(loaded.model, nullptr) << log();
    fbs::FbsModel &model = *loaded.model;
    EXPECT_TRUE(model.is_parameter("w"));
    EXPECT_FALSE(model.is_parameter("h"));
    EXPECT_EQ(model.get_tensor_layout("w"), "(N/16)HWC16");
    EXPECT_EQ(model.get_tensor_layout("per_channel"), "");
    EXPECT_EQ(model.get_tensor_dtype("per_channel"), dl::DATA_TYPE_INT16);
    EXPECT_EQ(model.get_tensor_dtype("none"), dl::DATA_TYPE_UNDEFINED);
    EXPECT_THAT(model.get_tensor_shape("per_channel"), ElementsAre(1, 1, 2, 3));
    EXPECT_THAT(model.get_tensor_exponents("per_channel"), ElementsAre(-3, -4, -5));
    EXPECT_EQ(model.get_tensor_bytes("per_channel"), 12u);

    EXPECT_EQ(model.get_operation_parameter("add", 0), nullptr);
    EXPECT_EQ(model.get_operation_parameter("add", 7), nullptr);
    EXPECT_EQ(model.get_operation_parameter("none", 1), nullptr);
    EXPECT_TRUE(model.m_param_copy);
    std::unique_ptr<dl::TensorBase> copy(model.get_operation_parameter("add", 1));
    ASSERT_NE(copy, nullptr);
    EXPECT_TRUE(copy->auto_free);
    EXPECT_NE(copy->data, model.get_tensor_raw_data("w"));
    EXPECT_EQ((uintptr_t)copy->data % 16, 0u);
    EXPECT_EQ(copy->get_element<int8_t>(3), 40);
    model.m_param_copy = false;
    std::unique_ptr<dl::TensorBase> in_place(model.get_operation_parameter("add", 1));
    EXPECT_FALSE(in_place->auto_free);
    EXPECT_EQ(in_place->data, model.get_tensor_raw_data("w"));
    std::unique_ptr<dl::TensorBase> channels(model.get_parameter("per_channel"));
    EXPECT_TRUE(channels->exponent.is_per_channel());
    EXPECT_EQ(channels->exponent.get(2), -5);
}

TEST_F(FbsModelTest, ParametersInTypedFields) {
    ModelSpec spec = small_model();
    TensorSpec floats = {"floats", {3}, TensorDataType::FLOAT};
    floats.float_data = {1.5f, -2.5f, 3.5f};
    TensorSpec ints = {"ints", {2}, TensorDataType::INT64};
    ints.int64_data = {INT64_MAX, -1};
    spec.initializers.push_back(floats);
    spec.initializers.push_back(ints);
    Loaded loaded(spec);
    ASSERT_NE(loaded.model, nullptr) << log();
    loaded.model->m_param_copy = false;
    std::unique_ptr<dl::TensorBase> f(loaded.model->get_parameter("floats"));
    EXPECT_EQ(f->get_element<float>(1), -2.5f);
    EXPECT_EQ((uintptr_t)f->data % 16, 0u) << "copied if it must be, to be aligned";
    std::unique_ptr<dl::TensorBase> i(loaded.model->get_parameter("ints"));
    EXPECT_EQ(i->get_element<int64_t>(0), INT64_MAX);

    floats.float_data.pop_back();
    spec.initializers[1] = floats;
    expect_refused(spec, "parameter 'floats': shape [3] of FLOAT needs 12 bytes, the file holds 8");
}

TEST_F(FbsModelTest, ScalarsAndEmptyTensors) {
    ModelSpec spec = small_model();
    spec.initializers.push_back({"scalar", {}, TensorDataType::INT16, bytes_of<int16_t>({77})});
    spec.initializers.push_back({"nothing", {0}, TensorDataType::FLOAT, {}});
    Loaded loaded(spec);
    ASSERT_NE(loaded.model, nullptr) << log();
    std::unique_ptr<dl::TensorBase> scalar(loaded.model->get_parameter("scalar"));
    EXPECT_EQ(scalar->get_size(), 1);
    EXPECT_EQ(scalar->get_element<int16_t>(0), 77);
    std::unique_ptr<dl::TensorBase> nothing(loaded.model->get_parameter("nothing"));
    EXPECT_EQ(nothing->get_size(), 0);
}

TEST_F(FbsModelTest, Variables) {
    ModelSpec spec = small_model();
    spec.value_infos[0] = {"h", {1, 2, 2}, TensorDataType::INT16, {-9}};
    spec.value_infos.push_back({"", {}, TensorDataType::FLOAT});
    Loaded loaded(spec);
    ASSERT_NE(loaded.model, nullptr) << log();
    EXPECT_EQ(loaded.model->get_value_info_dtype("h"), dl::DATA_TYPE_INT16);
    EXPECT_THAT(loaded.model->get_value_info_shape("h"), ElementsAre(1, 2, 2));
    EXPECT_EQ(loaded.model->get_value_info_exponent("h"), -9);
    EXPECT_EQ(loaded.model->get_value_info_dtype("none"), dl::DATA_TYPE_UNDEFINED);
    EXPECT_THAT(loaded.model->get_value_info_shape("none"), IsEmpty());
    EXPECT_FALSE(loaded.model->has_value_info(""));
}

TEST_F(FbsModelTest, TestValues) {
    Loaded loaded(small_model());
    fbs::FbsModel &model = *loaded.model;
    EXPECT_THAT(model.get_test_inputs_name(), ElementsAre("x"));
    EXPECT_THAT(model.get_test_outputs_name(), ElementsAre("y"));
    std::unique_ptr<dl::TensorBase> x(model.get_test_input_tensor("x"));
    ASSERT_NE(x, nullptr);
    EXPECT_EQ(x->get_element<int8_t>(0), -5);
    EXPECT_FALSE(x->auto_free);
    EXPECT_EQ(x->data, model.get_test_input_tensor_raw_data("x"));
    EXPECT_EQ(model.get_test_input_tensor("y"), nullptr);
    std::unique_ptr<dl::TensorBase> y(model.get_test_output_tensor("y"));
    EXPECT_EQ(y->get_element<int8_t>(3), 127);
    EXPECT_NE(model.get_test_output_tensor_raw_data("y"), nullptr);
    EXPECT_EQ(model.get_test_output_tensor_raw_data("x"), nullptr);
}

TEST_F(FbsModelTest, Attributes) {
    ModelSpec spec = small_model();
    AttributeSpec axis, alpha, pads, scales, names, table;
    axis.name = "axis";
    axis.type = AttributeType::INT;
    axis.i = INT64_MAX;
    alpha.name = "alpha";
    alpha.type = AttributeType::FLOAT;
    alpha.f = 0.25f;
    pads.name = "pads";
    pads.type = AttributeType::INTS;
    pads.ints = {1, -2, INT64_MIN};
    scales.name = "scales";
    scales.type = AttributeType::FLOATS;
    scales.floats = {1.5f, 2};
    names.name = "names";
    names.type = AttributeType::STRINGS;
    names.strings = {"a", "b"};
    table.name = "table";
    table.type = AttributeType::TENSOR;
    table.tensor = true;
    table.t = {"", {2}, TensorDataType::INT8, bytes_of<int8_t>({7, 8})};
    spec.nodes[0].attributes = {axis,
                                alpha,
                                pads,
                                scales,
                                names,
                                table,
                                AttributeSpec::text("quant_type", "S16"),
                                AttributeSpec::text("activation", "Relu"),
                                AttributeSpec::text("mode", "linear"),
                                AttributeSpec::text("lut", "w"),
                                AttributeSpec::text("lost", "nobody")};
    Loaded loaded(spec);
    ASSERT_NE(loaded.model, nullptr) << log();
    fbs::FbsModel &model = *loaded.model;
    int i = 0;
    int64_t wide = 0;
    float f = 0;
    std::string s;
    std::vector<int> is;
    std::vector<int64_t> wides;
    std::vector<float> fs;
    std::vector<std::string> ss;
    dl::quant_type_t quant_type = dl::QUANT_TYPE_NONE;
    dl::activation_type_t activation = dl::Linear;
    dl::resize_mode_t mode = dl::RESIZE_NEAREST;
    EXPECT_EQ(model.get_operation_attribute("relu", "axis", i), ESP_OK);
    EXPECT_EQ(i, INT32_MAX) << "limited to int";
    EXPECT_EQ(model.get_operation_attribute("relu", "axis", wide), ESP_OK);
    EXPECT_EQ(wide, INT64_MAX);
    EXPECT_EQ(model.get_operation_attribute("relu", "alpha", f), ESP_OK);
    EXPECT_EQ(f, 0.25f);
    EXPECT_EQ(model.get_operation_attribute("relu", "pads", is), ESP_OK);
    EXPECT_THAT(is, ElementsAre(1, -2, INT32_MIN));
    EXPECT_EQ(model.get_operation_attribute("relu", "pads", wides), ESP_OK);
    EXPECT_EQ(wides[2], INT64_MIN);
    EXPECT_EQ(model.get_operation_attribute("relu", "scales", fs), ESP_OK);
    EXPECT_THAT(fs, ElementsAre(1.5f, 2));
    EXPECT_EQ(model.get_operation_attribute("relu", "names", ss), ESP_OK);
    EXPECT_THAT(ss, ElementsAre("a", "b"));
    EXPECT_EQ(model.get_operation_attribute("relu", "mode", s), ESP_OK);
    EXPECT_EQ(s, "linear");
    EXPECT_EQ(model.get_operation_attribute("relu", "quant_type", quant_type), ESP_OK);
    EXPECT_EQ(quant_type, dl::QUANT_TYPE_SYMM_16BIT);
    EXPECT_EQ(model.get_operation_attribute("relu", "activation", activation), ESP_OK);
    EXPECT_EQ(activation, dl::ReLU);
    EXPECT_EQ(model.get_operation_attribute("relu", "mode", mode), ESP_OK);
    EXPECT_EQ(mode, dl::RESIZE_LINEAR);
    dl::TensorBase *tensor = nullptr;
    ASSERT_EQ(model.get_operation_attribute("relu", "table", tensor), ESP_OK);
    EXPECT_EQ(tensor->get_element<int8_t>(1), 8);
    delete tensor;
    ASSERT_EQ(model.get_operation_attribute("relu", "lut", tensor), ESP_OK);
    EXPECT_EQ(tensor->get_element<int8_t>(0), 10);
    delete tensor;

    std::unique_ptr<dl::TensorBase> lut(model.get_operation_lut("relu"));
    ASSERT_NE(lut, nullptr);
    EXPECT_EQ(lut->data, model.get_tensor_raw_data("w")) << "a table stays in the file";
    EXPECT_EQ(model.get_operation_lut("add"), nullptr);
    EXPECT_THAT(log(), IsEmpty());
    EXPECT_EQ(model.get_operation_lut("relu", MALLOC_CAP_DEFAULT, "lost"), nullptr);
    EXPECT_THAT(log(), HasSubstr("'lost' names parameter 'nobody', which the file does not have"));

    EXPECT_EQ(model.get_operation_attribute("relu", "none", i), ESP_FAIL);
    EXPECT_EQ(model.get_operation_attribute("none", "axis", i), ESP_FAIL);
    i = 5;
    EXPECT_EQ(model.get_operation_attribute("relu", "alpha", i), ESP_FAIL);
    EXPECT_EQ(i, 5);
    EXPECT_THAT(log(), HasSubstr("Node 'relu': attribute 'alpha' is FLOAT, needed INT"));
    EXPECT_EQ(model.get_operation_attribute("relu", "mode", quant_type), ESP_FAIL);
    EXPECT_THAT(log(), HasSubstr("is \"linear\", known are S8, S16, S32, F32"));
    EXPECT_TRUE(model.has_operation_attribute("relu", "axis"));
    EXPECT_FALSE(model.has_operation_attribute("relu", "none"));
    EXPECT_EQ(model.get_operation_attribute_string("relu", "pads"), "[1, -2, -9223372036854775808]");
    EXPECT_EQ(model.get_operation_attribute_string("relu", "alpha"), "0.25");
    EXPECT_EQ(model.get_operation_attribute_string("relu", "table"), "tensor [2]");
}

TEST_F(FbsModelTest, OrderOfExecution) {
    ModelSpec spec = small_model();
    std::swap(spec.nodes[0], spec.nodes[1]);
    EXPECT_THAT(Loaded(spec).model->topological_sort(), ElementsAre("relu", "add"));
    EXPECT_THAT(Loaded(spec).model->get_node_names(), ElementsAre("add", "relu"));

    // Of those that are ready, the earlier one in the file comes first.
    spec = small_model();
    spec.nodes = {{"A", "join", {"b1", "b2", "b3"}, {"y"}},
                  {"A", "third", {"x"}, {"b3"}},
                  {"A", "second", {"b1"}, {"b2"}},
                  {"A", "first", {"x"}, {"b1"}}};
    EXPECT_THAT(Loaded(spec).model->topological_sort(), ElementsAre("third", "first", "second", "join"));
}

TEST_F(FbsModelTest, NodesWithoutAName) {
    ModelSpec spec = small_model();
    spec.nodes = {{"Relu", "", {"x"}, {"a"}},
                  {"Relu", "same", {"a"}, {"b"}},
                  {"Relu", "same", {"b"}, {"c"}},
                  {"Relu", "Relu_0", {"c"}, {"y"}}};
    Loaded loaded(spec);
    ASSERT_NE(loaded.model, nullptr);
    EXPECT_THAT(loaded.model->topological_sort(), ElementsAre("Relu_0_", "same", "Relu_2", "Relu_0"));
    std::vector<std::string> inputs, outputs;
    loaded.model->get_operation_inputs_and_outputs("Relu_2", inputs, outputs);
    EXPECT_THAT(inputs, ElementsAre("b"));
}

TEST_F(FbsModelTest, OptionalInputsAndOutputs) {
    ModelSpec spec = small_model();
    spec.nodes[0].inputs = {"x", "", ""};
    spec.nodes[0].outputs = {"h", ""};
    spec.nodes[1].outputs = {"y", ""};
    EXPECT_THAT(Loaded(spec).model->topological_sort(), ElementsAre("relu", "add"));
}

TEST_F(FbsModelTest, GraphsThatCannotRun) {
    ModelSpec cycle = small_model();
    cycle.nodes[0].inputs = {"y"};
    EXPECT_THAT(Loaded(cycle).model->topological_sort(), IsEmpty());
    EXPECT_THAT(log(), HasSubstr("cycle: 2 of 2 nodes can never run, the first is 'relu' (Relu)"));

    ModelSpec missing = small_model();
    missing.nodes[1].inputs[0] = "lost";
    EXPECT_THAT(Loaded(missing).model->topological_sort(), IsEmpty());
    EXPECT_THAT(log(), HasSubstr("Node 'add' (Add): input 0, tensor 'lost', is no graph input"));

    ModelSpec twice = small_model();
    twice.nodes[0].outputs = {"y"};
    EXPECT_THAT(Loaded(twice).model->topological_sort(), IsEmpty());
    EXPECT_THAT(log(), HasSubstr("Nodes 'relu' and 'add' both make tensor 'y'"));

    ModelSpec overwrites = small_model();
    overwrites.nodes[0].outputs = {"w"};
    EXPECT_THAT(Loaded(overwrites).model->topological_sort(), IsEmpty());
    EXPECT_THAT(log(), HasSubstr("'w', which is a graph input or parameter"));

    ModelSpec no_output = small_model();
    no_output.outputs[0].name = "z";
    EXPECT_THAT(Loaded(no_output).model->topological_sort(), IsEmpty());
    EXPECT_THAT(log(), HasSubstr("Graph output 'z' is no node's output"));

    ModelSpec no_nodes = small_model();
    no_nodes.nodes.clear();
    no_nodes.outputs.clear();
    EXPECT_THAT(Loaded(no_nodes).model->topological_sort(), IsEmpty());
    EXPECT_THAT(log(), HasSubstr("no nodes"));
}

TEST_F(FbsModelTest, TensorsThatAreWrong) {
    ModelSpec spec = small_model();
    spec.initializers[0].dims = {5, 7};
    expect_refused(spec, "parameter 'w': shape [5, 7] of INT8 needs 35 bytes, the file holds 16");
    spec.initializers[0].dims = {-1, 4};
    expect_refused(spec, "parameter 'w': shape [-1, 4] has a negative dimension");
    spec.initializers[0].dims = {1 << 20, 1 << 20, 1 << 20, 1 << 20};
    expect_refused(spec, "more than 2147483647 elements");
    spec.initializers[0].dims = {INT64_MAX};
    expect_refused(spec, "more than 2147483647 elements");
    spec.initializers[0] = {"w", {1 << 30}, TensorDataType::INT64, {}};
    expect_refused(spec, "too large");

    spec = small_model();
    for (int type : {0, 8, 14, -1, 1000000}) {
        spec.initializers[0].dtype = (TensorDataType)type;
        expect_refused(spec, "parameter 'w': data type " + std::to_string(type));
    }
    spec = small_model();
    for (int64_t exponent : {(int64_t)-129, (int64_t)128, INT64_MIN, INT64_MAX}) {
        spec.initializers[0].exponents = {exponent};
        expect_refused(spec, "parameter 'w': exponent " + std::to_string(exponent));
    }
    spec.initializers[0].exponents = {0, 0, 0};
    expect_refused(spec, "parameter 'w': 3 exponents fit no dimension of shape [1, 4]");
    spec = small_model();
    spec.initializers[0].external = true;
    expect_refused(spec, "parameter 'w': its data is in another file");
    spec = small_model();
    spec.initializers.push_back(spec.initializers[0]);
    expect_refused(spec, "parameter 'w': the name is given twice");
    spec = small_model();
    spec.initializers[0].name = "";
    expect_refused(spec, "parameter number 0 has no name");
    spec = small_model();
    spec.test_inputs[0].raw.clear();
    expect_refused(spec, "test input 'x': shape [1, 4] of INT8 needs 4 bytes, the file holds 0");
    spec = small_model();
    spec.test_outputs[0].dims = {1, 2, 3, 4};
    expect_refused(spec, "test output 'y'");
}

TEST_F(FbsModelTest, GraphsThatAreWrong) {
    ModelSpec spec = small_model();
    spec.no_graph = true;
    expect_refused(spec, "no graph");
    spec = small_model();
    spec.nodes[0].attributes[0].subgraph = true;
    expect_refused(spec, "'quant_type' of node 0 'relu' (Relu) holds a subgraph");
    spec = small_model();
    spec.nodes[1].op = "";
    expect_refused(spec, "node 1 'add' () has no operator type");
    spec = small_model();
    spec.nodes[1].outputs.clear();
    expect_refused(spec, "node 1 'add' (Add) has no output");
    spec = small_model();
    spec.nodes[0].attributes[0].name = "";
    expect_refused(spec, "has no name");
    spec = small_model();
    spec.inputs[0].dims = {-1, 4};
    expect_refused(spec, "graph input 'x': dimension 0 of -1");
    spec.inputs[0].dims = {65536, 65536};
    expect_refused(spec, "graph input 'x': dimension 1 of 65536");
    spec = small_model();
    spec.inputs[0].no_type = true;
    expect_refused(spec, "graph input 'x': it is no tensor");
    spec = small_model();
    spec.inputs[0].dtype = (TensorDataType)99;
    expect_refused(spec, "graph input 'x': data type 99 is unknown");
    spec = small_model();
    spec.inputs.push_back(spec.inputs[0]);
    expect_refused(spec, "graph input 'x': the name is given twice");
    spec = small_model();
    spec.value_infos[0].exponents = {1000};
    expect_refused(spec, "tensor 'h': exponent 1000");
}

/** Use everything of a model that a file can influence. */
void touch(fbs::FbsModel &model) {
    for (const std::string &node : model.topological_sort()) {
        std::vector<std::string> inputs, outputs;
        std::vector<int> shape;
        model.get_operation_inputs_and_outputs(node, inputs, outputs);
        for (size_t i = 0; i < inputs.size(); i++) {
            delete model.get_operation_parameter(node, (int)i);
            model.get_operation_input_shape(node, (int)i, shape);
            model.get_value_info_exponent(inputs[i]);
        }
        delete model.get_operation_lut(node);
        for (const std::string &attribute : model.get_operation_attribute_names(node)) {
            model.get_operation_attribute_string(node, attribute);
            dl::TensorBase *tensor = nullptr;
            if (model.get_operation_attribute(node, attribute, tensor) == ESP_OK) {
                delete tensor;
            }
        }
    }
    for (const std::string &name : model.get_parameter_names()) {
        model.get_tensor_layout(name);
        delete model.get_parameter(name);
    }
    for (const std::string &name : model.get_test_inputs_name()) {
        delete model.get_test_input_tensor(name);
    }
    for (const std::string &name : model.get_test_outputs_name()) {
        delete model.get_test_output_tensor(name);
    }
    model.get_model_metadata_props();
    model.get_opset_version();
    model.print();
}

/** @return whether it could be loaded */
bool load_and_touch(const std::vector<uint8_t> &bytes) {
    const Image image(bytes);
    fbs::FbsLoader loader(image.data(), image.size());
    std::unique_ptr<fbs::FbsModel> model(loader.load());
    if (model) {
        touch(*model);
    }
    LogRecorder::text().clear();
    return model != nullptr;
}

TEST_F(FbsModelTest, CutShortAnywhere) {
    ModelSpec spec = small_model();
    spec.initializers.push_back({"long", {1000}, TensorDataType::INT8, std::vector<uint8_t>(1000, 3)});
    const std::vector<uint8_t> good = build_edl2(spec);
    ASSERT_TRUE(load_and_touch(good));
    for (size_t size = 0; size < good.size(); size += 64) {
        std::vector<uint8_t> bad(good.begin(), good.begin() + (ptrdiff_t)size);
        EXPECT_FALSE(load_and_touch(bad)) << size;
        if (size >= 16) {
            // With a size field that agrees, the verifier must notice.
            const uint32_t body = (uint32_t)size - 16;
            memcpy(bad.data() + 8, &body, 4);
            EXPECT_FALSE(load_and_touch(bad)) << size;
        }
    }
}

TEST_F(FbsModelTest, EveryBitFlipped) {
    const std::vector<uint8_t> good = build_edl2(small_model());
    for (size_t at = 0; at < good.size(); at++) {
        for (int bit = 0; bit < 8; bit++) {
            std::vector<uint8_t> bad = good;
            bad[at] ^= (uint8_t)(1 << bit);
            load_and_touch(bad);
        }
    }
}

TEST_F(FbsModelTest, RandomDamage) {
    const unsigned seed = 20240607;
    RecordProperty("seed", (int)seed);
    std::mt19937 random(seed);
    const std::vector<uint8_t> good = build_edl2(small_model());
    for (int round = 0; round < 3000; round++) {
        std::vector<uint8_t> bad = good;
        for (unsigned n = 1 + random() % 6; n > 0; n--) {
            const uint32_t value = random() % 3 == 0 ? 0xffffffff : (uint32_t)random();
            const size_t at = 16 + random() % (bad.size() - 20);
            memcpy(bad.data() + at, &value, 1 + random() % 4);
        }
        load_and_touch(bad);
    }
}

}  // namespace
