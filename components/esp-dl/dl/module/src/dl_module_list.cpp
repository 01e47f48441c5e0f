#include "dl_module_creator.hpp"

#include "dl_module_concat.hpp"
#include "dl_module_conv.hpp"
#include "dl_module_conv_transpose.hpp"
#include "dl_module_depth_to_space.hpp"
#include "dl_module_elementwise.hpp"
#include "dl_module_flatten.hpp"
#include "dl_module_gather.hpp"
#include "dl_module_gemm.hpp"
#include "dl_module_insert_zeros.hpp"
#include "dl_module_matmul.hpp"
#include "dl_module_normalization.hpp"
#include "dl_module_pad.hpp"
#include "dl_module_pool.hpp"
#include "dl_module_reduce.hpp"
#include "dl_module_reshape.hpp"
#include "dl_module_resize.hpp"
#include "dl_module_reverse_sequence.hpp"
#include "dl_module_rnn.hpp"
#include "dl_module_scatter_nd.hpp"
#include "dl_module_slice.hpp"
#include "dl_module_softmax.hpp"
#include "dl_module_space_to_depth.hpp"
#include "dl_module_split.hpp"
#include "dl_module_squeeze.hpp"
#include "dl_module_streaming_cache.hpp"
#include "dl_module_transpose.hpp"
#include "dl_module_unary.hpp"
#include "dl_module_unsqueeze.hpp"

// One include and one row for each operator, both in alphabetical order. The library has no other list of operators.

namespace dl {
namespace module {

// Functions of one tensor that ESP-DL has no class for.
using Atan = UnaryOp<base::UNARY_ATAN>;
using Softsign = UnaryOp<base::UNARY_SOFTSIGN>;
using Tan = UnaryOp<base::UNARY_TAN>;

const std::vector<OpInfo> &op_list() {
    // clang-format off
    static const std::vector<OpInfo> list = {
        // op_type              deserialize                       int8   int16  float  restrictions
        {"Abs",                 Abs::deserialize,                 true,  true,  true,  ""},
        {"Add",                 Add::deserialize,                 true,  true,  true,  ""},
        {"And",                 And::deserialize,                 false, false, false, "BOOL"},
        {"Atan",                Atan::deserialize,                true,  true,  true,  ""},
        {"AveragePool",         AveragePool::deserialize,         true,  true,  true,  "1-D and 2-D"},
        {"Ceil",                Ceil::deserialize,                true,  true,  true,  ""},
        {"Clip",                Clip::deserialize,                true,  true,  true,  "bounds must be constant"},
        {"Concat",              Concat::deserialize,              true,  true,  true,  ""},
        {"Conv",                Conv::deserialize,                true,  true,  true,  "constant weights; quantized groups: 1 or channels"},
        {"ConvTranspose",       ConvTranspose::deserialize,       false, false, true,  "quantized files hold InsertZeros and Conv"},
        {"Cos",                 Cos::deserialize,                 true,  true,  true,  ""},
        {"DepthToSpace",        DepthToSpace::deserialize,        true,  true,  true,  "rank 4"},
        {"DequantizeLinear",    RequantizeLinear::deserialize,    true,  true,  true,  ""},
        {"Div",                 Div::deserialize,                 true,  true,  true,  ""},
        {"Elu",                 Elu::deserialize,                 true,  true,  true,  ""},
        {"Equal",               Equal::deserialize,               true,  true,  true,  "output BOOL"},
        {"Erf",                 Erf::deserialize,                 true,  true,  true,  ""},
        {"Exp",                 Exp::deserialize,                 true,  true,  true,  ""},
        {"Flatten",             Flatten::deserialize,             true,  true,  true,  ""},
        {"Floor",               Floor::deserialize,               true,  true,  true,  ""},
        {"GRU",                 GRU::deserialize,                 true,  true,  true,  "linear_before_reset 1"},
        {"Gather",              Gather::deserialize,              true,  true,  true,  ""},
        {"Gelu",                Gelu::deserialize,                true,  true,  true,  ""},
        {"Gemm",                Gemm::deserialize,                true,  true,  true,  "constant B and C; alpha and beta: float only"},
        {"GlobalAveragePool",   GlobalAveragePool::deserialize,   true,  true,  true,  "1-D and 2-D"},
        {"Greater",             Greater::deserialize,             true,  true,  true,  "output BOOL"},
        {"GreaterOrEqual",      GreaterOrEqual::deserialize,      true,  true,  true,  "output BOOL"},
        {"HardSigmoid",         HardSigmoid::deserialize,         true,  true,  true,  ""},
        {"HardSwish",           HardSwish::deserialize,           true,  true,  true,  ""},
        {"Identity",            Identity::deserialize,            true,  true,  true,  ""},
        {"InsertZeros",         InsertZeros::deserialize,         true,  true,  true,  "rank 3 and 4"},
        {"LSTM",                LSTM::deserialize,                true,  true,  true,  "no peepholes"},
        {"LUT",                 LUT::deserialize,                 true,  true,  false, "attribute lut"},
        {"LayerNormalization",  LayerNormalization::deserialize,  true,  true,  true,  "one output"},
        {"LeakyRelu",           LeakyRelu::deserialize,           true,  true,  true,  ""},
        {"Less",                Less::deserialize,                true,  true,  true,  "output BOOL"},
        {"LessOrEqual",         LessOrEqual::deserialize,         true,  true,  true,  "output BOOL"},
        {"Log",                 Log::deserialize,                 true,  true,  true,  ""},
        {"LogSoftmax",          LogSoftmax::deserialize,          true,  true,  true,  ""},
        {"LpNormalization",     LpNormalization::deserialize,     true,  true,  true,  ""},
        {"MatMul",              MatMul::deserialize,              true,  true,  true,  ""},
        {"Max",                 Max::deserialize,                 true,  true,  true,  ""},
        {"MaxPool",             MaxPool::deserialize,             true,  true,  true,  "1-D and 2-D"},
        {"Min",                 Min::deserialize,                 true,  true,  true,  ""},
        {"Mod",                 Mod::deserialize,                 true,  true,  true,  ""},
        {"Mul",                 Mul::deserialize,                 true,  true,  true,  ""},
        {"Neg",                 Neg::deserialize,                 true,  true,  true,  ""},
        {"Not",                 Not::deserialize,                 false, false, false, "BOOL"},
        {"Or",                  Or::deserialize,                  false, false, false, "BOOL"},
        {"PRelu",               PRelu::deserialize,               true,  true,  true,  ""},
        {"Pad",                 Pad::deserialize,                 true,  true,  true,  "pads must be constant"},
        {"Pow",                 Pow::deserialize,                 true,  true,  true,  ""},
        {"QuantizeLinear",      RequantizeLinear::deserialize,    true,  true,  true,  ""},
        {"RMSNormalization",    RMSNormalization::deserialize,    true,  true,  true,  ""},
        {"Reciprocal",          Reciprocal::deserialize,          true,  true,  true,  ""},
        {"ReduceL1",            ReduceL1::deserialize,            true,  true,  true,  "axes must be constant"},
        {"ReduceL2",            ReduceL2::deserialize,            true,  true,  true,  "axes must be constant"},
        {"ReduceLogSum",        ReduceLogSum::deserialize,        true,  true,  true,  "axes must be constant"},
        {"ReduceLogSumExp",     ReduceLogSumExp::deserialize,     true,  true,  true,  "axes must be constant"},
        {"ReduceMax",           ReduceMax::deserialize,           true,  true,  true,  "axes must be constant"},
        {"ReduceMean",          ReduceMean::deserialize,          true,  true,  true,  "axes must be constant"},
        {"ReduceMin",           ReduceMin::deserialize,           true,  true,  true,  "axes must be constant"},
        {"ReduceProd",          ReduceProd::deserialize,          true,  true,  true,  "axes must be constant"},
        {"ReduceSum",           ReduceSum::deserialize,           true,  true,  true,  "axes must be constant"},
        {"ReduceSumSquare",     ReduceSumSquare::deserialize,     true,  true,  true,  "axes must be constant"},
        {"Relu",                Relu::deserialize,                true,  true,  true,  ""},
        {"RequantizeLinear",    RequantizeLinear::deserialize,    true,  true,  false, ""},
        {"Reshape",             Reshape::deserialize,             true,  true,  true,  "shape must be constant"},
        {"Resize",              Resize::deserialize,              true,  true,  true,  "nearest, linear; 1-D and 2-D"},
        {"ReverseSequence",     ReverseSequence::deserialize,     true,  true,  true,  ""},
        {"Round",               Round::deserialize,               true,  true,  true,  ""},
        {"ScatterND",           ScatterND::deserialize,           true,  true,  true,  ""},
        {"Sigmoid",             Sigmoid::deserialize,             true,  true,  true,  ""},
        {"Sign",                Sign::deserialize,                true,  true,  true,  ""},
        {"Sin",                 Sin::deserialize,                 true,  true,  true,  ""},
        {"Slice",               Slice::deserialize,               true,  true,  true,  "starts, ends, axes, steps must be constant"},
        {"Softmax",             Softmax::deserialize,             true,  true,  true,  ""},
        {"Softplus",            Softplus::deserialize,            true,  true,  true,  ""},
        {"Softsign",            Softsign::deserialize,            true,  true,  true,  ""},
        {"SpaceToDepth",        SpaceToDepth::deserialize,        true,  true,  true,  "rank 4"},
        {"Split",               Split::deserialize,               true,  true,  true,  "split must be constant"},
        {"Sqrt",                Sqrt::deserialize,                true,  true,  true,  ""},
        {"Squeeze",             Squeeze::deserialize,             true,  true,  true,  "axes must be constant"},
        {"StreamingCache",      StreamingCache::deserialize,      true,  true,  true,  ""},
        {"Sub",                 Sub::deserialize,                 true,  true,  true,  ""},
        {"Sum",                 Sum::deserialize,                 true,  true,  true,  ""},
        {"Swish",               Swish::deserialize,               true,  true,  true,  ""},
        {"Tan",                 Tan::deserialize,                 true,  true,  true,  ""},
        {"Tanh",                Tanh::deserialize,                true,  true,  true,  ""},
        {"Transpose",           Transpose::deserialize,           true,  true,  true,  ""},
        {"Unsqueeze",           Unsqueeze::deserialize,           true,  true,  true,  "axes must be constant"},
        {"Xor",                 Xor::deserialize,                 false, false, false, "BOOL"},
    };
    // clang-format on
    return list;
}

}  // namespace module
}  // namespace dl
