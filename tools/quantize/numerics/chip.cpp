#include "numerics/chip.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "dl_base_unary.hpp"
#include "numerics/executor.hpp"
#include "numerics/functions.hpp"
#include "numerics/rounding.hpp"

namespace quantize {

namespace {

using torch::Tensor;

/** Rows along the last axis of a contiguous float tensor. f(row, length) changes each. */
template <typename F>
Tensor by_rows(const Tensor &x, F f) {
    Tensor y = x.to(torch::kFloat).contiguous().clone();
    const int64_t length = y.dim() ? y.size(-1) : 1;
    float *row = y.data_ptr<float>();
    for (int64_t i = 0; length && i < y.numel() / length; i++, row += length) {
        f(row, length);
    }
    return y;
}

/** by_rows() along any axis. */
template <typename F>
Tensor along(const Tensor &x, int64_t axis, F f) {
    return by_rows(x.transpose(axis, -1), f).transpose(axis, -1).contiguous();
}

template <typename F>
double sum_of(const float *row, int64_t length, F f) {
    double sum = 0;
    for (int64_t i = 0; i < length; i++) {
        sum += f(static_cast<double>(row[i]));
    }
    return sum;
}

void times_and_plus(const Op &op, const Inputs &in, Tensor &y) {
    y = given(in, 1) ? y * in[1].to(torch::kFloat) : y;
    y = op.type == "LayerNormalization" && given(in, 2) ? y + in[2].to(torch::kFloat) : y;
}

/** Sums in double, the rest in float. */
Tensor normalized(const Op &op, const Inputs &in) {
    const double epsilon = op.get<double>("epsilon", 1e-5);
    if (op.type == "LpNormalization") {
        const bool squares = op.get<int64_t>("p", 2) == 2;
        return along(need(op, in, 0), op.get<int64_t>("axis", -1), [&](float *row, int64_t n) {
            const float norm = squares ? static_cast<float>(std::sqrt(sum_of(row, n, [](double x) { return x * x; })))
                                       : static_cast<float>(sum_of(row, n, [](double x) { return std::fabs(x); }));
            std::transform(row, row + n, row, [&](float x) { return x / std::max(norm, 1e-12f); });
        });
    }
    const bool centred = op.type == "LayerNormalization";
    Tensor y = by_rows(need(op, in, 0), [&](float *row, int64_t n) {
        const double centre = centred ? sum_of(row, n, [](double x) { return x; }) / static_cast<double>(n) : 0;
        const double power =
            sum_of(row, n, [&](double x) { return (x - centre) * (x - centre); }) / static_cast<double>(n);
        const float mean = static_cast<float>(centre), factor = static_cast<float>(1.0 / std::sqrt(power + epsilon));
        std::transform(row, row + n, row, [&](float x) { return (x - mean) * factor; });
    });
    times_and_plus(op, in, y);
    return y;
}

/** The maximum is subtracted where e^x could leave float's range: that shows in the last bit of some quotients. */
Tensor softmax(const Op &op, const Inputs &in) {
    const bool is_log = op.type == "LogSoftmax";
    Record *record = op.in.empty() ? nullptr : op.in[0];
    const bool integers = op.quantized && record && record->has_scale();
    const float scale = integers ? std::ldexp(1.0f, record->scale_exponents()[0]) : 1.0f;
    const bool subtracted = is_log || !integers || -static_cast<float>(record->qmin()) * scale > 40;
    return along(need(op, in, 0), op.get<int64_t>("axis", -1), [&](float *row, int64_t n) {
        const float top = subtracted ? *std::max_element(row, row + n) : 0.0f;
        float sum = 0;
        for (int64_t i = 0; i < n; i++) {
            row[i] -= top;
            sum += std::exp(row[i]);
        }
        const float log_sum = std::log(sum);
        std::transform(row, row + n, row,
                       [&](float distance) { return is_log ? distance - log_sum : std::exp(distance) / sum; });
    });
}

/** The chip's table of 16 bits holds every step-th result, and the nearest one is taken. */
Tensor gelu_by_table(const Op &op, const Inputs &in, Target target, int step) {
    const Tensor places = (quantize_values(need(op, in, 0), op.in[0], target) + 32768) / step;
    const Tensor nearest = round_by(places, target) * step - 32768;
    return torch::gelu(nearest.to(torch::kFloat) * scale_of(nearest, op.in[0]).to(torch::kFloat));
}

/**
 * The library's own function, where the last bit of LibTorch's may be another one: it decides which way a result
 * between two steps of 16 bits goes, and the layers behind make many steps of that one.
 */
std::optional<Tensor> by_library(const Op &op, const Inputs &in) {
    static const std::map<std::string, dl::base::unary_t> functions = {
        {"Cos", dl::base::UNARY_COS},
        {"Elu", dl::base::UNARY_ELU},
        {"Erf", dl::base::UNARY_ERF},
        {"Exp", dl::base::UNARY_EXP},
        {"Gelu", dl::base::UNARY_GELU},
        {"HardSigmoid", dl::base::UNARY_HARD_SIGMOID},
        {"HardSwish", dl::base::UNARY_HARD_SWISH},
        {"Log", dl::base::UNARY_LOG},
        {"Sigmoid", dl::base::UNARY_SIGMOID},
        {"Sin", dl::base::UNARY_SIN},
        {"Softplus", dl::base::UNARY_SOFTPLUS},
        {"Swish", dl::base::UNARY_SWISH},
        {"Tanh", dl::base::UNARY_TANH},
    };
    const auto function = functions.find(op.type);
    if (function == functions.end() || need(op, in, 0).scalar_type() != torch::kFloat) {
        return std::nullopt;
    }
    const float alpha = static_cast<float>(op.get<double>("alpha", op.type == "Elu" ? 1.0 : 0.2));
    const float beta = static_cast<float>(op.get<double>("beta", 0.5));
    return by_rows(in[0], [&](float *row, int64_t n) {
        std::transform(row, row + n, row,
                       [&](float x) { return dl::base::unary_function(function->second, x, alpha, beta); });
    });
}

}  // namespace

int step_of_table(const Op &op, int wanted) {
    constexpr int LARGEST = 256;
    if (wanted >= 0) {
        return wanted;
    }
    if (op.type != "Gelu" || !op.in[0]->has_scale() || !op.out[0]->has_scale()) {
        return LARGEST;
    }
    // The nearest entry is half a step away at most, and Gelu rises by 1.13 at its steepest: four steps of the output
    // are what `espdl test` allows a table.
    const double ratio = std::ldexp(1.0, op.out[0]->scale_exponents()[0] - op.in[0]->scale_exponents()[0]);
    const int exponent = static_cast<int>(std::floor(std::log2(2 * 4 * ratio / 1.13)));
    return 1 << std::clamp(exponent, 0, 8);
}

std::optional<std::vector<Tensor>> compute_as_chip(const Op &op, const Inputs &in, Target target, int table_step) {
    if (op.type == "Softmax" || op.type == "LogSoftmax") {
        return Inputs{softmax(op, in)};
    }
    if (!op.quantized) {
        const std::optional<Tensor> y = by_library(op, in);
        return y ? std::optional(Inputs{*y}) : std::nullopt;
    }
    if (op.type == "LayerNormalization" || op.type == "LpNormalization") {
        return Inputs{normalized(op, in)};
    }
    if (op.type == "RMSNormalization" && op.get<int64_t>("axis", -1) == -1) {
        return Inputs{normalized(op, in)};
    }
    if (op.type == "AveragePool" && op.counts_padding) {
        // Where the file says nothing the chip does as the reference.
        Op chips = op;
        chips.counts_padding = !op.has("count_include_pad");
        return run_op(chips, in, nullptr, target);
    }
    const int step = op.type == "Gelu" ? step_of_table(op, table_step) : 0;
    const bool by_table = step > 0 && op.in[0]->bits == 16 && op.out[0]->bits == 16 && op.in[0]->has_scale();
    if (by_table) {
        return Inputs{gelu_by_table(op, in, target, step)};
    }
    if (op.is(operators::RECURRENT)) {
        return recurrent(op, in, op.out[0], target, true);
    }
    if (const std::optional<Tensor> y = by_library(op, in)) {
        return Inputs{*y};
    }
    return std::nullopt;
}

}  // namespace quantize
