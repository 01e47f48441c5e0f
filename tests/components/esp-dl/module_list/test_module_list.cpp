// The list of operators: in order, without doubles, and as complete as promised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

#include "dl_module_creator.hpp"

namespace {

using dl::module::op_list;

TEST(ModuleList, IsSortedWithoutDoubles) {
    const auto &list = op_list();
    ASSERT_FALSE(list.empty());
    for (size_t i = 1; i < list.size(); i++) {
        EXPECT_LT(strcmp(list[i - 1].op_type, list[i].op_type), 0) << list[i - 1].op_type << ", " << list[i].op_type;
    }
    for (const dl::module::OpInfo &op : list) {
        EXPECT_NE(op.deserialize, nullptr) << op.op_type;
        EXPECT_NE(op.restrictions, nullptr) << op.op_type;
    }
}

// What the project promises: the operators that ESP-DL lists, and those its quantizer emits.
TEST(ModuleList, HoldsEveryPromisedOperator) {
    std::set<std::string> names;
    for (const dl::module::OpInfo &op : op_list()) {
        names.insert(op.op_type);
    }
    for (const char *name : {"Abs",          "Add",          "And",        "AveragePool",
                             "Clip",         "Concat",       "Conv",       "ConvTranspose",
                             "DepthToSpace", "Div",          "Elu",        "DequantizeLinear",
                             "Equal",        "Exp",          "Flatten",    "Gather",
                             "Gelu",         "Gemm",         "Greater",    "GlobalAveragePool",
                             "GRU",          "HardSigmoid",  "HardSwish",  "GreaterOrEqual",
                             "Identity",     "InsertZeros",  "LeakyRelu",  "LayerNormalization",
                             "Less",         "LessOrEqual",  "Log",        "LogSoftmax",
                             "LSTM",         "LUT",          "MatMul",     "LpNormalization",
                             "MaxPool",      "Mod",          "Mul",        "Neg",
                             "Not",          "Or",           "Pad",        "Pow",
                             "PRelu",        "ReduceL1",     "ReduceL2",   "QuantizeLinear",
                             "ReduceLogSum", "ReduceMax",    "ReduceMean", "ReduceLogSumExp",
                             "ReduceMin",    "ReduceProd",   "ReduceSum",  "ReduceSumSquare",
                             "Relu",         "Reshape",      "Resize",     "RequantizeLinear",
                             "ScatterND",    "Sigmoid",      "Slice",      "ReverseSequence",
                             "Softmax",      "SpaceToDepth", "Split",      "RMSNormalization",
                             "Sqrt",         "Squeeze",      "Sub",        "StreamingCache",
                             "Swish",        "Tanh",         "Transpose",  "Unsqueeze",
                             "Xor"}) {
        EXPECT_THAT(names, testing::Contains(name));
    }
}

}  // namespace
