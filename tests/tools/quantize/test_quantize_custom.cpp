// Operators of the user's own: declared to espdl quantize, computed by a module that the app registers.

#include <zip.h>

#include "dl_module_creator.hpp"
#include "quantize_test.hpp"
#include "recording.hpp"
#include "runner.hpp"

using namespace quantize_test;
using espdl_tool::FileResult;
using espdl_tool::Status;

namespace {

int s_runs = 0;  // of the app's module

/** y = gain[channel] * (x > 0 ? x : alpha x), as an app would write it: in the integers' own scales, or in float. */
class Bend : public dl::module::Module {
public:
    Bend(const char *name, dl::quant_type_t type, float alpha, std::vector<float> gain, bool channels_last)
        : Module(name, dl::MODULE_NON_INPLACE, type),
          m_alpha(alpha),
          m_gain(std::move(gain)),
          m_channels_last(channels_last) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &shapes) override {
        return {shapes[0]};
    }

    void forward(dl::ModelContext *context, dl::runtime_mode_t) override {
        s_runs++;
        dl::TensorBase *x = input(context, 0), *y = output(context);
        if (quant_type == dl::QUANT_TYPE_SYMM_8BIT) {
            compute<int8_t>(*x, *y);
        } else if (quant_type == dl::QUANT_TYPE_SYMM_16BIT) {
            compute<int16_t>(*x, *y);
        } else {
            compute<float>(*x, *y);
        }
    }

    static dl::module::Module *deserialize(fbs::FbsModel *model, const std::string &node) {
        dl::quant_type_t type;
        float alpha = 0;
        std::string order;
        if (model->get_operation_attribute(node, "quant_type", type) != ESP_OK ||
            model->get_operation_attribute(node, "alpha", alpha) != ESP_OK ||
            model->get_operation_attribute(node, "order", order) != ESP_OK) {
            return nullptr;
        }
        const std::unique_ptr<dl::TensorBase> gain(model->get_operation_parameter(node, 1));
        if (!gain || gain->get_dtype() != dl::DATA_TYPE_FLOAT) {
            return nullptr;
        }
        const float *values = gain->get_element_ptr<float>();
        return new Bend(node.c_str(), type, alpha, {values, values + gain->get_size()}, order == "last");
    }

private:
    template <typename T>
    void compute(dl::TensorBase &x, dl::TensorBase &y) {
        const int channels = (int)m_gain.size();
        const int inner = m_channels_last ? 1 : x.get_size() / channels;
        const float in = std::is_integral_v<T> ? std::ldexp(1.0f, x.exponent) : 1;
        const float out = std::is_integral_v<T> ? std::ldexp(1.0f, y.exponent) : 1;
        for (int i = 0; i < x.get_size(); i++) {
            const float value = (float)x.get_element_ptr<T>()[i] * in;
            float result = (value > 0 ? value : m_alpha * value) * m_gain[(size_t)(i / inner % channels)] / out;
            if (std::is_integral_v<T>) {
                result = std::clamp(std::nearbyint(result), (float)std::numeric_limits<T>::min(),
                                    (float)std::numeric_limits<T>::max());
            }
            y.get_element_ptr<T>()[i] = (T)result;
        }
    }

    float m_alpha;
    std::vector<float> m_gain;
    bool m_channels_last;
};

void set_text(onnx::NodeProto *node, const std::string &name, const std::string &text) {
    onnx::AttributeProto *attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::STRING);
    attribute->set_s(text);
}

void set_float(onnx::NodeProto *node, const std::string &name, float value) {
    onnx::AttributeProto *attribute = node->add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::FLOAT);
    attribute->set_f(value);
}

/** input -> Conv -> com.me.Bend with a constant -> Conv -> output; all [1, 8, 6, 6] */
onnx::ModelProto bend_model(const std::string &order = "onnx") {
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 8, 6, 6});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {8, 8, 3, 3}, 0.4f);
    add_param(graph, "gain", {8, 1, 1}, 1.5f);
    add_param(graph, "w_last", {8, 8, 1, 1}, 0.5f);
    add_ints(add_node(graph, "Conv", {"input", "w"}, "conv"), "pads", {1, 1, 1, 1});
    onnx::NodeProto *bend = add_node(graph, "Bend", {"conv", "gain"}, "bend");
    bend->set_domain("com.me");
    set_float(bend, "alpha", 0.25f);
    set_text(bend, "order", order);
    add_node(graph, "Conv", {"bend", "w_last"}, "output");
    return model;
}

/** What a Bend computes, from ONNX's operators. */
onnx::ModelProto bend_body() {
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 8, 6, 6});
    onnx::GraphProto *graph = model.mutable_graph();
    set_shape(graph->add_input(), "gain", {8, 1, 1});
    set_float(add_node(graph, "LeakyRelu", {"input"}, "leaky"), "alpha", 0.25f);
    add_node(graph, "Mul", {"leaky", "gain"}, "output");
    return model;
}

class QuantizeCustomTest : public QuantizeTest {
protected:
    void SetUp() override {
        write_calibration({4, 8, 6, 6}, 2.0f);
        write_model(bend_model());
        write_text("bend.onnx", bend_body().SerializeAsString());
    }
    void TearDown() override { dl::module::ModuleCreator::get_instance()->clear(); }

    std::string custom(const std::string &settings) const {
        return " --custom-op 'com.me.Bend=" + settings + (settings.empty() ? "" : ",") +
               "body:" + (m_dir / "bend.onnx") + "'";
    }
    std::string with_test_values() { return " --test-input '" + (m_dir / "calib.npy") + "'"; }
    /** With its last lines. */
    Outcome quantize(const std::string &more) {
        std::string command = arguments(more);
        command.erase(command.find("--quiet"), 7);
        return run(command);
    }
    static double noise_of(const Outcome &made) {
        const size_t at = made.out.find("': ");
        return at == std::string::npos ? -1 : std::stod(made.out.substr(at + 3));
    }
    FileResult run_as_app() {
        dl::set_target(dl::TARGET_ESP32P4);
        return espdl_tool::test_file(m_dir / "out.espdl");
    }
    void write_values(const std::string &name, const std::vector<std::pair<std::string, std::vector<int>>> &arrays,
                      const std::vector<std::vector<float>> &data) {
        int code = 0;
        zip_t *archive = zip_open((m_dir / name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
        ASSERT_NE(archive, nullptr) << code;
        std::vector<std::string> texts;
        for (size_t i = 0; i < arrays.size(); i++) {
            texts.push_back(espdl_tool::npy_header(dl::DATA_TYPE_FLOAT, arrays[i].second) +
                            std::string((const char *)data[i].data(), data[i].size() * sizeof(float)));
        }
        for (size_t i = 0; i < arrays.size(); i++) {
            zip_source_t *source = zip_source_buffer(archive, texts[i].data(), texts[i].size(), 0);
            ASSERT_GE(zip_file_add(archive, (arrays[i].first + ".npy").c_str(), source, 0), 0);
        }
        ASSERT_EQ(zip_close(archive), 0) << zip_strerror(archive);
    }
};

TEST_F(QuantizeCustomTest, ModuleOfTheAppRunsTheFile) {
    for (const char *type : {"", "int8", "int16", "float"}) {
        for (const char *layout : {"onnx", "last", "any"}) {
            SCOPED_TRACE(std::string(type) + " " + layout);
            // The Conv in front leaves its channels last.
            write_model(bend_model(layout == std::string("onnx") ? "onnx" : "last"));
            const std::string settings = std::string(type) + (*type ? "," : "") + "layout:" + layout;
            const Outcome made = quantize(custom(settings) + with_test_values());
            ASSERT_EQ(made.code, 0) << made.error;
            EXPECT_GT(noise_of(made), 25) << made.out;
            EXPECT_THAT(made.out, HasSubstr("operator 'Bend' (1 node): firmware registers its module; '" +
                                            (m_dir / "bend.onnx") + "' stood in for it in calibration\n"));
            EXPECT_THAT(made.out, HasSubstr("verified for esp32p4: 576 elements of the emulated chip are those of the "
                                            "simulation; operator 'Bend' (1 node: '/bend'): not verified"));
            FileResult result = run_as_app();
            EXPECT_EQ(result.status, Status::NotLoaded);
            dl::module::ModuleCreator::get_instance()->register_module("Bend", Bend::deserialize);
            s_runs = 0;
            result = run_as_app();
            EXPECT_EQ(s_runs, 1);
            EXPECT_EQ(result.status, Status::Exact) << result.error << espdl_tool::result_line(result);
            ASSERT_EQ(result.tensors.size(), 1u);
            EXPECT_EQ(result.tensors[0].elements, 288u);
            dl::module::ModuleCreator::get_instance()->clear();
        }
    }
}

TEST_F(QuantizeCustomTest, OtherChipsToo) {
    for (const char *target : {"esp32s3", "c"}) {
        for (const char *bits : {"8", "16"}) {
            const Outcome made = quantize(custom("layout:last") + " --target " + target + " --bits " + bits);
            EXPECT_EQ(made.code, 0) << made.error;
            EXPECT_THAT(made.out, HasSubstr("not verified")) << target;
        }
    }
}

TEST_F(QuantizeCustomTest, FunctionOfTheModelIsTheBody) {
    onnx::ModelProto model = bend_model();
    onnx::FunctionProto *function = model.add_functions();
    function->set_domain("com.me");
    function->set_name("Bend");
    function->add_input("x");
    function->add_input("g");
    function->add_output("y");
    function->add_attribute("alpha");
    function->add_opset_import()->set_version(13);
    const onnx::ModelProto body = bend_body();
    *function->mutable_node() = body.graph().node();
    function->mutable_node(0)->set_input(0, "x");
    onnx::AttributeProto *alpha = function->mutable_node(0)->mutable_attribute(0);
    alpha->clear_f();
    alpha->set_ref_attr_name("alpha");
    function->mutable_node(1)->set_input(1, "g");
    function->mutable_node(1)->set_output(0, "y");
    const Outcome from_file = quantize(custom("") + with_test_values());
    ASSERT_EQ(from_file.code, 0) << from_file.error;
    write_model(model);
    const Outcome made = quantize(" --custom-op com.me.Bend" + with_test_values());
    ASSERT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(made.out, HasSubstr("the model's function stood in for it"));
    EXPECT_EQ(noise_of(made), noise_of(from_file));
    dl::module::ModuleCreator::get_instance()->register_module("Bend", Bend::deserialize);
    EXPECT_EQ(run_as_app().status, Status::Exact);
}

TEST_F(QuantizeCustomTest, RecordedValuesAreThoseOfTheNearestInput) {
    // What the Conv in front gives for each sample of the calibration set decides which record is taken.
    onnx::ModelProto model = empty_model({1, 4}, {1, 2});
    onnx::NodeProto *node = add_node(model.mutable_graph(), "Mine", {"input"}, "mine");
    node->set_domain("com.me");
    add_param(model.mutable_graph(), "w", {2, 2}, 1.0f);
    add_node(model.mutable_graph(), "Gemm", {"mine", "w"}, "output");
    write_model(model);
    write_calibration({4, 4});
    const std::vector<float> in = values(16, 1.0f, 3);
    std::vector<float> out;
    for (size_t sample = 0; sample < 4; sample++) {
        out.push_back(in[4 * sample] * in[4 * sample + 1]);
        out.push_back(in[4 * sample + 2] - in[4 * sample + 3]);
    }
    write_values("mine.npz", {{"input0", {4, 4}}, {"output0", {4, 2}}}, {in, out});
    const std::string declared = "--custom-op 'Mine=int16,shape:1x2,body:" + (m_dir / "mine.npz") + "'";
    const Outcome made = quantize(declared + " --bits 16");
    ASSERT_EQ(made.code, 0) << made.error;
    // Steps of the input that 16 bits round do not make another sample the nearest one.
    EXPECT_GT(noise_of(made), 60) << made.out;
    EXPECT_THAT(made.out, HasSubstr("the values in '" + (m_dir / "mine.npz") + "' stood in for it"));

    write_values("mine.npz", {{"input0", {4, 1, 4}}, {"output0", {4, 1, 2}}}, {in, out});
    EXPECT_EQ(noise_of(quantize(declared + " --bits 16")), noise_of(made)) << "an axis for the samples";
    std::filesystem::remove(m_dir / "out.espdl");
    std::filesystem::remove(m_dir / "out.info");
    std::filesystem::remove(m_dir / "out.json");
    std::filesystem::remove(m_dir / "out.toml");
    write_values("mine.npz", {{"input0", {4, 4}}, {"output0", {3, 2}}}, {in, {out.begin(), out.begin() + 6}});
    expect_refused("'output0' has 3 samples, others have 4", declared);
    write_values("mine.npz", {{"input0", {0, 4}}, {"output0", {0, 2}}}, {{}, {}});
    expect_refused("'input0' holds no sample", declared);
    write_values("mine.npz", {{"input0", {4, 0}}, {"output0", {4, 2}}}, {{}, out});
    expect_refused("'input0' holds no sample", declared);
    write_values("mine.npz", {{"input0", {8, 2}}, {"output0", {8, 1}}}, {in, out});
    expect_refused("a sample of 'input0' in '" + (m_dir / "mine.npz") + "' has 2 elements, the operator reads 4",
                   declared);
    write_values("mine.npz", {{"output0", {4, 2}}}, {out});
    expect_refused("has no array 'input0'", declared);
    write_values("mine.npz", {{"input0", {4, 4}}, {"output0", {2, 4}}}, {in, out});
    expect_refused("'output0' has 2 samples, others have 4", declared);
    write_values("mine.npz", {{"input0", {4, 4}}, {"output0", {4, 2}}}, {in, out});
    expect_refused("output 0 is declared as 1x3, the values in '" + (m_dir / "mine.npz") + "' gives 1x2",
                   "--custom-op 'Mine=shape:1x3,body:" + (m_dir / "mine.npz") + "'");
}

TEST_F(QuantizeCustomTest, ScaleIsTheInputsCalibratedOrGiven) {
    write_text("twice.onnx", [] {
        onnx::ModelProto body = bend_body();
        onnx::TensorProto *factor = body.mutable_graph()->add_initializer();
        factor->set_name("factor");
        factor->set_data_type(onnx::TensorProto::FLOAT);
        factor->add_float_data(4.0f);
        body.mutable_graph()->mutable_node(1)->set_input(1, "factor");
        return body.SerializeAsString();
    }());
    auto declared = [&](const std::string &settings) {
        return " --observer minmax --custom-op 'Bend=" + settings + "body:" + (m_dir / "twice.onnx") + "'";
    };
    const Outcome shared = run(arguments(declared("scale:input,")));
    ASSERT_EQ(shared.code, 0) << shared.error;
    EXPECT_EQ(exponent("/bend", "bend"), exponent("/conv", "conv"));
    const int input = exponent("/conv", "conv");
    ASSERT_EQ(run(arguments(declared(""))).code, 0);
    EXPECT_GT(exponent("/bend", "bend"), input);
    ASSERT_EQ(run(arguments(declared("scale:2^-2,"))).code, 0);
    EXPECT_EQ(exponent("/bend", "bend"), -2);
}

TEST_F(QuantizeCustomTest, IdentityStandsInWhereShapesAllow) {
    const Outcome made = quantize("--custom-op 'com.me.Bend=scale:input,body:identity'");
    ASSERT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(made.out, HasSubstr("the identity stood in for it"));
    ASSERT_EQ(quantize("--custom-op 'com.me.Bend=shape:input,body:identity'").code, 0);
    ASSERT_EQ(quantize("--custom-op 'com.me.Bend=shape:1x8x6x6,body:identity'").code, 0);
    for (const char *ending : {".espdl", ".info", ".json", ".toml"}) {
        std::filesystem::remove(m_dir / (std::string("out") + ending));
    }
    expect_refused(
        "node '/bend' (Bend): --custom-op: the identity cannot stand in for it: output 0 has shape 1x4x6x6, "
        "its input 1x8x6x6",
        "--custom-op 'com.me.Bend=shape:1x4x6x6,body:identity'");
    expect_refused("output 0 has shape 65536x65536x65536x65536",
                   "--custom-op 'com.me.Bend=shape:65536x65536x65536x65536,body:identity'");
    expect_refused("input 7 is missing", "--custom-op 'com.me.Bend=shape:input7,body:identity'");
    expect_refused("gives 2 shapes for 1 outputs", "--custom-op 'com.me.Bend=shape:input/1x1,body:identity'");
}

TEST_F(QuantizeCustomTest, SeveralOutputsAndAnotherName) {
    onnx::ModelProto model = empty_model({1, 8, 6, 6}, {1, 8, 6, 6});
    onnx::GraphProto *graph = model.mutable_graph();
    onnx::NodeProto *node = add_node(graph, "Relu", {"input"}, "first");
    node->set_domain("com.me");
    node->add_output("second");
    add_node(graph, "Add", {"first", "second"}, "output");
    write_model(model);
    expect_refused("'Relu' is an operator of ONNX that is known here: as:NAME",
                   "--custom-op com.me.Relu=body:identity");
    const Outcome made = quantize("--custom-op com.me.Relu=as:MyRelu,shape:input/input,body:identity");
    ASSERT_EQ(made.code, 0) << made.error;
    EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("MyRelu"));
}

TEST_F(QuantizeCustomTest, WrongDeclarationsAreRefused) {
    expect_refused("(--custom-op declares one of your own)");
    expect_refused("says nothing of what it computes, which calibration needs", "--custom-op com.me.Bend");
    expect_refused("the model has no such operator; did you mean 'com.me.Bend'?",
                   "--custom-op com.me.Band=body:identity");
    expect_refused("there is no setting 'scales'; did you mean 'scale'?", "--custom-op Bend=scales:input");
    expect_refused("two types are given", "--custom-op Bend=int8,int16");
    expect_refused("'shape' is given twice", "--custom-op Bend=shape:input,shape:input");
    expect_refused("'int8' has no value", "--custom-op Bend=int8:1");
    expect_refused("layout: 'nhwc' is none of any, last, onnx", "--custom-op Bend=layout:nhwc");
    expect_refused("scale: '2^' is no power of two", "--custom-op 'Bend=scale:2^'");
    expect_refused("scale: '0.5' is none of calibrated, input, 2^-4", "--custom-op Bend=scale:0.5");
    expect_refused("shape: '1x0' is neither", "--custom-op Bend=shape:1x0");
    expect_refused("in float there are no scales", "--custom-op Bend=float,scale:input");
    expect_refused("body: 'bend.py' is none of identity, function, FILE.onnx, FILE.npz",
                   "--custom-op Bend=body:bend.py");
    expect_refused("'none.onnx' cannot be opened", "--custom-op Bend=body:none.onnx");
    expect_refused("none.npz", "--custom-op Bend=body:none.npz");
    expect_refused("the model has no function 'Bend' in domain 'com.me'", "--custom-op Bend=body:function");
    expect_refused("the operator is declared twice", "--custom-op Bend --custom-op Bend");
    expect_refused("DOMAIN.TYPE=SETTING,... is needed", "--custom-op com.me.");
    write_text("small.onnx", small_model().SerializeAsString());
    expect_refused("the node has 2 inputs and 1 outputs, '" + (m_dir / "small.onnx") + "' 1 and 1",
                   "--custom-op 'Bend=body:" + (m_dir / "small.onnx") + "'");
    onnx::ModelProto body = bend_body();
    body.mutable_graph()->mutable_node(0)->set_op_type("NonZero");
    write_text("bad.onnx", body.SerializeAsString());
    expect_refused("node '/leaky' (NonZero): the operator is not supported",
                   "--custom-op 'Bend=body:" + (m_dir / "bad.onnx") + "'");
    expect_refused("--streaming: node '/bend' (Bend) is your own operator", custom("") + " --streaming 1x8x3x6");
}

TEST_F(QuantizeCustomTest, CheckTellsWhatStandsInForIt) {
    const std::string command = "check '" + (m_dir / "model.onnx") + "'";
    Outcome checked = run(command);
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(line_of(checked, "/bend"), HasSubstr("--custom-op declares one of your own"));
    checked = run(command + custom("int16"));
    EXPECT_EQ(checked.code, 0) << checked.out << checked.error;
    EXPECT_THAT(line_of(checked, "/bend"), StartsWith("supported"));
    EXPECT_THAT(line_of(checked, "/bend"),
                HasSubstr("your own: firmware registers a module 'Bend'; here '" + (m_dir / "bend.onnx") + "'"));
    checked = run(command + " --custom-op Bend");
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(line_of(checked, "/bend"), HasSubstr("says nothing of what it computes"));
    checked = run(command + " --custom-op Bend=body:function");
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(line_of(checked, "/bend"), HasSubstr("the model has no function"));
}

TEST_F(QuantizeCustomTest, CompareComputesTheFloatNetworkWithTheBody) {
    // The same network of ONNX's own operators, and what a device may have recorded of it.
    onnx::ModelProto plain = bend_model();
    onnx::NodeProto *bend = plain.mutable_graph()->mutable_node(1);
    bend->set_op_type("LeakyRelu");
    bend->clear_domain();
    bend->mutable_attribute()->DeleteSubrange(1, 1);
    bend->mutable_input()->RemoveLast();
    bend->set_name("/leaky");
    bend->set_output(0, "leaky");
    onnx::NodeProto *gain = add_node(plain.mutable_graph(), "Mul", {"leaky", "gain"}, "bend");
    gain->Swap(plain.mutable_graph()->mutable_node(2));
    write_text("plain.onnx", plain.SerializeAsString());
    espdl_tool::Recording device;
    espdl_tool::RecordedTensor input, output;
    std::vector<float> values(288);
    for (size_t i = 0; i < values.size(); i++) {
        values[i] = (float)(i % 23) / 10 - 1;
    }
    const uint8_t *bytes = (const uint8_t *)values.data();
    input.value = {"input", dl::DATA_TYPE_FLOAT, {1, 8, 6, 6}, 0, {bytes, bytes + 288 * sizeof(float)}};
    output.value = input.value;
    output.value.name = "output";
    input.is_input = output.is_output = true;
    device.tensors = {input, output};
    std::string error;
    ASSERT_TRUE(espdl_tool::save_recording(m_dir / "device", device, true, error)) << error;
    const std::string command = "compare '" + (m_dir / "device") + "' '" + (m_dir / "");
    const Outcome custom_op =
        run(command + "model.onnx' --dump-float '" + (m_dir / "custom") + "'" + custom("layout:last"));
    ASSERT_EQ(custom_op.code, 0) << custom_op.error;
    const Outcome built_in = run(command + "plain.onnx' --dump-float '" + (m_dir / "plain") + "'");
    ASSERT_EQ(built_in.code, 0) << built_in.error;
    for (const std::string file : {"bend.npy", "output.npy"}) {
        EXPECT_GT(read(m_dir / ("plain/b/" + file)).size(), 288 * sizeof(float));
        EXPECT_EQ(read(m_dir / ("custom/b/" + file)), read(m_dir / ("plain/b/" + file))) << file;
    }
    const Outcome undeclared = run(command + "model.onnx'");
    EXPECT_EQ(undeclared.code, 2);
    EXPECT_THAT(undeclared.error, HasSubstr("Bend"));
}

TEST_F(QuantizeCustomTest, OptionsAndReportTellOfIt) {
    const Outcome made = run(arguments(custom("layout:last") + " --report '" + (m_dir / "report") + "'"));
    ASSERT_EQ(made.code, 0) << made.error;
    const auto report = nlohmann::json::parse(read(m_dir / "report/report.json"));
    EXPECT_THAT(report.dump(), HasSubstr("operator 'Bend' (1 node: '/bend'): not verified"));
    const std::string first = read(m_dir / "out.espdl");
    std::filesystem::rename(m_dir / "out.toml", m_dir / "again.toml");
    ASSERT_EQ(run("quantize --config '" + (m_dir / "again.toml") + "'").code, 0);
    EXPECT_EQ(read(m_dir / "out.espdl"), first);
    // Training goes through the body.
    const Outcome trained = quantize(custom("layout:last") + " --train tqt --train-steps 20");
    EXPECT_EQ(trained.code, 0) << trained.error;
}

}  // namespace
