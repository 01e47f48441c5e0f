// espdl quantize and espdl check as a user runs them, on networks made here.

#include <functional>

#include "dl_image_bmp.hpp"
#include "dl_image_png.hpp"
#include "operators.hpp"
#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

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
    const std::string first = read(m_dir / "out.espdl"), info = read(m_dir / "out.info"),
                      json = read(m_dir / "out.json");
    std::string two_threads = arguments();
    two_threads.replace(two_threads.find("--threads 1"), 11, "--threads 2");
    ASSERT_EQ(run(two_threads).code, 0);
    EXPECT_EQ(read(m_dir / "out.espdl"), first);
    EXPECT_EQ(read(m_dir / "out.info"), info);
    EXPECT_EQ(read(m_dir / "out.json"), json);
}

/** What ImagePreprocessor does, pixel by pixel. @param rgb width x height x 3 */
std::vector<float> prepared(const std::vector<uint8_t> &rgb, int width, int height, const float *mean, const float *std,
                            bool bgr, bool letterbox) {
    constexpr int SIZE = 8;
    int inner_width = SIZE, inner_height = SIZE;
    if (letterbox) {
        const float scale = std::min((float)SIZE / width, (float)SIZE / height);
        inner_width = (int)(scale * width);
        inner_height = (int)(scale * height);
    }
    const int left = (SIZE - inner_width) / 2, top = (SIZE - inner_height) / 2;
    std::vector<float> nchw(3 * SIZE * SIZE);
    for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
            const bool inside = x >= left && x < left + inner_width && y >= top && y < top + inner_height;
            const int sx = std::min((int)((x - left) * ((float)width / inner_width)), width - 1);
            const int sy = std::min((int)((y - top) * ((float)height / inner_height)), height - 1);
            for (int c = 0; c < 3; c++) {
                const uint8_t value =
                    inside ? rgb[(sy * width + sx) * 3 + (bgr ? 2 - c : c)] : (bgr ? 30 - 10 * c : 10 + 10 * c);
                nchw[(c * SIZE + y) * SIZE + x] = ((float)value - mean[c]) * (1.f / std[c]);
            }
        }
    }
    return nchw;
}

TEST_F(QuantizeTest, PicturesArePreparedAsByFirmware) {
    write_model(small_model());
    std::filesystem::create_directory(m_dir / "pictures");
    const int sizes[][2] = {{13, 9}, {8, 8}, {5, 21}};
    const float mean[] = {123.675f, 116.28f, 103.53f}, std[] = {58.395f, 57.12f, 57.375f};
    const std::string contract = " --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375 --size 8x8 ";
    struct Case {
        std::string options, colour, border;
        bool bgr, letterbox;
    };
    for (const Case &c :
         {Case{"", "RGB", "no", false, false}, Case{"--bgr --letterbox 10,20,30", "BGR", "10,20,30", true, true}}) {
        std::vector<float> all, first;
        for (int i = 0; i < 3; i++) {
            const int width = sizes[i][0], height = sizes[i][1];
            std::vector<uint8_t> rgb((size_t)width * height * 3);
            for (size_t k = 0; k < rgb.size(); k++) {
                rgb[k] = (uint8_t)(k * 89 + i * 31 + k / 7);
            }
            const dl::image::img_t picture = {rgb.data(), (uint16_t)width, (uint16_t)height,
                                              dl::image::DL_IMAGE_PIX_TYPE_RGB888};
            const std::string path = m_dir / "pictures/" + std::to_string(i);
            ASSERT_EQ(i == 1 ? dl::image::write_bmp(picture, (path + ".bmp").c_str())
                             : dl::image::write_png(picture, (path + ".png").c_str()),
                      ESP_OK);
            const std::vector<float> values = prepared(rgb, width, height, mean, std, c.bgr, c.letterbox);
            all.insert(all.end(), values.begin(), values.end());
            first = i == 0 ? values : first;
        }
        std::string error;
        ASSERT_TRUE(espdl_tool::write_npy(m_dir / "all.npy", dl::DATA_TYPE_FLOAT, {3, 3, 8, 8}, all.data(), error));
        ASSERT_TRUE(espdl_tool::write_npy(m_dir / "first.npy", dl::DATA_TYPE_FLOAT, {1, 3, 8, 8}, first.data(), error));
        auto quantized = [&](const std::string &calibration, const std::string &test) {
            const Outcome outcome =
                run("quantize '" + (m_dir / "model.onnx") + "' --calib '" + (m_dir / calibration) + "' --test-input '" +
                    (m_dir / test) + "' -o '" + (m_dir / "out.espdl") + "' --quiet --threads 1" + contract + c.options);
            EXPECT_EQ(outcome.code, 0) << outcome.error;
            return read(m_dir / "out.espdl");
        };
        const std::string from_arrays = quantized("all.npy", "first.npy");
        EXPECT_EQ(quantized("pictures", "pictures/0.png"), from_arrays) << c.options;
        EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "'").code, 0);
        const std::string info = run("info '" + (m_dir / "out.espdl") + "'").out;
        for (const std::string &line :
             {"input.input.colour = " + c.colour, "input.input.letterbox = " + c.border,
              std::string("input.input.mean = 123.675,116.28,103.53"),
              std::string("input.input.std = 58.395,57.12,57.375"), std::string("input.input.size = 8x8"),
              std::string("producer = deskboard"), std::string("calibration = 3 samples, 3 steps")}) {
            EXPECT_THAT(info, HasSubstr(line));
        }
    }
}

TEST_F(QuantizeTest, RefusesPicturesThatDoNotFit) {
    write_model(small_model());
    std::filesystem::remove(m_dir / "calib.npy");
    std::filesystem::create_directory(m_dir / "calib.npy");  // what arguments() names: a folder here
    const std::string contract = "--mean 0,0,0 --std 255,255,255";
    expect_refused("neither input.npy nor pictures", contract);
    std::vector<uint8_t> rgb(8 * 8 * 3, 77);
    const dl::image::img_t picture = {rgb.data(), 8, 8, dl::image::DL_IMAGE_PIX_TYPE_RGB888};
    ASSERT_EQ(dl::image::write_png(picture, (m_dir / "calib.npy/a.png").c_str()), ESP_OK);
    expect_refused("--mean and --std");
    expect_refused("--mean: 1 values", "--mean 0 --std 1,1,1");
    expect_refused("--std: a standard deviation is 0", "--mean 0,0,0 --std 1,0,1");
    expect_refused("--size: 9x8", contract + " --size 9x8");
    expect_refused("--size: '96'", contract + " --size 96");
    expect_refused("--letterbox", contract + " --letterbox 1,2,300");
    write_text("calib.npy/b.jpg", "this is no picture");
    expect_refused("b.jpg", contract);
    std::filesystem::remove(m_dir / "calib.npy/b.jpg");
    const std::string png = read(m_dir / "calib.npy/a.png");
    write_text("calib.npy/c.png", png.substr(0, png.size() / 2));
    expect_refused("c.png", contract);
    std::filesystem::remove(m_dir / "calib.npy/c.png");
    EXPECT_EQ(run(arguments(contract)).code, 0);
}

TEST_F(QuantizeTest, MetadataTellsTheOptions) {
    write_model(small_model());
    ASSERT_EQ(run(arguments("--equalize --int16 /output --metadata note=mine --observer percentile")).code, 0);
    const std::string info = run("info '" + (m_dir / "out.espdl") + "'").out;
    EXPECT_THAT(info, HasSubstr("options = --int16 /output --equalize"));
    EXPECT_THAT(info, HasSubstr("observer = percentile"));
    EXPECT_THAT(info, HasSubstr("note = mine"));
}

// What the reference quantizer gets wrong (docs/quantizer.md, Deviations): each of these would fail its test, or be far
// from the float network.

TEST_F(QuantizeTest, ConstantBesideChannelsLast) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {8, 3, 1, 1}, 0.4f);
    add_param(graph, "factors", {1, 8, 1, 1}, 2.0f);  // as many channels as columns: it would broadcast either way
    add_node(graph, "Conv", {"input", "w"}, "conv");
    add_node(graph, "Mul", {"conv", "factors"}, "output");
    expect_works(model, {4, 3, 8, 8});
}

TEST_F(QuantizeTest, GraphOutputBeforeRelu) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    set_shape(graph->add_output(), "conv", {1, 8, 8, 8});
    add_param(graph, "w", {8, 3, 1, 1}, 0.4f);
    add_param(graph, "b", {8}, 3.0f);
    add_node(graph, "Conv", {"input", "w", "b"}, "conv");
    add_node(graph, "Relu", {"conv"}, "output");
    expect_works(model, {4, 3, 8, 8});
}

TEST_F(QuantizeTest, ReluOfMoreBitsThanItsConv) {
    expect_works(small_model(), {4, 3, 8, 8}, "--int16 /relu");
}

TEST_F(QuantizeTest, SecondBiasAndLoneBatchNormalization) {
    onnx::ModelProto model = empty_model({1, 3, 20}, {1, 8, 20});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {8, 3, 1}, 0.4f);
    add_param(graph, "b", {8}, 1.0f);
    add_param(graph, "more", {1, 8, 1}, 2.0f);
    add_param(graph, "gamma", {8}, 0.7f);
    add_param(graph, "beta", {8}, 0.3f);
    add_param(graph, "mean", {8}, 0.2f);
    add_param(graph, "zero", {8}, 0.0f);
    onnx::TensorProto *variance = graph->mutable_initializer(graph->initializer_size() - 1);
    variance->set_name("variance");
    variance->clear_float_data();
    for (int i = 0; i < 8; i++) {
        variance->add_float_data(0.5f + (float)i);
    }
    add_node(graph, "Conv", {"input", "w", "b"}, "conv");
    add_node(graph, "Add", {"conv", "more"}, "sum");
    add_node(graph, "Sigmoid", {"sum"}, "sigmoid");
    add_node(graph, "BatchNormalization", {"sigmoid", "gamma", "beta", "mean", "variance"}, "output");
    expect_works(model, {4, 3, 20});
    EXPECT_THAT(read(m_dir / "out.info"), Not(HasSubstr("Add[")));
}

TEST_F(QuantizeTest, ExpandAndTileBecomeGather) {
    // Along axes of length 1 and longer, with a rank that grows, with nothing but a rank that grows, and with nothing.
    onnx::ModelProto model = empty_model({1, 3, 8}, {6, 2, 3, 16});
    onnx::GraphProto *graph = model.mutable_graph();
    const auto add_list = [&](const std::string &name, const std::vector<int64_t> &list) {
        onnx::TensorProto *tensor = graph->add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(onnx::TensorProto::INT64);
        tensor->add_dims((int64_t)list.size());
        for (int64_t value : list) {
            tensor->add_int64_data(value);
        }
    };
    add_list("wider", {2, 3, 1});
    add_list("repeats", {3, 1, 1, 2});
    add_list("same", {2, 1, 3, 8});
    add_list("deeper", {2, 1, 1, 1});
    add_param(graph, "factor", {2, 1, 8}, 0.9f);
    add_node(graph, "Expand", {"input", "wider"}, "expanded");    // [2, 3, 8]
    add_node(graph, "Mul", {"expanded", "factor"}, "product");    // differs between the two
    add_node(graph, "Expand", {"product", "deeper"}, "stacked");  // [2, 2, 3, 8]
    add_node(graph, "Tanh", {"stacked"}, "tanh");
    add_node(graph, "Expand", {"tanh", "same"}, "unchanged");  // no axis is repeated
    add_node(graph, "Sigmoid", {"unchanged"}, "sigmoid");
    add_node(graph, "Tile", {"sigmoid", "repeats"}, "output");  // [6, 2, 3, 16]
    expect_works(model, {4, 3, 8});
    const Outcome checked = check(model);
    EXPECT_EQ(checked.code, 0) << checked.out << checked.error;
    EXPECT_THAT(line_of(checked, "/expanded"), HasSubstr("becomes Gather"));
    EXPECT_THAT(line_of(checked, "/unchanged"), HasSubstr("becomes Reshape"));
    // The reference leaves them, and no chip has them.
    EXPECT_EQ(run(arguments("--reference")).code, 1);
}

TEST_F(QuantizeTest, ConvTransposeWithDilationAndOutputPadding) {
    // 2 * (8 - 1) - 2 + 2 * (3 - 1) + 1 + 1 = 18, then (18 - 1) + 2 * (2 - 1) + 1 + 1 = 21
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 4, 21, 21});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {3, 8, 3, 3}, 0.4f);
    add_param(graph, "w2", {8, 4, 2, 2}, 0.4f);
    onnx::NodeProto *wide = add_node(graph, "ConvTranspose", {"input", "w"}, "wide");
    add_ints(wide, "strides", {2, 2});
    add_ints(wide, "dilations", {2, 2});
    add_ints(wide, "pads", {1, 1, 1, 1});
    add_ints(wide, "output_padding", {1, 1});
    onnx::NodeProto *dense = add_node(graph, "ConvTranspose", {"wide", "w2"}, "output");
    add_ints(dense, "dilations", {2, 2});
    add_ints(dense, "output_padding", {1, 1});
    expect_works(model, {4, 3, 8, 8});
}

TEST_F(QuantizeTest, RecurrentLayersWithoutInitialStates) {
    for (const char *type : {"GRU", "LSTM"}) {
        const int64_t gates = std::string(type) == "GRU" ? 3 : 4;
        onnx::ModelProto model = empty_model({6, 1, 10}, {6, 1, 1, 8});
        onnx::GraphProto *graph = model.mutable_graph();
        add_param(graph, "W", {1, gates * 8, 10}, 0.5f);
        add_param(graph, "R", {1, gates * 8, 8}, 0.5f);
        add_param(graph, "B", {1, 2 * gates * 8}, 0.3f);
        onnx::NodeProto *node = add_node(graph, type, {"input", "W", "R", "B"}, "output");
        add_int(node, "hidden_size", 8);
        if (gates == 3) {
            add_int(node, "linear_before_reset", 1);
        }
        expect_works(model, {24, 1, 10});
    }
}

TEST_F(QuantizeTest, PadsOfEveryMode) {
    for (const char *mode : {"edge", "reflect", "wrap"}) {
        // More than the axis is long on one side, and less than nothing on the other.
        onnx::ModelProto model = empty_model({1, 3, 4, 8}, {1, 3, 14, 10});
        onnx::GraphProto *graph = model.mutable_graph();
        onnx::TensorProto *pads = graph->add_initializer();
        pads->set_name("pads");
        pads->set_data_type(onnx::TensorProto::INT64);
        pads->add_dims(8);
        for (int64_t pad : {0, 0, 5, -1, 0, 0, 5, 3}) {
            pads->add_int64_data(pad);
        }
        onnx::AttributeProto *attribute = add_node(graph, "Pad", {"input", "pads"}, "output")->add_attribute();
        attribute->set_name("mode");
        attribute->set_type(onnx::AttributeProto::STRING);
        attribute->set_s(mode);
        expect_works(model, {4, 3, 4, 8});
    }
}

TEST_F(QuantizeTest, FineScalesAreConverted) {
    // `b` is 2^-27 or so and becomes part of a tensor of 2^-19: less than 1e-5 apart, which the reference takes for
    // equal.
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 6, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    set_shape(graph->add_output(), "relu", {1, 3, 8, 8});
    add_param(graph, "fine", {1}, 0.15f);
    add_param(graph, "finer", {1}, 0.01f);
    add_node(graph, "Mul", {"input", "fine"}, "a");
    add_node(graph, "Mul", {"a", "finer"}, "b");
    add_int(add_node(graph, "Concat", {"a", "b"}, "output"), "axis", 1);
    add_node(graph, "Relu", {"b"}, "relu");
    expect_works(model, {4, 3, 8, 8}, "--bits 16");
}

TEST_F(QuantizeTest, TestValuesOf16BitsAreExactBehindManyLayers) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 32, 8, 8});
    std::string last = "input";
    for (int i = 0; i < 12; i++) {
        const std::string number = std::to_string(i);
        add_param(model.mutable_graph(), "w" + number, {32, i ? 32 : 3, 3, 3}, 0.2f);
        add_param(model.mutable_graph(), "b" + number, {32}, 0.5f);
        onnx::NodeProto *conv =
            add_node(model.mutable_graph(), "Conv", {last, "w" + number, "b" + number}, "conv" + number);
        add_ints(conv, "pads", {1, 1, 1, 1});
        last = i < 11 ? "relu" + number : "output";
        add_node(model.mutable_graph(), "Relu", {"conv" + number}, last);
    }
    write_model(model);
    for (const char *target : {"esp32p4", "esp32s3"}) {
        ASSERT_EQ(run(arguments(std::string("--bits 16 --target ") + target + " --test-input '" +
                                (m_dir / "calib.npy") + "'"))
                      .code,
                  0);
        EXPECT_THAT(run("test '" + (m_dir / "out.espdl") + "' --target " + target).out, HasSubstr("exact"));
    }
}

TEST_F(QuantizeTest, MseOf16BitsIsNotWiderThanTheValues) {
    write_model(small_model());
    ASSERT_EQ(run(arguments("--bits 16 --observer minmax")).code, 0);
    const int widest = exponent("/conv", "relu");
    ASSERT_EQ(run(arguments("--bits 16 --observer mse")).code, 0);
    EXPECT_LE(exponent("/conv", "relu"), widest + 1);
    EXPECT_GE(exponent("/conv", "relu"), widest - 2);
}

TEST_F(QuantizeTest, EqualizationLeavesWhatTheNetworkGives) {
    // The middle Conv's values reach the output beside the last Conv: they cannot be scaled.
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 4, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w1", {16, 3, 1, 1}, 9.0f);
    add_param(graph, "w2", {4, 16, 1, 1}, 4.0f);
    add_param(graph, "w3", {4, 4, 1, 1}, 0.2f);
    add_node(graph, "Conv", {"input", "w1"}, "first");
    add_node(graph, "Relu", {"first"}, "relu");
    add_node(graph, "Conv", {"relu", "w2"}, "second");
    add_node(graph, "Conv", {"second", "w3"}, "third");
    add_node(graph, "Add", {"second", "third"}, "output");
    write_model(model);
    ASSERT_EQ(run(arguments("--target esp32s3")).code, 0);
    const int plain = exponent("/output", "output"), weights = exponent("/first", "w1");
    ASSERT_EQ(run(arguments("--target esp32s3 --equalize --equalize-level 2")).code, 0);
    EXPECT_EQ(exponent("/output", "output"), plain);
    EXPECT_NE(exponent("/first", "w1"), weights) << "the first pair is equalized";
    ASSERT_EQ(run(arguments("--target esp32s3 --equalize --equalize-level 2 --reference-errors")).code, 0);
    EXPECT_NE(exponent("/output", "output"), plain) << "the network is of no use to this test";
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
        ->mutable_dim(2)
        ->set_dim_param("height");
    write_model(model);
    expect_refused("without a fixed size ('height'): --input-shape gives it one");
    expect_refused("input 'input' has 4 axes, not 3", "--input-shape 3x8x8");
    expect_refused("axis 1 of input 'input' is 3 in the file, not 4", "--input-shape input=1x4x8x8");
    expect_refused("the model has no input 'imput'; did you mean 'input'?", "--input-shape imput=1x3x8x8");
    expect_refused("is not INPUT=1x3x224x224", "--input-shape 1x3x8xw");

    model = small_model();
    model.mutable_graph()->mutable_initializer(0)->set_raw_data("abc");
    model.mutable_graph()->mutable_initializer(0)->clear_float_data();
    write_model(model);
    expect_refused("needs 2160 bytes and has 3");

    model = small_model();
    model.mutable_graph()->mutable_node(1)->set_op_type("NonMaxSuppression");
    write_model(model);
    expect_refused("NonMaxSuppression");

    model = small_model();
    model.mutable_graph()->mutable_node(0)->set_domain("com.example");
    write_model(model);
    expect_refused("com.example");

    model = small_model();
    model.mutable_graph()->mutable_node(0)->set_input(1, "input");
    write_model(model);
    expect_refused("'/conv' (Conv)");

    model = small_model();
    set_shape(model.mutable_graph()->add_output(), "w", {20, 3, 3, 3});
    write_model(model);
    expect_refused("graph output 'w' is a constant");

    model = small_model();
    model.mutable_graph()->mutable_node(0)->set_input(0, "output");
    write_model(model);
    expect_refused("");

    model = small_model();  // a weight that only becomes infinite where it is used
    for (int i = 0; i < 2; i++) {
        for (float &value : *model.mutable_graph()->mutable_initializer(2 * i)->mutable_float_data()) {
            value = 3e38f;
        }
    }
    write_model(model);
    expect_refused("NaN or infinite");

    model = small_model();
    model.mutable_graph()->mutable_node(0)->set_input(1, "w_gemm");
    write_model(model);
    expect_refused("'/conv' (Conv)");
}

/** A network of one node that is no valid ONNX, and what is said about it behind the node's name. */
struct InvalidNode {
    const char *type;
    std::vector<int64_t> in;                        ///< shape of the input
    std::vector<std::vector<int64_t>> weights;      ///< shapes of further inputs that are floats
    std::vector<std::vector<int64_t>> lists;        ///< values of further inputs behind them that are integers
    std::function<void(onnx::NodeProto *)> adjust;  ///< sets attributes
    const char *reason;
};

TEST_F(QuantizeTest, RefusesInvalidNodes) {
    using Node = onnx::NodeProto;
    const std::vector<int64_t> picture = {1, 4, 8, 8};
    auto ints = [](const char *name, std::vector<int64_t> list) {
        return [=](Node *node) { add_ints(node, name, list); };
    };
    auto one = [](const char *name, int64_t value) { return [=](Node *node) { add_int(node, name, value); }; };
    auto word = [](const char *name, const char *value) {
        return [=](Node *node) {
            onnx::AttributeProto *attribute = node->add_attribute();
            attribute->set_name(name);
            attribute->set_type(onnx::AttributeProto::STRING);
            attribute->set_s(value);
        };
    };
    auto both = [](auto first, auto second) {
        return [=](Node *node) {
            first(node);
            second(node);
        };
    };
    const auto nothing = [](Node *) {};
    const std::vector<InvalidNode> cases = {
        {"Conv", picture, {{8, 4, 3, 3}}, {}, ints("strides", {2}), "attribute 'strides' needs 2 entries and has 1"},
        {"Conv",
         picture,
         {{8, 4, 3, 3}},
         {},
         ints("strides", {0, 1}),
         "attribute 'strides' needs entries of at least 1 and has [0, 1]"},
        {"Conv",
         picture,
         {{8, 4, 3, 3}},
         {},
         ints("dilations", {1, 1, 1}),
         "attribute 'dilations' needs 2 entries and has 3"},
        {"Conv", picture, {{8, 4, 3, 3}}, {}, ints("pads", {1, 1}), "attribute 'pads' needs 4 entries and has 2"},
        {"Conv",
         picture,
         {{8, 4, 3, 3}},
         {},
         ints("pads", {0, -1, 0, 0}),
         "attribute 'pads' needs entries of at least 0 and has [0, -1, 0, 0]"},
        {"Conv",
         picture,
         {{8, 4, 3, 3}},
         {},
         ints("kernel_shape", {5, 3}),
         "attribute 'kernel_shape' needs [3, 3], as the weights have it, and has [5, 3]"},
        {"Conv",
         picture,
         {{8, 4, 3, 3}},
         {},
         one("strides", 2),
         "attribute 'strides' needs a list of integers and has an integer"},
        {"Conv", picture, {{8, 4, 3, 3}}, {}, word("auto_pad", "SAME"), "attribute 'auto_pad' needs NOTSET or "},
        {"Conv",
         picture,
         {{8, 3, 3, 3}},
         {},
         nothing,
         "weights of the shape [8, 3, 3, 3] and 1 groups do not suit the input's 4 channels"},
        {"Conv", picture, {{8, 4, 3, 3}, {7}}, {}, nothing, "input 2 (bias) needs 8 elements and has 7"},
        {"ConvTranspose",
         picture,
         {{4, 8, 3, 3}},
         {},
         word("auto_pad", "SAME_UPPER"),
         "attribute 'auto_pad' needs NOTSET or VALID and has 'SAME_UPPER'"},
        {"ConvTranspose",
         picture,
         {{4, 8, 3, 3}},
         {},
         ints("output_padding", {1}),
         "attribute 'output_padding' needs 2 entries and has 1"},
        {"MaxPool", picture, {}, {}, nothing, "attribute 'kernel_shape' is needed and missing"},
        {"AveragePool",
         picture,
         {},
         {},
         ints("kernel_shape", {3}),
         "attribute 'kernel_shape' needs 2 entries and has 1"},
        {"Concat", picture, {picture}, {}, nothing, "attribute 'axis' is needed and missing"},
        {"Concat", picture, {picture}, {}, one("axis", 4), "attribute 'axis' needs -4 to 3 and has 4"},
        {"Concat",
         picture,
         {picture},
         {},
         ints("axis", {1}),
         "attribute 'axis' needs an integer and has a list of integers"},
        {"Concat",
         picture,
         {{1, 4, 7, 8}},
         {},
         one("axis", 1),
         "input 1 needs the shape [1, 4, 8, 8] and has [1, 4, 7, 8]"},
        {"Softmax", picture, {}, {}, one("axis", -5), "attribute 'axis' needs -4 to 3 and has -5"},
        {"Gather", picture, {}, {{0, 1}}, one("axis", 4), "attribute 'axis' needs -4 to 3 and has 4"},
        {"Flatten", picture, {}, {}, one("axis", 5), "attribute 'axis' needs -4 to 4 and has 5"},
        {"Split", picture, {}, {{3}}, one("axis", 1), "input 1 (split) needs a sum of 4 and has 3"},
        {"Split", picture, {}, {{2, 2}}, one("axis", 1), "input 1 (split) needs 1 entries and has 2"},
        {"Slice", picture, {}, {{8}, {8}, {2}}, nothing, "its output 'output' has no elements"},
        {"Slice", picture, {}, {{0}, {4}, {7}}, nothing, "input 3 (axes) needs -4 to 3 and has [7]"},
        {"Slice", picture, {}, {{0, 0}, {4}}, nothing, "input 2 (ends) needs 2 entries and has 1"},
        {"Slice", picture, {}, {{0}, {4}, {2}, {0}}, nothing, "input 4 (steps) needs no 0 and has [0]"},
        {"Pad", picture, {}, {{0, 0, 1, 1}}, nothing, "input 1 (pads) needs 8 entries and has 4"},
        {"Pad", picture, {}, {{0, 0, 1, 1, 0, 0, 1, 1}}, word("mode", "mirror"), "attribute 'mode' needs constant or "},
        {"Transpose", picture, {}, {}, ints("perm", {0, 1, 2}), "attribute 'perm' needs 4 entries and has 3"},
        {"Transpose",
         picture,
         {},
         {},
         ints("perm", {0, 1, 2, 2}),
         "attribute 'perm' needs every axis once and has [0, 1, 2, 2]"},
        {"Squeeze", picture, {}, {{1}}, nothing, "input 1 (axes) needs axes of size 1 and has [1] of [1, 4, 8, 8]"},
        {"Unsqueeze", picture, {}, {}, nothing, "attribute 'axes' is needed and missing"},
        {"ReduceMean", picture, {}, {}, ints("axes", {4}), "attribute 'axes' needs -4 to 3 and has [4]"},
        {"ReduceMax", picture, {}, {}, ints("axes", {2, -2}), "attribute 'axes' needs every axis once and has [2, -2]"},
        {"Reshape", picture, {}, {{1, 250}}, nothing, "input 1 (shape) needs 256 elements and has [1, 250]"},
        {"Reshape", picture, {}, {{-1, -1}}, nothing, "input 1 (shape) needs one -1 and has [-1, -1]"},
        {"DepthToSpace", picture, {}, {}, one("blocksize", 3), "attribute 'blocksize' needs 4 axes"},
        {"GRU",
         {6, 1, 10},
         {{1, 24, 10}, {1, 24, 8}},
         {},
         one("hidden_size", 8),
         "attribute 'linear_before_reset' needs 1 and has 0"},
        {"LSTM",
         {6, 1, 10},
         {{1, 32, 10}, {1, 32, 8}},
         {},
         both(one("hidden_size", 8), word("direction", "both")),
         "attribute 'direction' needs forward or "},
        {"LSTM",
         {6, 1, 10},
         {{1, 32, 10}, {1, 32, 8}},
         {},
         one("hidden_size", 9),
         "attribute 'hidden_size' needs 8 and has 9"},
    };
    for (const InvalidNode &c : cases) {
        onnx::ModelProto model = empty_model(c.in, c.in);
        onnx::GraphProto *graph = model.mutable_graph();
        std::vector<std::string> inputs = {"input"};
        for (const auto &shape : c.weights) {
            inputs.push_back("x" + std::to_string(inputs.size()));
            add_param(graph, inputs.back(), shape, 0.5f);
        }
        for (const auto &list : c.lists) {
            inputs.push_back("x" + std::to_string(inputs.size()));
            onnx::TensorProto *tensor = graph->add_initializer();
            tensor->set_name(inputs.back());
            tensor->set_data_type(onnx::TensorProto::INT64);
            tensor->add_dims((int64_t)list.size());
            for (int64_t value : list) {
                tensor->add_int64_data(value);
            }
        }
        c.adjust(add_node(graph, c.type, inputs, "output"));
        write_model(model);
        std::vector<int> samples(c.in.begin(), c.in.end());
        if (samples.size() == 4) {
            samples[0] = 2;
        }
        write_calibration(samples);
        expect_refused("node '/output' (" + std::string(c.type) + "): " + c.reason);
    }
}

TEST_F(QuantizeTest, CheckNamesTheInvalidNode) {
    onnx::ModelProto model = small_model();
    onnx::NodeProto *conv = model.mutable_graph()->mutable_node(0);
    add_ints(conv, "kernel_shape", {1, 1});
    write_model(model);
    expect_refused("node '/conv' (Conv): attribute 'kernel_shape' needs [3, 3]");
    const Outcome checked = check(model);
    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(line_of(checked, "/conv"), HasSubstr("kernel_shape"));
}

TEST_F(QuantizeTest, RefusesAFileBeyondProtobuf) {
    write_text("model.onnx", small_model().SerializeAsString());
    std::filesystem::resize_file(m_dir / "model.onnx", UINT64_C(3) << 30);  // a hole: no space on the disk
    expect_refused("larger than protobuf's 2 GB");
    std::filesystem::remove(m_dir / "model.onnx");
    std::filesystem::create_directory(m_dir / "model.onnx");
    expect_refused("cannot be opened");
}

TEST_F(QuantizeTest, RefusesPlacesThatCannotBeWritten) {
    write_model(small_model());
    const std::string start =
        "quantize '" + (m_dir / "model.onnx") + "' --calib '" + (m_dir / "calib.npy") + "' --quiet --threads 1 ";
    const std::set<std::string> before = files();
    expect_told(run(start + "-o '" + (m_dir / "nowhere/out.espdl") + "'"), "there is no folder");
    expect_told(run(start + "-o '" + (m_dir / "model.onnx") + "'"), "does not end in .espdl");
    std::filesystem::create_directories(m_dir / "folder.espdl");
    expect_told(run(start + "-o '" + (m_dir / "folder.espdl") + "'"), "it is a folder");
    std::filesystem::create_directories(m_dir / "out.json");
    expect_told(run(start + "-o '" + (m_dir / "out.espdl") + "'"), "it is a folder");
    std::filesystem::remove(m_dir / "out.json");
    expect_told(run(start + "-o '" + (m_dir / "out.espdl") + "' --report '" + (m_dir / "calib.npy") + "'"),
                "cannot be written");
    // The last step fails: what was there already goes, too.
    std::filesystem::create_directories(m_dir / "report/report.html");
    expect_told(run(start + "-o '" + (m_dir / "out.espdl") + "' --encrypt-key '" + (m_dir / "key") + "' --report '" +
                    (m_dir / "report") + "'"),
                "report.html");
    EXPECT_EQ(files(), before);
}

TEST_F(QuantizeTest, CheckTellsWhatBecomesOfEachNode) {
    onnx::ModelProto model = small_model();
    onnx::GraphProto *graph = model.mutable_graph();
    for (const char *name : {"gamma", "beta", "mean"}) {
        add_param(graph, name, {20}, 0.3f);
    }
    add_param(graph, "variance", {20}, 0.0f);
    for (float &value : *graph->mutable_initializer(graph->initializer_size() - 1)->mutable_float_data()) {
        value = 1.5f;
    }
    // conv -> BatchNormalization -> x * sigmoid(x) -> the rest
    graph->mutable_node(1)->set_op_type("BatchNormalization");
    for (const char *name : {"gamma", "beta", "mean", "variance"}) {
        graph->mutable_node(1)->add_input(name);
    }
    add_node(graph, "Sigmoid", {"relu"}, "sigmoid");
    add_node(graph, "Mul", {"relu", "sigmoid"}, "swish");
    add_node(graph, "Tanh", {"pool"}, "unused");
    graph->mutable_node(2)->set_input(0, "swish");
    const Outcome outcome = check(model);
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
    EXPECT_THAT(line_of(outcome, "/conv"), StartsWith("supported"));
    EXPECT_THAT(line_of(outcome, "/relu"), StartsWith("via rewrite  BatchNormalization"));
    EXPECT_THAT(line_of(outcome, "/sigmoid"), HasSubstr("Swish"));
    EXPECT_THAT(line_of(outcome, "/swish"), HasSubstr("Swish"));
    EXPECT_THAT(line_of(outcome, "/unused"), HasSubstr("no output needs it"));
    EXPECT_THAT(outcome.out, HasSubstr("8 nodes: 4 supported, 4 via rewrite, 0 unsupported"));
}

TEST_F(QuantizeTest, CheckFindsWhatIsNotSupported) {
    auto changed = [](int node, const char *type) {
        onnx::ModelProto model = small_model();
        model.mutable_graph()->mutable_node(node)->set_op_type(type);
        return model;
    };
    Outcome outcome = check(changed(1, "NonMaxSuppression"));
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(line_of(outcome, "/relu"), StartsWith("unsupported"));
    EXPECT_THAT(line_of(outcome, "/relu"), HasSubstr("postprocessors"));
    EXPECT_THAT(line_of(outcome, "/pool"), HasSubstr("not tried"));
    EXPECT_THAT(outcome.out, HasSubstr("1 unsupported"));

    outcome = check(changed(2, "GlobalMaxPool"));
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(line_of(outcome, "/pool"), HasSubstr("becomes ReduceMax"));

    onnx::ModelProto model = changed(1, "Relu");
    model.mutable_graph()->mutable_node(1)->set_domain("com.example");
    outcome = check(model);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(line_of(outcome, "/relu"), HasSubstr("com.example"));

    model = changed(1, "If");
    auto *branch = model.mutable_graph()->mutable_node(1)->add_attribute();
    branch->set_name("then_branch");
    branch->set_type(onnx::AttributeProto::GRAPH);
    branch->mutable_g()->set_name("then");
    outcome = check(model);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(line_of(outcome, "/relu"), StartsWith("unsupported"));

    model = changed(1, "Resize");
    auto *mode = model.mutable_graph()->mutable_node(1)->add_attribute();
    mode->set_name("mode");
    mode->set_type(onnx::AttributeProto::STRING);
    mode->set_s("cubic");
    onnx::TensorProto *scales = model.mutable_graph()->add_initializer();
    scales->set_name("scales");
    scales->set_data_type(onnx::TensorProto::FLOAT);
    scales->add_dims(4);
    for (float scale : {1.f, 1.f, 2.f, 2.f}) {
        scales->add_float_data(scale);
    }
    model.mutable_graph()->mutable_node(1)->add_input("");
    model.mutable_graph()->mutable_node(1)->add_input("scales");
    outcome = check(model);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(line_of(outcome, "/relu"), HasSubstr("nearest and linear are supported"));

    // Groups between 1 and the number of channels: only the chip's library refuses them.
    model = small_model();
    add_param(model.mutable_graph(), "w_group", {20, 5, 1, 1}, 0.3f);
    model.mutable_graph()->mutable_node(1)->set_op_type("Conv");
    model.mutable_graph()->mutable_node(1)->add_input("w_group");
    auto *group = model.mutable_graph()->mutable_node(1)->add_attribute();
    group->set_name("group");
    group->set_type(onnx::AttributeProto::INT);
    group->set_i(4);
    outcome = check(model);
    EXPECT_EQ(outcome.code, 1) << outcome.out;
    EXPECT_THAT(line_of(outcome, "/relu"), StartsWith("unsupported"));

    write_text("model.onnx", "nothing");
    expect_told(run("check '" + (m_dir / "model.onnx") + "'"), "no ONNX model");
}

/** Column EXECUTED of the table of operators against what the quantizer has functions for. */
TEST_F(QuantizeTest, EveryOperatorIsExecutedAsItsRowSays) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 3, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_node(graph, "Relu", {"input"}, "output");
    // Nodes of any type: most cannot be computed from this input alone, which is another message.
    for (const operators::Operator &op : operators::all()) {
        if (std::string(op.name) == "Constant" || std::string(op.name) == "Shape") {
            continue;  // are folded before anything is asked
        }
        add_node(graph, op.name, {"input"}, op.name);
        set_shape(graph->add_output(), op.name, {1, 3, 8, 8});
    }
    const Outcome outcome = check(model);
    for (const operators::Operator &op : operators::all()) {
        const std::string line = line_of(outcome, "/" + std::string(op.name));
        SCOPED_TRACE(line);
        EXPECT_THAT(line, Not(HasSubstr("the operator is not supported")));
        if (op.is(operators::EXECUTED)) {
            EXPECT_THAT(line, Not(HasSubstr("  no such operator: ")));
        } else if (std::string(op.name) != "Constant") {
            EXPECT_THAT(line, HasSubstr("  no such operator: "));
            EXPECT_THAT(line, HasSubstr(op.instead));
        }
    }
}

TEST_F(QuantizeTest, FunctionsThatLibTorchHasNot) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 8, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {8, 3, 3, 3}, 0.6f);
    add_ints(add_node(graph, "Conv", {"input", "w"}, "conv"), "pads", {1, 1, 1, 1});
    add_node(graph, "Softsign", {"conv"}, "output");
    const Outcome outcome = check(model);
    EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.error;
    EXPECT_THAT(line_of(outcome, "/output"), StartsWith("supported    Softsign"));
    for (const char *bits : {"8", "16"}) {
        expect_works(model, {4, 3, 8, 8}, std::string("--bits ") + bits);
        EXPECT_THAT(read(m_dir / "out.info"), HasSubstr("Softsign[lut = 'Softsign_lut_0'"));
    }
}

TEST_F(QuantizeTest, CheckAcceptsTheSmallModel) {
    write_model(small_model());
    const Outcome outcome = run("check '" + (m_dir / "model.onnx") + "' --target esp32s3");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("5 nodes: 5 supported, 0 via rewrite, 0 unsupported"));
}

TEST_F(QuantizeTest, RefusesCalibrationThatDoesNotFit) {
    write_model(small_model());
    write_calibration({0, 3, 8, 8});
    expect_refused("--calib");
    write_calibration({4, 3, 8, 9});
    expect_refused("--calib");
    write_calibration({4, 3, 8, 8}, NAN);
    expect_refused("NaN");
    const std::vector<uint8_t> pixels(3 * 8 * 8, 5);
    std::string error;
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_UINT8, {1, 3, 8, 8}, pixels.data(), error));
    expect_refused("holds uint8");
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "calib.npy", dl::DATA_TYPE_FLOAT, {}, values(1, 1, 1).data(), error));
    expect_refused("has shape []");
    write_text("calib.npy", "no array");
    expect_refused("calib.npy");
    std::filesystem::remove(m_dir / "calib.npy");
    expect_refused("calib.npy");
    write_calibration({4, 3, 8, 8});
    expect_refused("the model has no input 'other'", "--test-input other=" + (m_dir / "calib.npy"));
    expect_refused("is for no input", "--test-input '" + (m_dir / "calib.npy") + "' '" + (m_dir / "calib.npy") + "'");
    expect_refused("does not exist", "--test-input '" + (m_dir / "missing.npy") + "'");
}

TEST_F(QuantizeTest, RefusesWrongArguments) {
    write_model(small_model());
    expect_refused("--target", "--target esp8266");
    EXPECT_EQ(run(arguments("--bits 7")).code, 2);
    EXPECT_EQ(run(arguments("--steps 0")).code, 2);
    EXPECT_EQ(run(arguments("--threads 0")).code, 2);
    expect_refused("--metadata", "--metadata nothing");
    expect_refused("--scale", "--scale /conv");
    // A layer that is not there is told with the nearest one that is.
    expect_refused("--scale: the network has no layer '/nowhere'; did you mean", "--scale /nowhere=2^-4");
    expect_refused("--int16: the network has no layer '/comv'; did you mean '/conv'?", "--int16 /comv");
    expect_refused("--float: the network has no layer '/Relu'; did you mean '/relu'?", "--float /Relu");
    expect_refused("--split: the network has no layer '/convs'; did you mean '/conv'?", "--split /convs");
    expect_refused("--split: layer '/relu' (Relu) has no constant weights", "--split /relu");
    EXPECT_EQ(run(arguments("--bits 16 --lut-step 100")).code, 2);
}

}  // namespace
