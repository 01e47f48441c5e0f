// Memory plans: the bytes that the chip's planner takes for published models, and the in-place mode of each operator,
// on which they depend.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "board/board.hpp"
#include "dl_model_base.hpp"
#include "esp_log.h"
#include "gtest/gtest.h"

namespace {

using namespace dl;

std::string folder(const char *variable) {
    const char *path = getenv(variable);
    return path && *path && std::filesystem::exists(path) ? path : "";
}

size_t arena_bytes(const std::string &path) {
    Model model(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
    if (!model.is_ready()) {
        return 0;
    }
    return model.get_context()->get_psram_root_size();
}

class MemoryPlans : public testing::Test {
protected:
    void SetUp() override {
        esp_log_level_set("*", ESP_LOG_ERROR);
        hal::BoardOptions options;
        options.psram_size = UINT64_C(1) << 30;
        hal::Board::reset_for_test(hal::Board::built_in_profile(), options);
    }
};

TEST_F(MemoryPlans, TakeTheDocumentedBytes) {
    const std::string data = folder("DESKBOARD_TESTDATA");
    std::ifstream table(data + "/spec/memory-plans.tsv");
    if (data.empty() || !table) {
        GTEST_SKIP() << "DESKBOARD_TESTDATA names no folder with 'spec/memory-plans.tsv': nothing is tested";
    }
    std::string line;
    std::getline(table, line);
    int models = 0;
    while (std::getline(table, line)) {
        std::istringstream fields(line);
        std::string path;
        size_t arena;
        fields >> path >> arena;
        if (std::filesystem::exists(data + "/" + path)) {
            EXPECT_EQ(arena_bytes(data + "/" + path), arena) << path;
            models++;
        }
    }
    EXPECT_GE(models, 30);
}

/** DESKBOARD_UPSTREAM names a checkout of ESP-DL. */
TEST_F(MemoryPlans, SpeakerVerification) {
    const std::string path =
        folder("DESKBOARD_UPSTREAM") + "/models/speaker_verification/models/p4/sv_tdnn_tiny_3s.espdl";
    if (!std::filesystem::exists(path)) {
        GTEST_SKIP() << "DESKBOARD_UPSTREAM names no checkout of ESP-DL: nothing is tested";
    }
    EXPECT_EQ(arena_bytes(path), 2205632u);
}

/** Single-operator files: what the operator's module says of itself. */
TEST_F(MemoryPlans, OperatorsAreInPlaceAsOnTheChip) {
    const std::string ops = folder("DESKBOARD_TESTDATA") + "/corpus/ops/esp32p4";
    if (!std::filesystem::exists(ops)) {
        GTEST_SKIP() << "DESKBOARD_TESTDATA names no folder with 'corpus': nothing is tested";
    }
    std::map<std::string, module_inplace_t> expected;
    for (const char *op : {"AveragePool",
                           "Concat",
                           "Conv",
                           "ConvTranspose",
                           "DepthToSpace",
                           "Div",
                           "GRU",
                           "Gather",
                           "Gemm",
                           "LSTM",
                           "Mul",
                           "InsertZeros",
                           "LogSoftmax",
                           "MatMul",
                           "MaxPool",
                           "Pad",
                           "Pow",
                           "Resize",
                           "Sub",
                           "Slice",
                           "Softmax",
                           "Split",
                           "SpaceToDepth",
                           "StreamingCache",
                           "GlobalAveragePool",
                           "Transpose"}) {
        expected[op] = MODULE_NON_INPLACE;
    }
    for (const char *op : {"Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"}) {
        expected[op] = MODULE_INPLACE_UNCHANGED_BUFFER;
    }
    for (const char *op : {"Add",
                           "And",
                           "Clip",
                           "DequantizeLinear",
                           "Elu",
                           "Equal",
                           "Exp",
                           "Gelu",
                           "Greater",
                           "GreaterOrEqual",
                           "HardSigmoid",
                           "HardSwish",
                           "LUT",
                           "LayerNormalization",
                           "LeakyRelu",
                           "Less",
                           "LessOrEqual",
                           "Log",
                           "LpNormalization",
                           "Max",
                           "Min",
                           "Mod",
                           "Neg",
                           "Not",
                           "Or",
                           "PRelu",
                           "QuantizeLinear",
                           "RMSNormalization",
                           "ReduceL1",
                           "ReduceL2",
                           "ReduceLogSum",
                           "ReduceLogSumExp",
                           "ReduceMax",
                           "ReduceMean",
                           "ReduceMin",
                           "ReduceProd",
                           "ReduceSum",
                           "ReduceSumSquare",
                           "Relu",
                           "RequantizeLinear",
                           "ReverseSequence",
                           "ScatterND",
                           "Sigmoid",
                           "Sqrt",
                           "Swish",
                           "Tanh",
                           "Xor"}) {
        expected[op] = MODULE_INPLACE_CHANGED_BUFFER;
    }
    std::map<std::string, int> seen;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(ops)) {
        // A few files of each folder; the folder is the operator.
        if (entry.path().extension() != ".espdl" || seen[entry.path().parent_path().string()]++ >= 2) {
            continue;
        }
        Model model(entry.path().c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
        ASSERT_TRUE(model.is_ready()) << entry.path();
        for (const module::Module *module : model.get_execution_plan()) {
            const auto found = expected.find(module->op_type);
            if (found != expected.end()) {
                EXPECT_EQ(module->inplace, found->second) << module->op_type << " in " << entry.path();
                seen[module->op_type]++;
            }
        }
    }
    for (const char *op : {"Add", "Sub", "Mul", "Div", "ReduceMean", "LayerNormalization", "Reshape"}) {
        EXPECT_GT(seen[op], 0) << op;
    }
}

}  // namespace
