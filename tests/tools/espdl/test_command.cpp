// The command as a user runs it: exit codes, what is written, what is said about input that is wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "../command_test.hpp"
#include "container.hpp"
#include "espdl_builder.hpp"
#include "file_io.hpp"
#include "npy.hpp"

using namespace espdl_test;
using nlohmann::json;
using testing::HasSubstr;

namespace {

class EspdlTest : public CommandTest {
protected:
    void expect_wrong_input(const std::string &arguments, const std::string &reason) {
        const Outcome outcome = run(arguments);
        EXPECT_EQ(outcome.code, 2) << arguments << "\n" << outcome.out << outcome.error;
        EXPECT_THAT(outcome.error, HasSubstr(reason)) << arguments;
    }
};

TEST_F(EspdlTest, Arguments) {
    EXPECT_EQ(run("--help").code, 0);
    for (const char *command : {"info", "test", "run", "pack", "unpack", "ops"}) {
        const Outcome outcome = run(std::string(command) + " --help");
        EXPECT_EQ(outcome.code, 0) << command;
        EXPECT_FALSE(outcome.out.empty());
    }
    EXPECT_EQ(run("").code, 2);
    EXPECT_EQ(run("frobnicate").code, 2);
    EXPECT_EQ(run("info").code, 2);
    EXPECT_EQ(run("test --no-such-option x").code, 2);
    const std::string model = write("a.espdl", build_edl2(small_model()));
    expect_wrong_input("info '" + model + "' --target esp8266", "'esp8266' is unknown");
    expect_wrong_input("info '" + model + "' --key 1234", "needed 32 hexadecimal digits");
    expect_wrong_input("info '" + (m_dir / "none.espdl") + "'", "there is no such file");
    expect_wrong_input("info '" + m_dir.path() + "'", "it is no file");
}

TEST_F(EspdlTest, Info) {
    const std::string model = write("a.espdl", build_edl2(small_model()));
    const Outcome text = run("info '" + model + "' --kernels");
    EXPECT_EQ(text.code, 0) << text.error;
    EXPECT_THAT(text.out, HasSubstr("test_graph"));
    const Outcome outcome = run("info '" + model + "' --json");
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    const json info = json::parse(outcome.out, nullptr, false);
    ASSERT_FALSE(info.is_discarded());
    EXPECT_EQ(info["inputs"][0]["name"], "x");
    EXPECT_EQ(info["outputs"][0]["shape"], json({1, 4}));
    EXPECT_EQ(info["nodes"][1]["op"], "Add");
    EXPECT_EQ(info["parameters"][0]["bytes"], 4);
    EXPECT_EQ(info["memory"]["parameter_copy"]["psram"], 16);
    EXPECT_EQ(info["opset"], 18);
}

TEST_F(EspdlTest, Test) {
    const std::string good = write("good.espdl", build_edl2(small_model()));
    EXPECT_EQ(run("test '" + good + "'").code, 0);
    ModelSpec spec = small_model();
    spec.test_outputs[0].raw[3] = 1;
    const std::string bad = write("bad.espdl", build_edl2(spec));
    const Outcome one = run("test '" + bad + "'");
    EXPECT_EQ(one.code, 1);
    EXPECT_THAT(one.out, HasSubstr("element 3 is 127, needed 1"));
    const Outcome both = run("test '" + m_dir.path() + "' --json --threads 2");
    EXPECT_EQ(both.code, 1);
    const json report = json::parse(both.out, nullptr, false);
    ASSERT_FALSE(report.is_discarded());
    EXPECT_EQ(report["total"]["files"], 2);
    EXPECT_EQ(report["total"]["failed"], 1);
    EXPECT_EQ(report["summary"][0]["exact"], 1);
    EXPECT_EQ(report["files"][0]["status"], "FAILED");
    EXPECT_EQ(report["files"][0]["tensors"][0]["worst"]["element"], 3);
    EXPECT_EQ(report["files"][1]["max_difference"], 0);

    spec = small_model();
    spec.test_outputs.clear();
    expect_wrong_input("test '" + write("no_values.espdl", build_edl2(spec)) + "'", "no file holds test values");
    expect_wrong_input("test '" + (m_dir / "none") + "'", "no such file or folder");
}

TEST_F(EspdlTest, Run) {
    ModelSpec spec = small_model();
    spec.nodes[0].outputs = {"a/b"};
    spec.nodes[1].inputs[0] = "a/b";
    spec.nodes.push_back({"Relu", "third", {"a/b"}, {"a:b"}});
    spec.value_infos = {{"a/b", {1, 4}}, {"a:b", {1, 4}}};
    const std::string model = write("m.espdl", build_edl2(spec));
    std::string error;
    const std::vector<int8_t> x = {1, -1, 2, 127};
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "x.npy", dl::DATA_TYPE_INT8, {1, 4}, x.data(), error)) << error;
    Outcome outcome =
        run("run '" + model + "' --input x='" + (m_dir / "x.npy") + "' --out '" + (m_dir / "out") + "' --all");
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    const json manifest = json::parse(read(m_dir / "out/manifest.json"), nullptr, false);
    ASSERT_EQ(manifest.size(), 3u);
    EXPECT_EQ(manifest[0]["name"], "a/b");
    EXPECT_EQ(manifest[0]["file"], "a_b.npy");
    EXPECT_EQ(manifest[2]["name"], "a:b");
    EXPECT_EQ(manifest[2]["file"], "a_b_2.npy") << "no file overwrites another";
    EXPECT_EQ(manifest[1]["dtype"], "int8");
    EXPECT_EQ(manifest[1]["exponent"], 0);
    EXPECT_EQ(manifest[1]["shape"], json({1, 4}));
    espdl_tool::NpyArray y;
    ASSERT_TRUE(espdl_tool::read_npy(m_dir / "out/y.npy", y, error)) << error;
    EXPECT_EQ(y.data, bytes_of<int8_t>({11, 20, 32, 127}));

    // Floats are quantized.
    const std::vector<float> floats = {0.6f, -7, 200, 3};
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "f.npy", dl::DATA_TYPE_FLOAT, {1, 4}, floats.data(), error));
    outcome = run("run '" + model + "' --input '" + (m_dir / "f.npy") + "' --out '" + (m_dir / "out2") + "'");
    ASSERT_EQ(outcome.code, 0) << outcome.error;
    ASSERT_TRUE(espdl_tool::read_npy(m_dir / "out2/y.npy", y, error)) << error;
    EXPECT_EQ(y.data, bytes_of<int8_t>({11, 20, 127, 43}));
    EXPECT_FALSE(std::filesystem::exists(m_dir / "out2/a_b.npy"));

    // Without an input, on the test values.
    EXPECT_EQ(run("run '" + model + "' --out '" + (m_dir / "out3") + "'").code, 0);

    const std::string to = " --out '" + (m_dir / "out4") + "'";
    expect_wrong_input("run '" + model + "' --input z='" + (m_dir / "x.npy") + "'" + to, "needed NAME=FILE.npy");
    expect_wrong_input("run '" + model + "' --input x='" + (m_dir / "none.npy") + "'" + to, "there is no such file");
    expect_wrong_input("run '" + model + "' --input x='" + model + "'" + to, "it is no .npy file");
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "w.npy", dl::DATA_TYPE_INT8, {1, 3}, x.data(), error));
    expect_wrong_input("run '" + model + "' --input x='" + (m_dir / "w.npy") + "'" + to,
                       "has shape [1, 3], needed [1, 4]");
    ASSERT_TRUE(espdl_tool::write_npy(m_dir / "t.npy", dl::DATA_TYPE_INT16, {1, 2}, x.data(), error));
    expect_wrong_input("run '" + model + "' --input x='" + (m_dir / "t.npy") + "'" + to,
                       "is int16, needed int8 or float");
    expect_wrong_input("run '" + model + "' --out /dev/null/folder", "/dev/null/folder");
}

TEST_F(EspdlTest, RunWithInputs) {
    const std::string model = write("m.espdl", build_edl2(small_model()));
    ASSERT_EQ(run("run '" + model + "' --with-inputs --out '" + (m_dir / "out") + "'").code, 0);
    const json manifest = json::parse(read(m_dir / "out/manifest.json"), nullptr, false);
    ASSERT_EQ(manifest.size(), 2u);
    EXPECT_EQ(manifest[1]["name"], "x");
    EXPECT_EQ(manifest[1]["input"], true);
    EXPECT_EQ(manifest[0]["input"], false);
    espdl_tool::NpyArray x;
    std::string error;
    ASSERT_TRUE(espdl_tool::read_npy(m_dir / "out/x.npy", x, error)) << error;
    EXPECT_EQ(x.data, bytes_of<int8_t>({-5, 5, 0, 100}));
}

TEST_F(EspdlTest, Profile) {
    ModelSpec spec = small_model();
    spec.metadata.clear();
    const std::string model = write("m.espdl", build_edl2(spec));
    for (const auto &[board, target] :
         {std::pair{"esp32_p4_function_ev_board", "esp32p4"}, std::pair{"esp32_s3_eye", "esp32s3"}}) {
        const Outcome outcome = run("profile '" + model + "' --runs 3 --json --board " + board);
        ASSERT_EQ(outcome.code, 0) << outcome.error;
        const json report = json::parse(outcome.out, nullptr, false);
        EXPECT_EQ(report["board"], board);
        EXPECT_EQ(report["target"], target);
        ASSERT_EQ(report["modules"].size(), 2u);
        EXPECT_EQ(report["modules"][0]["name"], "relu");
        EXPECT_EQ(report["modules"][1]["type"], "Add");
        EXPECT_EQ(report["modules"][1]["output"]["shape"], json({1, 4}));
        EXPECT_EQ(report["modules"][1]["output"]["memory"], "PSRAM");
        EXPECT_EQ(report["total_us"].get<int>(),
                  report["modules"][0]["latency_us"].get<int>() + report["modules"][1]["latency_us"].get<int>());
        EXPECT_EQ(report["memory"]["parameter_copy"]["psram"], 16);
        EXPECT_GT(report["memory"]["fbs_model"]["flash"], 16);
        EXPECT_GT(report["memory"]["variable"]["psram"], 0);
        EXPECT_LT(report["left"]["psram"]["largest_block"], 32 << 20);
    }
    Outcome outcome = run("profile '" + model + "' --no-param-copy --internal 4096 --json");
    const json report = json::parse(outcome.out, nullptr, false);
    EXPECT_EQ(report["memory"]["parameter_copy"]["psram"], 0);
    EXPECT_EQ(report["modules"][1]["output"]["memory"], "internal");
    outcome = run("profile '" + model + "' --sort");
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("parameter_copy"));
    EXPECT_THAT(outcome.out, HasSubstr("us on this PC"));

    // A board's limits are the check.
    spec.inputs[0].dims = spec.outputs[0].dims = spec.value_infos[0].dims = {1024, 1024, 12};
    spec.nodes = {{"Relu", "relu", {"x"}, {"h"}}, {"Relu", "second", {"h"}, {"y"}}};
    spec.initializers.clear();
    const std::string large = write("large.espdl", build_edl2(spec));
    EXPECT_EQ(run("profile '" + large + "' --runs 1").code, 0);
    outcome = run("profile '" + large + "' --runs 1 --board esp32_s3_eye");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.error, HasSubstr("does not run on ESP32-S3-EYE"));
    std::filesystem::create_directories(m_dir / "p4");
    std::filesystem::copy(model, m_dir / "p4/m.espdl");
    expect_wrong_input("profile '" + (m_dir / "p4/m.espdl") + "' --board esp32_s3_eye", "is for esp32p4");
    expect_wrong_input("profile '" + model + "' --board no_such_board", "no_such_board");
    spec = small_model();
    spec.nodes[0].op = "Frobnicate";
    expect_wrong_input("profile '" + write("w.espdl", build_edl2(spec)) + "'", "Frobnicate");
}

TEST_F(EspdlTest, PackAndUnpack) {
    ModelSpec two = small_model();
    two.graph_name = "two";
    const std::string a = write("a.espdl", build_edl2(small_model()));
    const std::string b = write("b.espdl", build_edl2(two));
    const std::string key = "000102030405060708090a0b0c0d0e0f";
    for (const char *format : {"PDL1", "PDL2", "PDL3"}) {
        const std::string package = m_dir / (std::string(format) + ".espdl");
        Outcome outcome = run("pack '" + a + "' '" + b + "' --format " + format + " -o '" + package + "'");
        ASSERT_EQ(outcome.code, 0) << outcome.error;
        outcome = run("info '" + package + "' --model b.espdl --json");
        ASSERT_EQ(outcome.code, 0) << outcome.error;
        EXPECT_EQ(json::parse(outcome.out)["graph"], "two");
        EXPECT_EQ(json::parse(outcome.out)["format"], format);
        EXPECT_EQ(run("test '" + package + "' --model 1").code, 0);
        expect_wrong_input("info '" + package + "' --model c.espdl", "no model 'c.espdl', only a.espdl, b.espdl");
        outcome = run("unpack '" + package + "' -o '" + (m_dir / "single") + "'");
        ASSERT_EQ(outcome.code, 0) << outcome.error;
        EXPECT_EQ(read(m_dir / "single/b.espdl"), read(b));
    }
    const std::string secret = m_dir / "secret.espdl";
    ASSERT_EQ(run("pack '" + a + "' --format EDL2 --encrypt " + key + " -o '" + secret + "'").code, 0);
    EXPECT_EQ(run("test '" + secret + "' --key " + key).code, 0);
    expect_wrong_input("test '" + secret + "'", "is encrypted: a 16-byte key is needed");
    expect_wrong_input("test '" + secret + "' --key ffffffffffffffffffffffffffffffff", "the key is wrong");
    ASSERT_EQ(run("pack '" + secret + "' --format EDL2 --key " + key + " -o '" + (m_dir / "plain.espdl") + "'").code,
              0);
    EXPECT_EQ(read(m_dir / "plain.espdl"), read(a));
    ASSERT_EQ(run("unpack '" + secret + "' --key " + key + " -o '" + (m_dir / "single") + "'").code, 0);
    EXPECT_EQ(read(m_dir / "single/secret.espdl"), read(a));

    expect_wrong_input("pack '" + a + "' '" + a + "' -o '" + (m_dir / "p.espdl") + "'",
                       "two models have the name 'a.espdl'");
    expect_wrong_input("pack '" + a + "' '" + b + "' --format EDL2 -o '" + (m_dir / "p.espdl") + "'",
                       "EDL2 holds one model");
    expect_wrong_input(
        "pack '" + a + "' --format PDL3 --package-version 0123456789abcdef -o '" + (m_dir / "p.espdl") + "'",
        "longer than 15 characters");
    expect_wrong_input("pack '" + a + "' -o /dev/null/p.espdl", "cannot write");
}

TEST_F(EspdlTest, PackageNamesStayInTheFolder) {
    std::vector<uint8_t> package;
    std::string error;
    ASSERT_TRUE(espdl_tool::make_package(
        {{"../../evil.espdl", build_edl2(small_model())}, {"/etc/x", build_edl2(small_model())}}, 2, "", package,
        error));
    const std::string path = write("evil_package.espdl", package);
    ASSERT_EQ(run("unpack '" + path + "' -o '" + (m_dir / "deep/er") + "'").code, 0);
    EXPECT_TRUE(std::filesystem::exists(m_dir / "deep/er/.._.._evil.espdl"));
    EXPECT_TRUE(std::filesystem::exists(m_dir / "deep/er/_etc_x.espdl"));
}

TEST_F(EspdlTest, Ops) {
    EXPECT_THAT(run("ops").out, HasSubstr("Conv"));
    EXPECT_THAT(run("ops --markdown").out, HasSubstr("| Conv |"));
    const json ops = json::parse(run("ops --json").out, nullptr, false);
    ASSERT_TRUE(ops.is_array());
    EXPECT_GT(ops.size(), 60u);
    EXPECT_EQ(run("ops --json --markdown").code, 2);
}

/** Each command that reads a model refuses it with the reason and exit code 2. */
TEST_F(EspdlTest, ModelsThatAreWrong) {
    struct Wrong {
        const char *name;
        std::vector<uint8_t> file;
        const char *reason;
    };
    const std::vector<uint8_t> good = build_edl2(small_model());
    std::vector<Wrong> cases = {{"empty", {}, "too few"}};
    auto add = [&](const char *name, const std::vector<uint8_t> &file, const char *reason) {
        cases.push_back({name, file, reason});
    };
    auto damaged = [&](size_t at, uint8_t value) {
        std::vector<uint8_t> bytes = good;
        bytes[at] = value;
        return bytes;
    };
    add("magic", damaged(0, 'X'), "is no .espdl file");
    add("size", damaged(9, 0x7f), "size field");
    add("size_not_16", damaged(8, (uint8_t)(good[8] + 1)), "size field");
    add("mode", damaged(4, 9), "encryption mode 9");
    std::vector<uint8_t> package;
    std::string error;
    ASSERT_TRUE(espdl_tool::make_package({{"a.espdl", good}}, 3, "1", package, error));
    package.back() ^= 1;
    add("sha256", package, "sha256");
    ModelSpec spec = small_model();
    spec.nodes[0].op = "Frobnicate";
    add("operator", build_edl2(spec), "'relu'");
    spec = small_model();
    spec.initializers[0].dtype = espdl::TensorDataType::UINT16;
    add("dtype", build_edl2(spec), "'add'");
    spec = small_model();
    spec.initializers[0].dims = {100, 100};
    add("short_weight", build_edl2(spec), "needs 10000 bytes, the file holds 16");
    spec = small_model();
    spec.initializers[0].exponents = {777};
    add("exponent", build_edl2(spec), "exponent 777");
    spec = small_model();
    spec.nodes[0].inputs = {"y"};
    add("cycle", build_edl2(spec), "cycle");
    spec = small_model();
    spec.nodes[0].inputs = {"lost"};
    add("missing_tensor", build_edl2(spec), "'lost'");
    spec = small_model();
    spec.inputs = {{"x", {1, 3, 3, 4}}};
    spec.outputs = {{"y", {1, 3, 3, 2}}};
    spec.value_infos.clear();
    spec.initializers = {{"w", {1, 1, 4, 2}, espdl::TensorDataType::INT8, std::vector<uint8_t>(16, 1)}};
    spec.initializers[0].doc = "layout ==> (N/99)ZZZ";
    AttributeSpec kernel;
    kernel.name = "kernel_shape";
    kernel.type = espdl::AttributeType::INTS;
    kernel.ints = {1, 1};
    spec.nodes = {{"Conv", "conv", {"x", "w"}, {"y"}, {AttributeSpec::text("quant_type", "S8"), kernel}}};
    spec.test_inputs = {{"x", {1, 3, 3, 4}, espdl::TensorDataType::INT8, std::vector<uint8_t>(36)}};
    spec.test_outputs = {{"y", {1, 3, 3, 2}, espdl::TensorDataType::INT8, std::vector<uint8_t>(18)}};
    add("layout", build_edl2(spec), "(N/99)ZZZ");

    for (const Wrong &wrong : cases) {
        const std::string path = write(std::string(wrong.name) + ".espdl", wrong.file);
        expect_wrong_input("test '" + path + "'", wrong.reason);
        expect_wrong_input("run '" + path + "' --out '" + (m_dir / "out") + "'", wrong.reason);
    }
    // Cut short at every 64th byte.
    for (size_t size = 0; size < good.size(); size += 64) {
        const std::string path = write("cut.espdl", {good.begin(), good.begin() + (ptrdiff_t)size});
        const Outcome outcome = run("test '" + path + "'");
        EXPECT_EQ(outcome.code, 2) << size;
        EXPECT_FALSE(outcome.error.empty()) << size;
    }
}

}  // namespace
