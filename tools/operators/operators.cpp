#include "operators.hpp"

#include <algorithm>
#include <cmath>

// One row per operator, by name. A test compares it with the library's list, with what the quantizer computes and with
// what the export to ONNX writes.

namespace operators {

namespace {

using enum Layout;
using enum Onnx;
using enum Cost;

// clang-format off
constexpr Operator OPERATORS[] = {
    // name                 layout         inputs ONNX      cost        traits, what becomes of it, what to do instead, definition, derivative
    {"Abs",                  ANY,           0, UNARY,       COPY,       EXECUTED | TABLE | NOT_NEGATIVE},
    {"Add",                  PAIR,          0, ELEMENTWISE, VECTOR,     QUANTIZED | EXECUTED | ONE_SCALE, "becomes the bias of the node before it, or part of a normalization"},
    {"And",                  PAIR,          0, ELEMENTWISE, COPY,       EXECUTED},
    {"ArgMax",               PLAIN,         0, NONE,        COPY,       0, "", "end the model before it and take the maximum in the firmware"},
    {"ArgMin",               PLAIN,         0, NONE,        COPY,       0, "", "end the model before it and take the minimum in the firmware"},
    {"Atan",                 ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE, "", "", [](float x) { return std::atan(x); }, [](float x) { return 1 / (1 + x * x); }},
    {"Attention",            PLAIN,         0, NONE,        COPY,       QUANTIZED | COMPUTING},
    {"AveragePool",          CHANNELS_LAST, 0, POOL,        VECTOR,     QUANTIZED | EXECUTED | MEAN | RELAY},
    {"BatchNormalization",   PLAIN,         0, NONE,        COPY,       EXECUTED, "folded into the weights of the node before it"},
    {"Cast",                 ANY,           0, NONE,        COPY,       EXECUTED | MOVABLE, "changes nothing"},
    {"Ceil",                 ANY,           0, UNARY,       COPY,       EXECUTED | TABLE},
    {"Celu",                 PLAIN,         0, NONE,        COPY,       0, "", "use Elu"},
    {"Clip",                 ANY,           2, OWN,         VECTOR,     QUANTIZED | EXECUTED | ACTIVATION | TABLE | MOVABLE, "becomes part of LpNormalization"},
    {"Concat",               PARTS,         0, OWN,         COPY,       QUANTIZED | EXECUTED | ONE_SCALE, "changes nothing"},
    {"Constant",             PLAIN,         0, NONE,        COPY,       0},
    {"ConstantOfShape",      PLAIN,         0, NONE,        COPY,       EXECUTED},
    {"Conv",                 CHANNELS_LAST, 0, OWN,         COPY,       QUANTIZED | EXECUTED | COMPUTING | WEIGHTED | TAKES_RELU},
    {"ConvTranspose",        CHANNELS_LAST, 0, OWN,         COPY,       QUANTIZED | EXECUTED | COMPUTING | WEIGHTED},
    {"Cos",                  ANY,           0, UNARY,       COPY,       EXECUTED | TABLE},
    {"CumSum",               PLAIN,         0, NONE,        COPY,       0, "", "write it as MatMul with a constant triangular matrix"},
    {"DeformConv",           PLAIN,         0, NONE,        COPY,       0, "", "use a plain Conv"},
    {"DepthToSpace",         CHANNELS_LAST, 0, OWN,         COPY,       QUANTIZED | EXECUTED},
    {"DequantizeLinear",     ANY,           0, VALUE,       CONVERSION, 0},
    {"Div",                  PAIR,          0, ELEMENTWISE, FLOAT,      QUANTIZED | EXECUTED, "becomes part of a normalization"},
    {"Dropout",              PLAIN,         0, NONE,        COPY,       PASSIVE, "changes nothing"},
    {"Einsum",               PLAIN,         0, NONE,        COPY,       EXECUTED, "becomes Transpose and Reshape", "write it as MatMul and Transpose"},
    {"Elu",                  ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE},
    {"Equal",                PAIR,          0, ELEMENTWISE, COPY,       QUANTIZED | EXECUTED | COMPARISON},
    {"Erf",                  ANY,           0, UNARY,       LOOKUP,     EXECUTED | TABLE | MOVABLE},
    {"Exp",                  ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | NOT_NEGATIVE},
    {"Expand",               PLAIN,         1, NONE,        COPY,       EXECUTED, "becomes part of LpNormalization", "let Add or Mul broadcast, or export with fixed shapes so that it can be folded"},
    {"Flatten",              PLAIN,         0, RESHAPE,     VIEW,       QUANTIZED | EXECUTED | PASSIVE | SETS_ORDER},
    {"Floor",                ANY,           0, UNARY,       COPY,       EXECUTED | TABLE},
    {"GRU",                  PLAIN,         0, CELL,        COPY,       QUANTIZED | EXECUTED | RECURRENT | SETS_ORDER},
    {"Gather",               PLAIN,         1, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE | SETS_ORDER},
    {"GatherElements",       PLAIN,         1, NONE,        COPY,       0, "", "use Gather with constant indices"},
    {"Gelu",                 ANY,           0, OWN,         LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE},
    {"Gemm",                 PLAIN,         0, OWN,         COPY,       QUANTIZED | EXECUTED | COMPUTING | WEIGHTED | TAKES_RELU | SETS_ORDER},
    {"GlobalAveragePool",    CHANNELS_LAST, 0, POOL,        VECTOR,     QUANTIZED | EXECUTED | MEAN | RELAY},
    {"GlobalMaxPool",        CHANNELS_LAST, 0, NONE,        COPY,       QUANTIZED | EXECUTED | PASSIVE | RELAY, "becomes ReduceMax", "use ReduceMax over the spatial axes"},
    {"Greater",              PAIR,          0, ELEMENTWISE, COPY,       QUANTIZED | EXECUTED | COMPARISON},
    {"GreaterOrEqual",       PAIR,          0, ELEMENTWISE, COPY,       QUANTIZED | EXECUTED | COMPARISON},
    {"GridSample",           PLAIN,         0, NONE,        COPY,       0, "", "use Resize where the grid is regular"},
    {"GroupNormalization",   PLAIN,         0, NONE,        COPY,       EXECUTED, "becomes LayerNormalization between two Reshape"},
    {"HardSigmoid",          ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE | NOT_NEGATIVE},
    {"HardSwish",            ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE},
    {"Identity",             ANY,           0, VALUE,       VIEW,       QUANTIZED | EXECUTED | PASSIVE | MOVABLE | RELAY, "changes nothing"},
    {"If",                   PLAIN,         0, NONE,        COPY,       0, "", "export the branch that is taken"},
    {"InsertZeros",          CHANNELS_LAST, 0, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE},
    {"InstanceNormalization",PLAIN,         0, NONE,        FLOAT,      EXECUTED, "becomes LayerNormalization between two Reshape"},
    {"Interp",               PLAIN,         0, NONE,        COPY,       QUANTIZED | PASSIVE},
    {"LRN",                  PLAIN,         0, NONE,        COPY,       0, "", "use BatchNormalization"},
    {"LSTM",                 PLAIN,         0, CELL,        COPY,       QUANTIZED | EXECUTED | COMPUTING | RECURRENT | SETS_ORDER},
    {"LUT",                  PLAIN,         0, NONE,        LOOKUP,     0},
    {"LayerNormalization",   PLAIN,         0, OWN,         FLOAT,      QUANTIZED | EXECUTED},
    {"LeakyRelu",            ANY,           0, UNARY,       VECTOR,     QUANTIZED | EXECUTED | TABLE | MOVABLE | RELAY},
    {"Less",                 PAIR,          0, ELEMENTWISE, COPY,       QUANTIZED | EXECUTED | COMPARISON},
    {"LessOrEqual",          PAIR,          0, ELEMENTWISE, COPY,       QUANTIZED | EXECUTED | COMPARISON},
    {"Log",                  ANY,           0, UNARY,       LOOKUP,     EXECUTED | TABLE},
    {"LogSoftmax",           AXIS,          0, ALONG_AXIS,  FLOAT,      QUANTIZED | EXECUTED | FLOAT_RESULT},
    {"Loop",                 PLAIN,         0, NONE,        COPY,       0, "", "unroll it when exporting"},
    {"LpNormalization",      AXIS,          0, ALONG_AXIS,  FLOAT,      QUANTIZED | EXECUTED},
    {"MatMul",               PLAIN,         0, OWN,         COPY,       QUANTIZED | EXECUTED | COMPUTING | TAKES_RELU | SETS_ORDER},
    {"Max",                  PLAIN,         0, ELEMENTWISE, VECTOR,     QUANTIZED | EXECUTED},
    {"MaxPool",              CHANNELS_LAST, 0, POOL,        VECTOR,     QUANTIZED | EXECUTED | PASSIVE | RELAY},
    {"Min",                  PLAIN,         0, ELEMENTWISE, VECTOR,     EXECUTED},
    {"Mish",                 PLAIN,         0, NONE,        LOOKUP,     0, "", "use HardSwish or SiLU"},
    {"Mod",                  PAIR,          0, OWN,         FLOAT,      QUANTIZED | EXECUTED},
    {"Mul",                  PAIR,          0, ELEMENTWISE, VECTOR,     QUANTIZED | EXECUTED, "becomes part of Swish or RMSNormalization"},
    {"Neg",                  ANY,           0, UNARY,       VECTOR,     QUANTIZED | EXECUTED | TABLE},
    {"NonMaxSuppression",    PLAIN,         0, NONE,        COPY,       0, "", "end the model before it: the firmware's postprocessors do it"},
    {"NonZero",              PLAIN,         0, NONE,        COPY,       0, "", "end the model before it"},
    {"Not",                  ANY,           0, UNARY,       COPY,       EXECUTED},
    {"OneHot",               PLAIN,         0, NONE,        COPY,       0, "", "let the firmware make the vector"},
    {"Or",                   PLAIN,         0, ELEMENTWISE, COPY,       EXECUTED},
    {"PPQBiasFusedMatMul",   PLAIN,         0, NONE,        COPY,       QUANTIZED | COMPUTING},
    {"PRelu",                ANY,           0, OWN,         VECTOR,     QUANTIZED | EXECUTED | RELAY},
    {"Pad",                  PLAIN,         3, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE, "becomes the padding of the node behind it"},
    {"Pow",                  PAIR,          0, ELEMENTWISE, FLOAT,      EXECUTED, "becomes part of RMSNormalization"},
    {"QLinearConv",          PLAIN,         0, NONE,        COPY,       0, "", "give the float model: it is quantized here"},
    {"QLinearMatMul",        PLAIN,         0, NONE,        COPY,       0, "", "give the float model: it is quantized here"},
    {"QuantizeLinear",       ANY,           0, VALUE,       CONVERSION, 0},
    {"RMSNormalization",     PLAIN,         1, OWN,         FLOAT,      QUANTIZED | EXECUTED},
    {"RNN",                  PLAIN,         0, NONE,        COPY,       0, "", "use GRU or LSTM"},
    {"Range",                PLAIN,         0, NONE,        COPY,       EXECUTED},
    {"Reciprocal",           ANY,           0, UNARY,       COPY,       EXECUTED | TABLE, "becomes part of RMSNormalization"},
    {"ReduceL1",             AXES,          1, REDUCE,      COPY,       QUANTIZED | EXECUTED | NOT_NEGATIVE},
    {"ReduceL2",             AXES,          1, REDUCE,      COPY,       QUANTIZED | EXECUTED | NOT_NEGATIVE, "becomes part of LpNormalization"},
    {"ReduceLogSum",         AXES,          1, REDUCE,      COPY,       QUANTIZED | EXECUTED},
    {"ReduceLogSumExp",      AXES,          1, REDUCE,      FLOAT,      QUANTIZED | EXECUTED},
    {"ReduceMax",            AXES,          1, REDUCE,      VECTOR,     QUANTIZED | EXECUTED | PASSIVE},
    {"ReduceMean",           AXES,          1, REDUCE,      VECTOR,     QUANTIZED | EXECUTED, "becomes part of RMSNormalization"},
    {"ReduceMin",            AXES,          1, REDUCE,      VECTOR,     QUANTIZED | EXECUTED | PASSIVE},
    {"ReduceProd",           AXES,          1, REDUCE,      COPY,       QUANTIZED | EXECUTED},
    {"ReduceSum",            AXES,          1, REDUCE,      VECTOR,     QUANTIZED | EXECUTED},
    {"ReduceSumSquare",      AXES,          1, REDUCE,      COPY,       QUANTIZED | EXECUTED | NOT_NEGATIVE},
    {"Relu",                 ANY,           0, UNARY,       VECTOR,     QUANTIZED | EXECUTED | ACTIVATION | TABLE | MOVABLE | RELAY | NOT_NEGATIVE},
    {"RequantizeLinear",     ANY,           0, VALUE,       VECTOR,     0},
    {"Reshape",              PLAIN,         1, RESHAPE,     VIEW,       QUANTIZED | EXECUTED | PASSIVE | SETS_ORDER},
    {"Resize",               CHANNELS_LAST, 3, OWN,         COPY,       QUANTIZED | EXECUTED | ONE_SCALE},
    {"ReverseSequence",      PLAIN,         1, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE},
    {"RoiAlign",             PLAIN,         0, NONE,        COPY,       0, "", "use Resize of a fixed part"},
    {"Round",                ANY,           0, UNARY,       COPY,       EXECUTED | TABLE},
    {"Scan",                 PLAIN,         0, NONE,        COPY,       0, "", "unroll it when exporting"},
    {"ScatterElements",      PLAIN,         1, NONE,        COPY,       0},
    {"ScatterND",            PLAIN,         1, OWN,         COPY,       QUANTIZED | EXECUTED | ONE_SCALE},
    {"Selu",                 PLAIN,         0, NONE,        COPY,       0, "", "use Elu"},
    {"Shape",                PLAIN,         0, NONE,        COPY,       EXECUTED, "", "export with fixed shapes"},
    {"Sigmoid",              ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE | NOT_NEGATIVE, "becomes part of Swish"},
    {"Sign",                 PLAIN,         0, UNARY,       COPY,       0},
    {"Sin",                  ANY,           0, UNARY,       COPY,       EXECUTED | TABLE},
    {"Slice",                PLAIN,         4, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE},
    {"Softmax",              AXIS,          0, ALONG_AXIS,  FLOAT,      QUANTIZED | EXECUTED | FLOAT_RESULT | NOT_NEGATIVE},
    {"Softplus",             ANY,           0, UNARY,       LOOKUP,     EXECUTED | TABLE | MOVABLE | NOT_NEGATIVE},
    {"Softsign",             ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE, "", "", [](float x) { return x / (1 + std::abs(x)); }, [](float x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }},
    {"SpaceToDepth",         CHANNELS_LAST, 0, OWN,         COPY,       QUANTIZED | EXECUTED},
    {"Split",                AXIS,          1, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE},
    {"Sqrt",                 ANY,           0, UNARY,       LOOKUP,     EXECUTED | TABLE | NOT_NEGATIVE, "becomes part of RMSNormalization"},
    {"Squeeze",              PLAIN,         1, RESHAPE,     VIEW,       QUANTIZED | EXECUTED | PASSIVE | SETS_ORDER},
    {"StreamingCache",       CHANNELS_LAST, 0, NONE,        COPY,       PASSIVE},
    {"Sub",                  PAIR,          0, ELEMENTWISE, VECTOR,     QUANTIZED | EXECUTED | ONE_SCALE},
    {"Sum",                  PLAIN,         0, ELEMENTWISE, COPY,       EXECUTED | ONE_SCALE},
    {"Swish",                ANY,           0, OWN,         LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE},
    {"Tan",                  ANY,           0, UNARY,       COPY,       EXECUTED | TABLE},
    {"Tanh",                 ANY,           0, UNARY,       LOOKUP,     QUANTIZED | EXECUTED | TABLE | MOVABLE},
    {"ThresholdedRelu",      PLAIN,         0, NONE,        COPY,       0, "", "use Relu"},
    {"Tile",                 PLAIN,         1, NONE,        COPY,       EXECUTED, "", "use Concat"},
    {"TopK",                 PLAIN,         1, NONE,        COPY,       0, "", "end the model before it and sort in the firmware"},
    {"Transpose",            PLAIN,         0, OWN,         COPY,       QUANTIZED | EXECUTED | PASSIVE | SETS_ORDER, "changes nothing"},
    {"Unsqueeze",            PLAIN,         1, RESHAPE,     VIEW,       QUANTIZED | EXECUTED | PASSIVE | SETS_ORDER},
    {"Upsample",             PLAIN,         0, NONE,        COPY,       0, "", "export with opset 11 or later: it is Resize there"},
    {"Where",                PLAIN,         2, NONE,        COPY,       EXECUTED, "", "write it as Mul with a mask, or Max and Min"},
    {"Xor",                  PLAIN,         0, ELEMENTWISE, COPY,       EXECUTED},
};
// clang-format on

constexpr Operator UNKNOWN = {"", PLAIN, 0, NONE, COPY, 0};

bool is_before(const Operator &entry, std::string_view name) {
    return entry.name < name;
}

}  // namespace

std::span<const Operator> all() {
    return OPERATORS;
}

const Operator &row(std::string_view name) {
    const Operator *found = std::lower_bound(std::begin(OPERATORS), std::end(OPERATORS), name, is_before);
    return found != std::end(OPERATORS) && found->name == name ? *found : UNKNOWN;
}

}  // namespace operators
