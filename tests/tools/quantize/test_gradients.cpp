// What training derives operators by, against finite differences.

#include <gtest/gtest.h>

#include "numerics/executor.hpp"
#include "numerics/rounding.hpp"

using namespace quantize;

namespace {

using torch::Tensor;

Tensor run(const Op &op, const std::vector<Tensor> &inputs) {
    return run_op(op, inputs, nullptr, Target::P4).at(0);
}

/** The derivative of each element, if it depends on its own input alone. */
Tensor slopes(const Op &op, const Tensor &x) {
    const Tensor variable = x.clone().set_requires_grad(true);
    run(op, {variable}).sum().backward();
    return variable.grad().defined() ? variable.grad() : torch::zeros_like(x);
}

TEST(Gradients, OfAllOperatorsOfOneNumber) {
    const double step = 2e-3;
    // None of it is near a kink.
    const Tensor x = torch::tensor({-2.9, -1.7, -1.1, -0.6, -0.2, 0.3, 0.8, 1.2, 1.9, 2.7});
    int derived = 0;
    for (const operators::Operator &row : operators::all()) {
        if (!row.is(operators::TABLE) || !row.is(operators::EXECUTED) || row.name == std::string("Clip")) {
            continue;
        }
        SCOPED_TRACE(row.name);
        Op op;
        op.name = "node";
        op.type = row.name;
        // A definition computes in float.
        const Tensor point = x.to(row.function ? torch::kFloat : torch::kDouble);
        const Tensor got = slopes(op, point).to(torch::kDouble);
        const Tensor wanted =
            ((run(op, {point + step}) - run(op, {point - step})).to(torch::kDouble) / (2 * step)).contiguous();
        for (int64_t i = 0; i < x.numel(); i++) {
            const double want = wanted[i].item<double>(), have = got[i].item<double>();
            if (std::isfinite(want)) {
                EXPECT_NEAR(have, want, 2e-3 * std::max(1.0, std::abs(want))) << "at " << x[i].item<double>();
                derived++;
            }
        }
    }
    EXPECT_GT(derived, 200);
}

TEST(Gradients, ADefinitionComputesTheSameWithAndWithout) {
    for (const operators::Operator &row : operators::all()) {
        if (row.function) {
            SCOPED_TRACE(row.name);
            ASSERT_TRUE(row.derivative);
            Op op;
            op.type = row.name;
            const Tensor x = torch::linspace(-20, 20, 4001);
            const Tensor variable = x.clone().set_requires_grad(true);
            EXPECT_TRUE(torch::equal(run(op, {x}), run(op, {variable}).detach()));
        }
    }
}

/** LSQ's equation 3: within the range the error of rounding, beyond it the limit; and a factor for the logarithm. */
TEST(Gradients, OfAScale) {
    Record record;
    record.exponents = {-3};
    const Tensor x = torch::tensor({-40.0, -16.0, -0.3, 0.01, 0.07, 1.99, 3.3, 15.87, 16.5, 99.0}, torch::kDouble);
    const double scale = 0.125;
    for (const double exponent : {-3.0, -3.4, -2.6}) {
        const Tensor a = torch::tensor({exponent}, torch::kDouble).set_requires_grad(true);
        const Tensor variable = x.clone().set_requires_grad(true);
        for (int64_t i = 0; i < x.numel(); i++) {
            a.mutable_grad() = variable.mutable_grad() = Tensor();
            const Tensor y = quantize_trained(variable, scale_of_exponent(a), &record, Target::P4);
            y[i].backward();
            const double ratio = x[i].item<double>() / scale, rounded = std::nearbyint(ratio);
            const bool inside = rounded >= -128 && rounded <= 127;
            const double slope = inside ? rounded - ratio : ratio < 0 ? -128 : 127;
            EXPECT_NEAR(a.grad().item<double>(), slope * scale * std::log(2), 1e-9) << i;
            EXPECT_EQ(variable.grad()[i].item<double>(), inside ? 1 : 0) << i;
            EXPECT_DOUBLE_EQ(y[i].item<double>(), std::clamp(rounded, -128.0, 127.0) * scale) << i;
        }
    }
}

/** Through a network that rounds nothing, the gradient is that of finite differences. */
TEST(Gradients, OfAScaleFarFromRounding) {
    Record record;
    const Tensor x = torch::tensor({-1e6, 1e6, 3e5}, torch::kDouble);  // clipped: proportional to the scale
    auto sum = [&](double a) {
        return quantize_trained(x, scale_of_exponent(torch::tensor({a}, torch::kDouble)), &record, Target::S3)
            .square()
            .sum();
    };
    const Tensor a = torch::tensor({-2.0}, torch::kDouble).set_requires_grad(true);
    quantize_trained(x, scale_of_exponent(a), &record, Target::S3).square().sum().backward();
    // d log2 of a sum of squares of what is proportional to 2^a is 2: between the integers beside it, 4 times as much.
    EXPECT_NEAR(sum(-1).item<double>() / sum(-2).item<double>(), 4, 1e-12);
    EXPECT_NEAR(a.grad().item<double>(), 2 * std::log(2) * sum(-2).item<double>(), 1e-9);
}

/** The gates of a GRU or LSTM are rounded to 2^-9: the derivative is that of the gates that are not. */
TEST(Gradients, PassThroughTheGatesOfRecurrentLayers) {
    torch::manual_seed(1);
    const int64_t steps = 4, size = 3, hidden = 2;
    for (const char *type : {"GRU", "LSTM"}) {
        SCOPED_TRACE(type);
        const int64_t gates = type == std::string("LSTM") ? 4 : 3;
        Op op;
        op.name = "node";
        op.type = type;
        op.attributes["hidden_size"] = hidden;
        if (gates == 3) {
            op.attributes["linear_before_reset"] = int64_t{1};
        }
        op.outputs.resize(2);
        const Tensor x = torch::randn({steps, 1, size}, torch::kDouble);
        const std::vector<Tensor> weights = {torch::randn({1, gates * hidden, size}, torch::kDouble),
                                             torch::randn({1, gates * hidden, hidden}, torch::kDouble),
                                             torch::randn({1, 2 * gates * hidden}, torch::kDouble)};
        auto sum = [&](const Tensor &in) { return run(op, {in, weights[0], weights[1], weights[2]}).square().sum(); };
        const Tensor variable = x.clone().set_requires_grad(true);
        sum(variable).backward();
        op.high_precision = true;  // in float throughout
        for (int64_t i = 0; i < x.numel(); i++) {
            const double step = 1e-4;
            const Tensor more = x.clone(), less = x.clone();
            more.flatten()[i] += step;
            less.flatten()[i] -= step;
            const double want = (sum(more) - sum(less)).item<double>() / (2 * step);
            EXPECT_NEAR(variable.grad().flatten()[i].item<double>(), want, 0.02 + 0.05 * std::abs(want)) << i;
        }
    }
}

}  // namespace
