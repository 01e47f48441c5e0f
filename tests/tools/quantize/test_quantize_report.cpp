// What report.json tells, and that suggestions keep their word.

#include "quantize_test.hpp"

using namespace quantize_test;

namespace {

using nlohmann::json;

class QuantizeReport : public QuantizeTest {
protected:
    json report(const std::string &more = "") {
        const Outcome made = run(arguments("--report '" + (m_dir / "report") + "' " + more));
        EXPECT_EQ(made.code, 0) << made.error;
        return json::parse(read(m_dir / "report/report.json"), nullptr, false);
    }
};

TEST_F(QuantizeReport, SuggestionsKeepTheirWord) {
    write_model(small_model());
    const json before = report("--target esp32s3");
    ASSERT_FALSE(before["suggestions"].empty()) << before.dump(1);
    std::filesystem::copy(m_dir / "out.json", m_dir / "scales.json");
    int layers = 0;
    for (const json &suggestion : before["suggestions"]) {
        const std::string options = suggestion["options"];
        const bool layer = options.rfind("--int16", 0) == 0;
        layers += layer;
        const json after = report("--target esp32s3 --no-layerwise " + options +
                                  (layer ? " --scales '" + (m_dir / "scales.json") + "'" : std::string()));
        const double gain = after["signal_to_noise_db"].get<double>() - before["signal_to_noise_db"].get<double>();
        EXPECT_NEAR(gain, suggestion["gain_db"].get<double>(), 0.1) << options;
        const int bytes = after["cost"]["file_bytes"].get<int>() - before["cost"]["file_bytes"].get<int>();
        EXPECT_NEAR(bytes, suggestion["file_bytes"].get<int>(), 300) << options;  // the metadata names the options
        EXPECT_EQ(after["cost"]["ram_bytes"].get<int>() - before["cost"]["ram_bytes"].get<int>(),
                  suggestion["ram_bytes"].get<int>());
        EXPECT_NEAR(after["cost"]["predicted_ms"].get<double>() - before["cost"]["predicted_ms"].get<double>(),
                    suggestion["predicted_ms"].get<double>(), 1e-6);
    }
    EXPECT_GT(layers, 0);
}

TEST_F(QuantizeReport, LayersOptionsAndPassesAreTold) {
    write_model(small_model());
    const json told = report("--int16 /conv --equalize --bias-correction --train lsq --train-steps 20 --suggest 0");
    EXPECT_EQ(told["options"]["--int16"], "/conv");
    EXPECT_EQ(told["operators"]["Conv"]["16"], 1);
    EXPECT_EQ(told["operators"]["Gemm"]["8"], 1);
    EXPECT_TRUE(told["suggestions"].empty());
    EXPECT_TRUE(told["verified"]["works"].get<bool>());
    EXPECT_EQ(told["board"], "esp32_p4_function_ev_board");
    EXPECT_GT(told["cost"]["predicted_ms"].get<double>(), 0);
    EXPECT_GE(told["cost"]["ram_bytes"].get<int>(), 3 * 8 * 8);
    std::vector<std::string> passes;
    for (const json &pass : told["passes"]) {
        passes.push_back(pass["pass"]);
        EXPECT_GT(pass["after_db"].get<double>(), 10);
    }
    EXPECT_EQ(passes, (std::vector<std::string>{"equalization", "bias correction", "training (lsq)"}));
    for (const json &layer : told["layers"]) {
        if (layer["layer"] == "/conv") {
            EXPECT_EQ(layer["bits"], 16);
            EXPECT_EQ(layer["weights"].size(), 2u);
            EXPECT_EQ(layer["exponent"], exponent("/conv", "relu"));
        }
    }
    EXPECT_THAT(read(m_dir / "report/report.html"), HasSubstr("<h2>Passes</h2>"));
}

TEST_F(QuantizeReport, OtherSamplesAreMeasured) {
    write_model(small_model());
    const json on_calibration = report("--suggest 0 --no-layerwise");
    std::filesystem::rename(m_dir / "calib.npy", m_dir / "small.npy");
    write_calibration({4, 3, 8, 8}, 40.0f);  // far beyond the scales
    std::filesystem::rename(m_dir / "calib.npy", m_dir / "large.npy");
    std::filesystem::rename(m_dir / "small.npy", m_dir / "calib.npy");
    const json on_others = report("--suggest 0 --no-layerwise --measure '" + (m_dir / "large.npy") + "'");
    EXPECT_LT(on_others["signal_to_noise_db"].get<double>(), on_calibration["signal_to_noise_db"].get<double>() - 10);
    double clipped = 0;
    for (const json &layer : on_others["layers"]) {
        clipped = std::max(clipped, layer["clipped"].get<double>());
    }
    EXPECT_GT(clipped, 0.3);
    EXPECT_FALSE(on_others["warnings"].empty());
    expect_told(run(arguments("--board nonesuch --report '" + (m_dir / "report") + "'")),
                "--board: 'nonesuch' is no known board");
}

}  // namespace
