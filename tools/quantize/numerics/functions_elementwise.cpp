// Element by element, and matrix products.

#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

Tensor gemm(const Op &op, const Inputs &in) {
    Tensor a = need(op, in, 0), b = need(op, in, 1);
    a = op.get<int64_t>("transA", 0) ? a.t() : a;
    b = op.get<int64_t>("transB", 0) ? b.t() : b;
    const double alpha = op.get<double>("alpha", 1.0), beta = op.get<double>("beta", 1.0);
    Tensor y = torch::matmul(a, b);
    y = alpha == 1.0 ? y : y * alpha;
    return given(in, 2) ? y + (beta == 1.0 ? in[2] : in[2] * beta) : y;
}

}  // namespace

Functions elementwise_functions() {
    return {
        {"Gemm", [](const Op &op, const Inputs &in) { return Inputs{gemm(op, in)}; }},
        {"MatMul", binary([](const Tensor &a, const Tensor &b) { return torch::matmul(a, b); })},
        {"Add", binary([](const Tensor &a, const Tensor &b) { return a + b; })},
        {"Sub", binary([](const Tensor &a, const Tensor &b) { return a - b; })},
        {"Mul", binary([](const Tensor &a, const Tensor &b) { return a * b; })},
        {"Div", binary([](const Tensor &a, const Tensor &b) {
             return a.is_floating_point() ? a / b : torch::div(a, b, "trunc");
         })},
        {"Mod", binary([](const Tensor &a, const Tensor &b) { return torch::fmod(a, b); })},
        {"Pow", binary([](const Tensor &a, const Tensor &b) { return torch::pow(a, b); })},
        {"Equal", binary([](const Tensor &a, const Tensor &b) { return a == b; })},
        {"Greater", binary([](const Tensor &a, const Tensor &b) { return a > b; })},
        {"GreaterOrEqual", binary([](const Tensor &a, const Tensor &b) { return a >= b; })},
        {"Less", binary([](const Tensor &a, const Tensor &b) { return a < b; })},
        {"LessOrEqual", binary([](const Tensor &a, const Tensor &b) { return a <= b; })},
        {"And", binary([](const Tensor &a, const Tensor &b) { return torch::logical_and(a, b); })},
        {"Or", binary([](const Tensor &a, const Tensor &b) { return torch::logical_or(a, b); })},
        {"Xor", binary([](const Tensor &a, const Tensor &b) { return torch::logical_xor(a, b); })},
        {"Not", unary([](const Tensor &a) { return torch::logical_not(a); })},
        {"Where",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::where(need(op, in, 0), need(op, in, 1), need(op, in, 2))};
         }},
        {"Max",
         [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             for (size_t i = 1; i < in.size(); i++) {
                 y = torch::maximum(y, in[i]);
             }
             return Inputs{y};
         }},
        {"Min",
         [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             for (size_t i = 1; i < in.size(); i++) {
                 y = torch::minimum(y, in[i]);
             }
             return Inputs{y};
         }},
        {"Sum",
         [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             for (size_t i = 1; i < in.size(); i++) {
                 y = y + in[i];
             }
             return Inputs{y};
         }},
        {"Relu", unary([](const Tensor &a) { return torch::relu(a); })},
        {"Sigmoid", unary([](const Tensor &a) { return torch::sigmoid(a); })},
        {"Tanh", unary([](const Tensor &a) { return torch::tanh(a); })},
        {"Exp", unary([](const Tensor &a) { return torch::exp(a); })},
        {"Log", unary([](const Tensor &a) { return torch::log(a); })},
        {"Sqrt", unary([](const Tensor &a) { return torch::sqrt(a); })},
        {"Reciprocal", unary([](const Tensor &a) { return torch::reciprocal(a); })},
        {"Abs", unary([](const Tensor &a) { return torch::abs(a); })},
        {"Neg", unary([](const Tensor &a) { return -a; })},
        {"Floor", unary([](const Tensor &a) { return torch::floor(a); })},
        {"Ceil", unary([](const Tensor &a) { return torch::ceil(a); })},
        {"Round", unary([](const Tensor &a) { return torch::round(a); })},
        {"Sin", unary([](const Tensor &a) { return torch::sin(a); })},
        {"Cos", unary([](const Tensor &a) { return torch::cos(a); })},
        {"Tan", unary([](const Tensor &a) { return torch::tan(a); })},
        {"Erf", unary([](const Tensor &a) { return torch::erf(a); })},
        {"Softplus", unary([](const Tensor &a) { return torch::softplus(a); })},
        {"HardSwish", unary([](const Tensor &a) { return torch::hardswish(a); })},
        {"Swish", unary([](const Tensor &a) { return a * torch::sigmoid(a); })},
        {"Gelu", unary([](const Tensor &a) { return torch::gelu(a); })},
        {"Identity", unary([](const Tensor &a) { return a; })},
        {"Elu", [](const Op &op,
                   const Inputs &in) { return Inputs{torch::elu(need(op, in, 0), op.get<double>("alpha", 1.0))}; }},
        {"LeakyRelu",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::leaky_relu(need(op, in, 0), op.get<double>("alpha", 0.01))};
         }},
        {"HardSigmoid",
         [](const Op &op, const Inputs &in) {
             return Inputs{
                 torch::clamp(need(op, in, 0) * op.get<double>("alpha", 0.2) + op.get<double>("beta", 0.5), 0, 1)};
         }},
        {"PRelu",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             return Inputs{torch::where(x >= 0, x, x * need(op, in, 1))};
         }},
        {"Clip",
         [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             if (given(in, 1) && in[1].numel()) {
                 y = torch::maximum(y, in[1].to(y.scalar_type()));
             }
             if (given(in, 2) && in[2].numel()) {
                 y = torch::minimum(y, in[2].to(y.scalar_type()));
             }
             return Inputs{y};
         }},
    };
}

}  // namespace quantize
