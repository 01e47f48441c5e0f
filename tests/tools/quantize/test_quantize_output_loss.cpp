// --output-loss as a user gives it: on the command line, in a file of options, in a report.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

class QuantizeOutputLoss : public QuantizeTest {
protected:
    /** input [1, 3, 8, 8] -> Conv -> Relu -> score [1, 4, 8, 8], whose last channel is far below, and box [1, 8, 8, 8]
     */
    void SetUp() override {
        onnx::ModelProto model = empty_model({1, 3, 8, 8}, {1, 4, 8, 8});
        onnx::GraphProto *graph = model.mutable_graph();
        graph->mutable_output(0)->set_name("score");
        set_shape(graph->add_output(), "box", {1, 8, 8, 8});
        add_param(graph, "w", {16, 3, 1, 1}, 0.6f);
        add_param(graph, "w_score", {4, 16, 1, 1}, 0.5f);
        add_param(graph, "w_box", {8, 16, 1, 1}, 0.4f);
        onnx::TensorProto *bias = graph->add_initializer();
        bias->set_name("b_score");
        bias->set_data_type(onnx::TensorProto::FLOAT);
        bias->add_dims(4);
        for (float value : {0.2f, -0.5f, 0.1f, -70.0f}) {
            bias->add_float_data(value);
        }
        add_node(graph, "Conv", {"input", "w"}, "conv");
        add_node(graph, "Relu", {"conv"}, "relu");
        add_node(graph, "Conv", {"relu", "w_score", "b_score"}, "score");
        add_node(graph, "Conv", {"relu", "w_box"}, "box");
        write_model(model);
        write_calibration({8, 3, 8, 8}, 2.0f);
    }
    const std::string m_rules =
        "--output-loss 's*e=sigmoid' --output-loss box=softmax,group:4,mean,weight:score --target esp32s3 ";
};

TEST_F(QuantizeOutputLoss, ARunIsRepeatedFromItsFile) {
    ASSERT_EQ(run(arguments("--target esp32s3")).code, 0);
    const int plain = exponent("/score", "score");
    const std::string without = read(m_dir / "out.espdl");
    const Outcome made = run(arguments(m_rules + "--test-input '" + (m_dir / "calib.npy") + "'"));
    ASSERT_EQ(made.code, 0) << made.error;
    EXPECT_LT(exponent("/score", "score"), plain);
    const std::string with = read(m_dir / "out.espdl"), options = read(m_dir / "out.toml");
    EXPECT_NE(with, without);
    EXPECT_THAT(options, HasSubstr("\noutput-loss = ['s*e=sigmoid', 'box=softmax,group:4,mean,weight:score']\n"));
    EXPECT_THAT(run("info '" + (m_dir / "out.espdl") + "'").out,
                HasSubstr("--output-loss s*e=sigmoid box=softmax,group:4,mean,weight:score"));
    write_text("again.toml", options);
    std::filesystem::remove(m_dir / "out.espdl");
    const Outcome again = run("quantize --config '" + (m_dir / "again.toml") + "'");
    ASSERT_EQ(again.code, 0) << again.error;
    EXPECT_EQ(read(m_dir / "out.espdl"), with);
    EXPECT_EQ(run("test '" + (m_dir / "out.espdl") + "' --target esp32s3").code, 0);
}

TEST_F(QuantizeOutputLoss, TheReportTellsBoth) {
    std::string command = arguments(m_rules + "--no-layerwise --report '" + (m_dir / "report") + "'");
    command.erase(command.find("--quiet"), strlen("--quiet"));
    const Outcome made = run(command);
    ASSERT_EQ(made.code, 0) << made.error;
    const auto report = nlohmann::json::parse(read(m_dir / "report/report.json"));
    EXPECT_EQ(report["options"]["--output-loss"], "s*e=sigmoid box=softmax,group:4,mean,weight:score");
    ASSERT_EQ(report["outputs"].size(), 2u);
    double mean = 0;
    for (const auto &output : report["outputs"]) {
        const bool score = output["output"] == "score";
        EXPECT_EQ(output["rule"], score ? "s*e=sigmoid" : "box=softmax,group:4,mean,weight:score");
        EXPECT_NE(output["behind_db"], output["db"]);
        mean += output["behind_db"].get<double>() / 2;
        char line[160];
        snprintf(line, sizeof(line), "output '%s': %.1f dB signal to noise against float, %.1f dB behind '%s'\n",
                 output["output"].get<std::string>().c_str(), output["db"].get<double>(),
                 output["behind_db"].get<double>(), output["rule"].get<std::string>().c_str());
        EXPECT_THAT(made.out, HasSubstr(line));
        // What lies far below is cut off: that is an error of the output itself, and none behind the sigmoid.
        if (score) {
            EXPECT_GT(output["behind_db"].get<double>(), output["db"].get<double>() + 10);
        }
    }
    EXPECT_NEAR(report["signal_to_noise_db"].get<double>(), mean, 1e-9);
    EXPECT_THAT(read(m_dir / "report/report.html"), HasSubstr("<th>behind the function<th>rule"));
}

TEST_F(QuantizeOutputLoss, WrongOnesAreTold) {
    expect_refused("--output-loss: 'scores=sigmoid': the network has no output 'scores'; did you mean 'score'?",
                   "--output-loss scores=sigmoid");
    expect_refused("--output-loss: 'box=softmax,group:3': output 'box' has 8 channels along axis 1",
                   "--output-loss box=softmax,group:3");
    expect_refused("--output-loss: with --reference", "--reference --output-loss score=sigmoid");
    write_text("o.toml", "output-loss = 'score=tanh'\n");
    expect_refused("--output-loss: 'score=tanh': 'tanh' is none of mse, sigmoid, softmax",
                   "--config '" + (m_dir / "o.toml") + "'");
}

}  // namespace
