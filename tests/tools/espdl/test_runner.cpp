// The runner: it must find what differs, say where, and be no stricter and no laxer than its tolerances.

#include "runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "../../hal/storage_test.hpp"
#include "espdl_builder.hpp"
#include "log_capture.hpp"

using namespace espdl_test;
using espdl_tool::compare_values;
using espdl_tool::Status;
using espdl_tool::Value;
using testing::HasSubstr;

namespace {

template <typename T>
Value value(dl::dtype_t dtype, const std::vector<T> &elements, int exponent = 0) {
    return {"v", dtype, {(int)elements.size()}, exponent, bytes_of(elements)};
}

TEST(Compare, Int8IsExact) {
    const Value want = value<int8_t>(dl::DATA_TYPE_INT8, {1, 2, 3});
    EXPECT_TRUE(compare_values(want, want, 1).passed);
    const auto result = compare_values(want, value<int8_t>(dl::DATA_TYPE_INT8, {1, 2, 4}), 1);
    EXPECT_FALSE(result.passed);
    EXPECT_EQ(result.differing, 1u);
    EXPECT_EQ(result.max_difference, 1);
    EXPECT_EQ(result.worst, 2);
    EXPECT_EQ(result.expected, 3);
    EXPECT_EQ(result.actual, 4);
}

TEST(Compare, Int16MayBeOneOff) {
    const Value want = value<int16_t>(dl::DATA_TYPE_INT16, {1, -32768, 32767});
    EXPECT_TRUE(compare_values(want, value<int16_t>(dl::DATA_TYPE_INT16, {2, -32767, 32766}), 1).passed);
    EXPECT_FALSE(compare_values(want, value<int16_t>(dl::DATA_TYPE_INT16, {3, -32768, 32767}), 1).passed);
    EXPECT_TRUE(compare_values(want, value<int16_t>(dl::DATA_TYPE_INT16, {5, -32768, 32767}), 4).passed);
}

TEST(Compare, FloatsAreRelative) {
    const Value want = value<float>(dl::DATA_TYPE_FLOAT, {1000.0f, NAN, INFINITY, 0.0f});
    EXPECT_TRUE(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1000.01f, NAN, INFINITY, -0.0f}), 1).passed);
    EXPECT_TRUE(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1000.0f, NAN, INFINITY, 5e-7f}), 1).passed);
    EXPECT_FALSE(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1000.1f, NAN, INFINITY, 0.0f}), 1).passed);
    EXPECT_FALSE(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1000.0f, 0.0f, INFINITY, 0.0f}), 1).passed);
    EXPECT_FALSE(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1000.0f, NAN, -INFINITY, 0.0f}), 1).passed);
    EXPECT_FALSE(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1000.0f, NAN, INFINITY, NAN}), 1).passed);
    const Value precise = value<double>(dl::DATA_TYPE_DOUBLE, {0.5});
    EXPECT_TRUE(compare_values(precise, value<float>(dl::DATA_TYPE_FLOAT, {0.5f}), 1).passed);
}

TEST(Compare, TypesMustAgree) {
    const Value want = value<int8_t>(dl::DATA_TYPE_INT8, {1, 2}, -3);
    EXPECT_THAT(compare_values(want, value<int8_t>(dl::DATA_TYPE_INT8, {1, 2}, -4), 1).error, HasSubstr("exponent -4"));
    EXPECT_THAT(compare_values(want, value<int16_t>(dl::DATA_TYPE_INT16, {1, 2}, -3), 1).error, HasSubstr("int16"));
    EXPECT_THAT(compare_values(want, value<float>(dl::DATA_TYPE_FLOAT, {1, 2}), 1).error, HasSubstr("float"));
    EXPECT_THAT(compare_values(want, value<int8_t>(dl::DATA_TYPE_INT8, {1}, -3), 1).error, HasSubstr("shape [1]"));
}

class RunnerTest : public testing::Test {
protected:
    static void SetUpTestSuite() { espdl_tool::setup_log(false); }
    std::string write(const std::string &name, const ModelSpec &spec) {
        const std::string path = m_dir / name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        const std::vector<uint8_t> bytes = build_edl2(spec);
        std::ofstream(path, std::ios::binary).write((const char *)bytes.data(), (std::streamsize)bytes.size());
        return path;
    }
    hal_test::TempDir m_dir;
};

TEST_F(RunnerTest, ExactFile) {
    const auto result = espdl_tool::test_file(write("a.espdl", small_model()));
    EXPECT_EQ(result.status, Status::Exact) << result.error;
    ASSERT_EQ(result.tensors.size(), 1u);
    EXPECT_EQ(result.tensors[0].elements, 4u);
    EXPECT_EQ(result.tensors[0].op, "Add");
    EXPECT_EQ(result.type, "s8");
    EXPECT_EQ(result.op, "net");
}

TEST_F(RunnerTest, FirstTensorThatDiffersIsTheEarliest) {
    ModelSpec spec = small_model();
    spec.test_outputs[0].raw[0] ^= 1;
    spec.test_outputs.push_back({"h", {1, 4}, espdl::TensorDataType::INT8, bytes_of<int8_t>({0, 7, 0, 100})});
    const auto result = espdl_tool::test_file(write("a.espdl", spec));
    EXPECT_EQ(result.status, Status::Failed);
    ASSERT_NE(result.first_failed(), nullptr);
    EXPECT_EQ(result.first_failed()->name, "h");
    EXPECT_EQ(result.first_failed()->node, "relu");
    EXPECT_EQ(result.max_difference, 2);
    EXPECT_THAT(espdl_tool::result_line(result),
                HasSubstr("tensor 'h' of node 'relu' (Relu): 1 of 4 elements differ, element 1 is 5, needed 7"));
}

TEST_F(RunnerTest, FilesThatCannotBeLoadedSayWhy) {
    ModelSpec spec = small_model();
    spec.nodes[0].op = "NoSuchOperator";
    auto result = espdl_tool::test_file(write("a.espdl", spec));
    EXPECT_EQ(result.status, Status::NotLoaded);
    EXPECT_THAT(result.error, HasSubstr("'relu'"));
    EXPECT_THAT(result.error, HasSubstr("NoSuchOperator"));
    spec = small_model();
    spec.nodes[0].inputs = {"y"};
    result = espdl_tool::test_file(write("b.espdl", spec));
    EXPECT_EQ(result.status, Status::NotLoaded);
    EXPECT_THAT(result.error, HasSubstr("cycle"));
    spec = small_model();
    spec.test_inputs[0].name = "z";
    result = espdl_tool::test_file(write("c.espdl", spec));
    EXPECT_EQ(result.status, Status::NotLoaded);
    EXPECT_THAT(result.error, HasSubstr("no value for input 'x'"));
    spec = small_model();
    spec.test_outputs[0].name = "z";
    result = espdl_tool::test_file(write("d.espdl", spec));
    EXPECT_THAT(result.error, HasSubstr("test output 'z'"));
    spec = small_model();
    spec.test_outputs.clear();
    EXPECT_EQ(espdl_tool::test_file(write("e.espdl", spec)).status, Status::NoTestValues);
    EXPECT_EQ(espdl_tool::test_file(m_dir / "none.espdl").status, Status::NotLoaded);
}

TEST_F(RunnerTest, TargetComesFromOptionPathOrFile) {
    EXPECT_EQ(espdl_tool::target_from_path("/a/esp32p4/s8/x.espdl"), dl::TARGET_ESP32P4);
    EXPECT_EQ(espdl_tool::target_from_path("models/s3/x.espdl"), dl::TARGET_ESP32S3);
    EXPECT_EQ(espdl_tool::target_from_path("corpus/ops/c/x.espdl"), dl::TARGET_ESP32);
    EXPECT_EQ(espdl_tool::target_from_path("models/esp32s31/x.espdl"), dl::TARGET_ESP32P4);
    EXPECT_EQ(espdl_tool::target_from_path("models/esp32c6/x.espdl"), dl::TARGET_ESP32);
    EXPECT_EQ(espdl_tool::target_from_path("c.espdl"), std::nullopt) << "a file is no folder";

    std::string error;
    ModelSpec spec = small_model();
    spec.metadata = {{"target", "esp32s3"}};
    auto file = espdl_tool::ModelFile::open(write("a.espdl", spec), {}, error);
    EXPECT_EQ(espdl_tool::target_from_model(file->model()), dl::TARGET_ESP32S3);
    spec.metadata.clear();
    file = espdl_tool::ModelFile::open(write("b.espdl", spec), {}, error);
    EXPECT_EQ(espdl_tool::target_from_model(file->model()), std::nullopt);
    spec.initializers[0].exponents = {0, 0, 0, 0};
    file = espdl_tool::ModelFile::open(write("c.espdl", spec), {}, error);
    EXPECT_EQ(espdl_tool::target_from_model(file->model()), dl::TARGET_ESP32P4);
    const char *origin = nullptr;
    EXPECT_EQ(espdl_tool::choose_target(dl::TARGET_ESP32, "p4/a.espdl", nullptr, &origin), dl::TARGET_ESP32);
    EXPECT_STREQ(origin, "option");
    EXPECT_EQ(espdl_tool::choose_target(std::nullopt, "s3/a.espdl", nullptr, &origin), dl::TARGET_ESP32S3);
    EXPECT_STREQ(origin, "path");
}

TEST_F(RunnerTest, FoldersInParallel) {
    std::vector<std::string> wanted;
    for (int i = 0; i < 30; i++) {
        ModelSpec spec = small_model();
        spec.test_outputs[0].raw[0] = (uint8_t)(i % 10 == 7 ? 11 : 10);
        const char *folder = i % 3 == 0 ? "esp32p4/s8/Add/" : i % 3 == 1 ? "esp32s3/s8/Add/" : "c/s16/Sub/";
        write(folder + std::to_string(i) + ".espdl", spec);
    }
    std::ofstream(m_dir / "note.txt") << "no model";
    std::vector<std::string> files;
    std::string error;
    ASSERT_TRUE(espdl_tool::find_models({m_dir.path()}, files, error)) << error;
    EXPECT_EQ(files.size(), 30u);
    int calls = 0;
    const auto results = espdl_tool::test_files(files, std::nullopt, {}, 4, [&](const auto &) { calls++; });
    EXPECT_EQ(calls, 30);
    const auto lines = espdl_tool::summarize(results);
    ASSERT_EQ(lines.size(), 3u);
    int failed = 0, exact = 0;
    for (const auto &line : lines) {
        EXPECT_EQ(line.files, 10);
        failed += line.failed;
        exact += line.exact;
    }
    EXPECT_EQ(lines[0].target, "esp32");
    EXPECT_EQ(lines[0].type, "s16");
    EXPECT_EQ(lines[0].op, "Sub");
    EXPECT_EQ(failed, 3);
    EXPECT_EQ(exact, 27);
    EXPECT_THAT(espdl_tool::summary_table(lines), HasSubstr(": y (Add)"));
    EXPECT_FALSE(espdl_tool::find_models({m_dir / "none"}, files, error));
}

TEST_F(RunnerTest, AnotherTargetIsTriedWhereNothingTellsIt) {
    // 12.5 is 12 on the P4 and 13 on the S3. Element 2 is 15 on both.
    ModelSpec spec = small_model();
    spec.outputs[0].exponents = {1};
    spec.test_outputs[0].exponents = {1};
    const auto results = [&](std::vector<int8_t> needed, const char *name, std::optional<dl::target_t> target) {
        spec.test_outputs[0].raw = bytes_of<int8_t>(needed);
        return espdl_tool::test_files({write(name, spec)}, target, {}, 1);
    };
    auto result = results({5, 12, 15, 70}, "a.espdl", std::nullopt)[0];
    EXPECT_EQ(result.status, Status::Exact);
    EXPECT_EQ(result.passes_as, std::nullopt);
    result = results({5, 13, 15, 70}, "b.espdl", std::nullopt)[0];
    EXPECT_EQ(result.status, Status::Failed);
    EXPECT_EQ(result.passes_as, dl::TARGET_ESP32S3);
    EXPECT_EQ(results({5, 13, 16, 70}, "c.espdl", std::nullopt)[0].passes_as, std::nullopt);
    EXPECT_EQ(results({5, 13, 15, 70}, "p4/d.espdl", std::nullopt)[0].passes_as, std::nullopt);
    EXPECT_EQ(results({5, 13, 15, 70}, "e.espdl", dl::TARGET_ESP32P4)[0].passes_as, std::nullopt);
}

TEST_F(RunnerTest, SequencesAreFedInChunks) {
    // Three chunks of the graph's input, one after the other along the second axis.
    ModelSpec spec = small_model();
    spec.test_inputs = {
        {"x", {1, 12}, espdl::TensorDataType::INT8, bytes_of<int8_t>({-5, 5, 0, 100, 1, 2, 3, 4, 0, 0, 0, 0})}};
    spec.test_outputs = {{"y",
                          {1, 12},
                          espdl::TensorDataType::INT8,
                          bytes_of<int8_t>({10, 25, 30, 127, 11, 22, 33, 44, 10, 20, 30, 40})}};
    const auto result = espdl_tool::test_file(write("a.espdl", spec));
    EXPECT_EQ(result.status, Status::Exact) << espdl_tool::result_line(result);
    spec.test_inputs[0].dims = {1, 11};
    EXPECT_THAT(espdl_tool::test_file(write("b.espdl", spec)).error, HasSubstr("has shape [1, 11], needed [1, 4]"));
}

}  // namespace
