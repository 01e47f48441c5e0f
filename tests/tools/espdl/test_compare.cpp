// espdl compare: two forms of a network on one input, tensor by tensor.

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "../command_test.hpp"
#include "espdl_builder.hpp"
#include "recording.hpp"

namespace espdl_test {
namespace {

using espdl_tool::Recording;
using nlohmann::json;
using testing::HasSubstr;

/** x -> first -> a -> second -> b -> third -> y, all of them Relu. @param exponent of b */
ModelSpec chain(int exponent) {
    ModelSpec spec;
    spec.graph_name = "chain";
    spec.nodes = {{"Relu", "first", {"x"}, {"a"}}, {"Relu", "second", {"a"}, {"b"}}, {"Relu", "third", {"b"}, {"y"}}};
    spec.inputs = {{"x", {1, 4}}};
    spec.outputs = {{"y", {1, 4}}};
    spec.value_infos = {{"a", {1, 4}}, {"b", {1, 4}, espdl::TensorDataType::INT8, {exponent}}};
    TensorSpec input;
    input.name = "x";
    input.dims = {1, 4};
    input.raw = {1, 9, 30, 77};
    spec.test_inputs = {input};
    return spec;
}

class CompareTest : public CommandTest {
protected:
    json compare(const std::string &arguments, int code = 0) {
        const Outcome outcome = run("compare --json " + arguments);
        EXPECT_EQ(outcome.code, code) << outcome.error;
        return json::parse(outcome.out, nullptr, false);
    }
    const std::string m_good = write("good.espdl", build_edl2(chain(0)));
    const std::string m_wrong = write("wrong.espdl", build_edl2(chain(4)));
};

TEST_F(CompareTest, AModelEqualsItself) {
    const json report = compare("'" + m_good + "' '" + m_good + "' --min-cosine 1 --min-node-cosine 1");
    EXPECT_EQ(report["tensors"].size(), 4u);
    EXPECT_TRUE(report["first_difference"].is_null());
    EXPECT_TRUE(report["largest_loss"].is_null());
    EXPECT_TRUE(report["passed"]);
}

TEST_F(CompareTest, FindsTheOneNodeWithAWrongExponent) {
    for (const auto &[a, b] : {std::pair(m_good, m_wrong), std::pair(m_wrong, m_good)}) {
        const json report = compare("'" + a + "' '" + b + "'");
        EXPECT_EQ(report["first_difference"]["node"], "second");
        EXPECT_EQ(report["largest_loss"]["node"], "second");
        EXPECT_EQ(report["largest_loss"]["tensor"], "b");
        // b in steps of 16: 0, 16, 32, 80 instead of 1, 9, 30, 77.
        EXPECT_NEAR(report["largest_loss"]["max_difference"].get<double>(), 7, 1e-6);
    }
}

TEST_F(CompareTest, TheExitCodeTellsWhetherOutputsAreSimilarEnough) {
    compare("'" + m_good + "' '" + m_wrong + "' --min-cosine 0.9");
    EXPECT_FALSE(compare("'" + m_good + "' '" + m_wrong + "' --min-cosine 0.9999", 1)["passed"]);
    EXPECT_FALSE(compare("'" + m_good + "' '" + m_wrong + "' --min-node-cosine 0.9999", 1)["passed"]);
}

TEST_F(CompareTest, TheSameFileOnTwoChipsDiffersByItsRounding) {
    // 40 / 16 is a tie: 2 on the ESP32-P4, 3 on the ESP32-S3.
    ModelSpec spec = chain(4);
    spec.test_inputs[0].raw = {40, 40, 40, 40};
    const std::string model = write("tie.espdl", build_edl2(spec));
    const json report = compare("'" + model + "' '" + model + "' --target-a esp32p4 --target-b esp32s3");
    EXPECT_EQ(report["first_difference"]["node"], "second");
    EXPECT_EQ(report["first_difference"]["max_steps"], 1);
}

TEST_F(CompareTest, AFolderRecordedElsewhereIsComparedWithTheModel) {
    const std::string folder = m_dir / "recorded";
    ASSERT_EQ(run("run '" + m_wrong + "' --all --with-inputs --out '" + folder + "'").code, 0);
    EXPECT_TRUE(compare("'" + folder + "' '" + m_wrong + "'")["first_difference"].is_null());
    const json report = compare("'" + folder + "' '" + m_good + "'");
    EXPECT_EQ(report["first_difference"]["tensor"], "b");
    const std::string floats = m_dir / "floats";
    compare("'" + m_good + "' '" + m_wrong + "' --dump-float '" + floats + "'");
    EXPECT_TRUE(compare("'" + floats + "/b' '" + folder + "'")["first_difference"].is_null());
}

TEST_F(CompareTest, APictureIsPreparedAsTheFirmwareDoesIt) {
    const std::string models = REPOSITORY "/components/coco_detect/models/";
    const std::string both = "'" + models + "p4/shapes_detect_yolo11_s8.espdl' '" + models +
                             "s3/shapes_detect_yolo11_s8.espdl' --input images='" REPOSITORY "/tests/apps/pictures/";
    const json report = compare(both + "detect_0.jpg' --min-cosine 0.9");
    EXPECT_GT(report["tensors"].size(), 100u);
    EXPECT_EQ(report["tensors"][0]["tensor"], "images");
    EXPECT_EQ(report["tensors"][0]["differing"], 0);
    // Another preprocessing is another input.
    const json dark = compare(both + "detect_0.jpg' --std 1000");
    EXPECT_NE(report["tensors"].back()["cosine"], dark["tensors"].back()["cosine"]);
    const Outcome absent = run("compare " + both + "none.jpg'");
    EXPECT_EQ(absent.code, 2);
    EXPECT_THAT(absent.error, HasSubstr("none.jpg"));
    const Outcome chain_has_none =
        run("compare '" + m_good + "' '" + m_wrong + "' --input x='" REPOSITORY "/tests/apps/pictures/detect_0.jpg'");
    EXPECT_EQ(chain_has_none.code, 2);
}

TEST_F(CompareTest, RefusesWhatCannotBeCompared) {
    const std::string empty = m_dir / "empty", evil = m_dir / "evil";
    std::filesystem::create_directory(empty);
    std::filesystem::create_directory(evil);
    auto expect_refusal = [&](const std::string &arguments, const std::string &reason) {
        const Outcome outcome = run("compare " + arguments);
        EXPECT_EQ(outcome.code, 2) << arguments;
        EXPECT_THAT(outcome.error, HasSubstr(reason));
    };
    expect_refusal("'" + m_good + "' '" + empty + "'", "no .npy files");
    expect_refusal("'" + m_good + "' /nonexistent", "/nonexistent");
    expect_refusal("'" + m_good + "' '" + m_good + "' --input q=x.npy", "no input 'q'");
    expect_refusal("'" + m_good + "' '" + m_good + "' --min-cosine 2", "2");
    for (const char *manifest : {"{", "{}", "[3]", R"([{"name": "x", "file": "../../etc/passwd"}])",
                                 R"([{"name": "x", "file": 3}])", R"([{"name": "x", "file": "absent.npy"}])"}) {
        write("evil/manifest.json", std::vector<uint8_t>(manifest, manifest + strlen(manifest)));
        expect_refusal("'" + m_good + "' '" + evil + "'", "evil");
    }
    ModelSpec spec = chain(0);
    spec.test_inputs.clear();
    const std::string bare = write("bare.espdl", build_edl2(spec));
    expect_refusal("'" + bare + "' '" + bare + "'", "--input is needed");
}

espdl_tool::RecordedTensor floats(const std::string &name, const std::vector<int> &shape,
                                  const std::vector<float> &values) {
    espdl_tool::RecordedTensor tensor;
    tensor.value = {name, dl::DATA_TYPE_FLOAT, shape, 0, bytes_of(values)};
    return tensor;
}

TEST(CompareRecordings, ChannelsMayStandFirstInOneAndLastInTheOther) {
    Recording last, first;
    last.tensors = {floats("t", {1, 2, 2, 3}, {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32})};
    first.tensors = {floats("t", {1, 3, 2, 2}, {0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32})};
    for (const auto &[a, b] : {std::pair(&last, &first), std::pair(&first, &last)}) {
        const espdl_tool::Comparison comparison = compare_recordings(*a, *b);
        ASSERT_EQ(comparison.tensors.size(), 1u);
        EXPECT_EQ(comparison.tensors[0].differing, 0u);
        EXPECT_TRUE(comparison.tensors[0].transposed);
    }
}

TEST(CompareRecordings, TensorsWithoutElementsAreEqual) {
    Recording a, b;
    a.tensors = {floats("t", {0, 2, 3}, {}), floats("u", {1, 2, 0}, {})};
    b.tensors = {floats("t", {0, 3, 2}, {}), floats("u", {1, 0, 2}, {})};
    const espdl_tool::Comparison comparison = compare_recordings(a, b);
    ASSERT_EQ(comparison.tensors.size(), 2u);
    EXPECT_EQ(comparison.first_difference(), nullptr);
}

TEST(CompareRecordings, MeasuresWhatTheDefinitionsSay) {
    Recording a, b;
    a.tensors = {floats("t", {4}, {3, 4, 0, 0}), floats("zero", {2}, {0, 0}), floats("nan", {2}, {1, NAN}),
                 floats("long", {3}, {1, 2, 3})};
    b.tensors = {floats("t", {4}, {3, 4, 0, 0.5}), floats("zero", {2}, {0, 1}), floats("nan", {2}, {1, 2}),
                 floats("long", {2}, {1, 2}), floats("new", {1}, {1})};
    const espdl_tool::Comparison comparison = compare_recordings(a, b);
    ASSERT_EQ(comparison.tensors.size(), 3u);
    EXPECT_NEAR(comparison.tensors[0].snr_db, 20, 1e-9);  // 25 / 0.25
    EXPECT_NEAR(comparison.tensors[0].cosine, 25 / (5 * std::sqrt(25.25)), 1e-12);
    EXPECT_EQ(comparison.tensors[0].max_difference, 0.5);
    EXPECT_TRUE(std::isnan(comparison.tensors[1].cosine));
    EXPECT_EQ(comparison.tensors[1].snr_db, -INFINITY);
    EXPECT_EQ(comparison.tensors[2].max_difference, INFINITY);
    EXPECT_THAT(comparison.only_in_a, testing::ElementsAre("long"));
    EXPECT_THAT(comparison.only_in_b, testing::ElementsAre("long", "new"));
}

}  // namespace
}  // namespace espdl_test
