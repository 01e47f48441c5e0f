// Where options come from, and those that choose what of a network and of a picture is used.

#include "dl_image_png.hpp"
#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

using QuantizeOptions = QuantizeTest;

TEST_F(QuantizeOptions, TheFileOfARunRepeatsIt) {
    write_model(small_model());
    ASSERT_EQ(run(arguments("--target esp32s3 --observer minmax --int16 /conv --scale /output=2^-3 --metadata a=b "
                            "--test-input '" +
                            (m_dir / "calib.npy") + "'"))
                  .code,
              0);
    const std::string first = read(m_dir / "out.espdl"), options = read(m_dir / "out.toml");
    EXPECT_THAT(options, HasSubstr("\ntarget = 'esp32s3'\n"));
    EXPECT_THAT(options, HasSubstr("\nint16 = ['/conv']\n"));
    EXPECT_THAT(options, HasSubstr("\n# bits: 8 or 16 (default: 8)\n"));
    EXPECT_THAT(options, HasSubstr("\nthreads = 1\n"));
    write_text("again.toml", options);
    std::filesystem::remove(m_dir / "out.espdl");
    std::filesystem::remove(m_dir / "out.toml");
    const Outcome again = run("quantize --config '" + (m_dir / "again.toml") + "'");
    ASSERT_EQ(again.code, 0) << again.error;
    EXPECT_EQ(read(m_dir / "out.espdl"), first);
    EXPECT_EQ(read(m_dir / "out.toml"), options);
}

TEST_F(QuantizeOptions, TheCommandLineWinsOverTheFile) {
    write_model(small_model());
    const std::string mine = "# mine\ntarget = \"esp32s3\"\nbits = 16\nequalize = false\nmetadata = [\"a=b\"]\n";
    write_text("out.toml", mine);
    ASSERT_EQ(run(arguments("--bits 8 --config '" + (m_dir / "out.toml") + "'")).code, 0);
    const std::string info = run("info '" + (m_dir / "out.espdl") + "'").out;
    EXPECT_THAT(info, HasSubstr("target = esp32s3"));
    EXPECT_THAT(info, HasSubstr("bits = 8"));
    EXPECT_THAT(info, HasSubstr("a = b"));
    EXPECT_EQ(read(m_dir / "out.toml"), mine);  // no run writes over the file that it was given
}

TEST_F(QuantizeOptions, AValueThatMayBeLeftOutIsTrue) {
    write_model(small_model());
    std::filesystem::remove(m_dir / "calib.npy");
    std::filesystem::create_directory(m_dir / "calib.npy");  // what arguments() names: a folder here
    std::vector<uint8_t> rgb(13 * 9 * 3, 77);
    const dl::image::img_t picture = {rgb.data(), 13, 9, dl::image::DL_IMAGE_PIX_TYPE_RGB888};
    ASSERT_EQ(dl::image::write_png(picture, (m_dir / "calib.npy/a.png").c_str()), ESP_OK);
    const std::string contract = "--mean 0,0,0 --std 255,255,255";
    ASSERT_EQ(run(arguments(contract + " --letterbox")).code, 0);
    const std::string letterboxed = read(m_dir / "out.espdl");
    EXPECT_THAT(read(m_dir / "out.toml"), HasSubstr("\nletterbox = true\n"));
    ASSERT_EQ(run(arguments(contract)).code, 0);
    const std::string stretched = read(m_dir / "out.espdl");
    EXPECT_NE(stretched, letterboxed);
    for (const auto &[text, expected] : {std::pair("true", letterboxed), std::pair("'114,114,114'", letterboxed),
                                         std::pair("[114, 114, 114]", letterboxed), std::pair("false", stretched)}) {
        write_text("o.toml", std::string("letterbox = ") + text + "\n");
        const Outcome made = run(arguments(contract + " --config '" + (m_dir / "o.toml") + "'"));
        ASSERT_EQ(made.code, 0) << text << made.error;
        EXPECT_EQ(read(m_dir / "out.espdl"), expected) << text;
    }
}

TEST_F(QuantizeOptions, WrongFilesAreToldInOneLine) {
    write_model(small_model());
    const std::string option = "--config '" + (m_dir / "o.toml") + "'";
    expect_refused("--config: cannot read", option);
    const std::pair<const char *, const char *> cases[] = {
        {"target = 'esp32s3'\nobserve = 'kl'\n",
         "o.toml:2: 'observe': there is no such option; did you mean 'observer'?"},
        {"bits = {a = 1}\n", "o.toml:1: 'bits': neither text, a number"},
        {"int16 = [[1]]\n", "o.toml:1: 'int16': a list holds"},
        {"equalize = 'yes'\n", "o.toml:1: 'equalize': true or false is needed"},
        {"config = 'o.toml'\n", "'config': there is no such option"},
        {"\nbits = \n", "o.toml:2: "},
        {"\xff\xfe", "o.toml:1: "},
    };
    for (const auto &[text, reason] : cases) {
        write_text("o.toml", text);
        expect_refused(reason, option);
    }
}

TEST_F(QuantizeOptions, TheNetworkEndsAtNamedTensors) {
    write_model(small_model());
    ASSERT_EQ(run(arguments("--outputs pool,relu --test-input '" + (m_dir / "calib.npy") + "'")).code, 0);
    const std::string info = read(m_dir / "out.info");
    EXPECT_THAT(info, HasSubstr("return %pool, %relu"));
    EXPECT_THAT(info, Not(HasSubstr("Gemm")));
    EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "'").code, 0);
    std::filesystem::remove(m_dir / "out.espdl");

    expect_refused("no tensor 'x'; its last ones are 'conv', 'relu', 'pool', 'flat', 'output'", "--outputs x");
    expect_refused("no tensor '/head/conv2d'; its last ones are", "--outputs relu,/head/conv2d");
    expect_refused("no tensor '/head/con'; there are 'conv'", "--outputs /head/con");
    expect_refused("no tensor '/conv', the node of this name makes 'conv'", "--outputs /conv");
    expect_refused("'relu' is named twice", "--outputs relu,relu");
    expect_refused("'input' is a graph input", "--outputs input");
    expect_refused("'w' is a constant", "--outputs w");
    const Outcome checked = run("check '" + (m_dir / "model.onnx") + "' --outputs relu");
    EXPECT_EQ(checked.code, 0) << checked.out;
    EXPECT_THAT(line_of(checked, "/output"), HasSubstr("no output needs it"));
}

TEST_F(QuantizeOptions, AnInputThatTheEndDoesNotNeedGoes) {
    onnx::ModelProto model = empty_model({1, 4, 8, 8}, {1, 4, 8, 8});
    set_shape(model.mutable_graph()->add_input(), "other", {1, 4, 8, 8});
    add_node(model.mutable_graph(), "Relu", {"input"}, "relu");
    add_node(model.mutable_graph(), "Add", {"relu", "other"}, "output");
    write_model(model);
    write_calibration({4, 4, 8, 8});
    ASSERT_EQ(run(arguments("--outputs relu")).code, 0);
    EXPECT_THAT(read(m_dir / "out.info"), Not(HasSubstr("other")));
}

TEST_F(QuantizeOptions, Relu6BecomesRelu) {
    onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 3, 8, 8});
    onnx::GraphProto *graph = model.mutable_graph();
    add_param(graph, "w", {3, 3, 3, 3}, 0.4f);
    for (const auto &[name, value] : {std::pair("zero", 0.f), std::pair("six", 6.f)}) {
        onnx::TensorProto *limit = graph->add_initializer();
        limit->set_name(name);
        limit->set_data_type(onnx::TensorProto::FLOAT);
        limit->add_float_data(value);
    }
    add_ints(add_node(graph, "Conv", {"input", "w"}, "conv"), "pads", {1, 1, 1, 1});
    add_node(graph, "Clip", {"conv", "zero", "six"}, "relu6");
    add_node(graph, "Clip", {"relu6", "zero"}, "output");
    write_model(model);
    ASSERT_EQ(run(arguments("--relu6-as-relu")).code, 0);
    const std::string info = read(m_dir / "out.info");
    EXPECT_THAT(info, HasSubstr("activation = 'Relu'"));
    EXPECT_THAT(info, HasSubstr("Clip"));  // one without an upper limit is no Relu6
    EXPECT_THAT(info, HasSubstr("%output = "));
    write_model(small_model());
    std::filesystem::remove(m_dir / "out.espdl");
    expect_refused("--relu6-as-relu: the network has no Relu6", "--relu6-as-relu");
}

TEST_F(QuantizeOptions, TheCentreOfAPictureIsRead) {
    write_model(small_model());
    std::filesystem::create_directory(m_dir / "whole");
    std::filesystem::create_directory(m_dir / "centre");
    // The shorter side of 16 becomes 12: the model's 8 pixels are 11 of the picture (10.67, rounded).
    constexpr int WIDTH = 25, HEIGHT = 16, SIDE = 11, LEFT = 7, TOP = 2;
    for (int i = 0; i < 3; i++) {
        std::vector<uint8_t> whole((size_t)WIDTH * HEIGHT * 3), centre((size_t)SIDE * SIDE * 3);
        for (size_t k = 0; k < whole.size(); k++) {
            whole[k] = (uint8_t)(k * 71 + i * 29 + k / 5);
        }
        for (int y = 0; y < SIDE; y++) {
            std::copy_n(whole.begin() + ((TOP + y) * WIDTH + LEFT) * 3, SIDE * 3, centre.begin() + y * SIDE * 3);
        }
        const std::string name = std::to_string(i) + ".png";
        using dl::image::DL_IMAGE_PIX_TYPE_RGB888;
        ASSERT_EQ(dl::image::write_png({whole.data(), WIDTH, HEIGHT, DL_IMAGE_PIX_TYPE_RGB888},
                                       (m_dir / ("whole/" + name)).c_str()),
                  ESP_OK);
        ASSERT_EQ(dl::image::write_png({centre.data(), SIDE, SIDE, DL_IMAGE_PIX_TYPE_RGB888},
                                       (m_dir / ("centre/" + name)).c_str()),
                  ESP_OK);
    }
    auto quantized = [&](const std::string &folder, const std::string &more) {
        const Outcome made = run("quantize '" + (m_dir / "model.onnx") + "' --calib '" + (m_dir / folder) +
                                 "' --test-input '" + (m_dir / (folder + "/0.png")) + "' -o '" + (m_dir / "out.espdl") +
                                 "' --quiet --threads 1 --mean 100,100,100 --std 50,60,70 " + more);
        EXPECT_EQ(made.code, 0) << made.error;
        return read(m_dir / "out.info");
    };
    const std::string by_hand = quantized("centre", "");
    std::string by_option = quantized("whole", "--resize 12");
    const size_t line = by_option.find("input.input.resize: 12\n");
    ASSERT_NE(line, std::string::npos) << by_option.substr(0, 500);
    EXPECT_EQ(by_option.erase(line, strlen("input.input.resize: 12\n")), by_hand);

    std::filesystem::remove(m_dir / "out.espdl");
    expect_refused("--resize: 7 is less than input 'input'", "--mean 0,0,0 --std 1,1,1 --resize 7");
    expect_refused("--resize: the centre", "--mean 0,0,0 --std 1,1,1 --resize 9 --letterbox");
}

}  // namespace
