#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

#include "numerics/rounding.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

/** LibTorch's vectors round other last bits than the C library. */
Tensor each(const Tensor &x, float (*function)(float)) {
    Tensor y = x.to(torch::kFloat).contiguous().clone();
    std::transform(y.data_ptr<float>(), y.data_ptr<float>() + y.numel(), y.data_ptr<float>(), function);
    return y;
}

constexpr double GATE_SCALE = 1.0 / 512;

/** What gates are computed with. */
struct Arithmetic {
    bool plain;  ///< in float throughout
    bool exact;  ///< as the chip: a sum of integers is exact and fits 16 bits, functions are the C library's
    Target target;

    /** Training sees through it. */
    Tensor rounded(const Tensor &t) const { return straight_through(t, round_by(t, target)); }
    Tensor fq(const Tensor &t) const {
        return plain ? t : torch::clamp(rounded(t / GATE_SCALE), -32768, 32767) * GATE_SCALE;
    }
    Tensor product(const Tensor &a, const Tensor &b) const {
        return exact ? fq(torch::matmul(a.to(torch::kDouble), b.t().to(torch::kDouble))).to(torch::kFloat)
                     : fq(torch::matmul(a, b.t()));
    }
    Tensor biased(const Tensor &sum, const Tensor &bias) const { return exact ? fq(sum + bias) : sum + bias; }
    /** The chip rounds the candidate's argument, and does not limit it. */
    Tensor wide(const Tensor &t) const { return rounded(t / GATE_SCALE) * GATE_SCALE; }
    Tensor sigmoid(const Tensor &x) const {
        return exact ? each(x, [](float v) { return 1.0f / (1.0f + std::exp(-v)); }) : torch::sigmoid(x);
    }
    Tensor tanh(const Tensor &x) const { return exact ? each(x, std::tanh) : torch::tanh(x); }
};

}  // namespace

Inputs recurrent(const Op &op, const Inputs &in, const Record *output_record, Target target, bool exact) {
    const bool lstm = op.type == "LSTM", plain = op.high_precision && target == Target::P4;
    const int64_t gates = lstm ? 4 : 3, layout = op.get<int64_t>("layout", 0);
    const std::string direction = op.get<std::string>("direction", "forward");
    Tensor x = need(op, in, 0);
    if (layout) {
        x = x.transpose(0, 1);
    }
    const Tensor &W = need(op, in, 1), &R = need(op, in, 2);
    const int64_t directions = W.size(0), hidden = R.size(2), steps = x.size(0), batch = x.size(1);
    const Arithmetic arithmetic{plain, exact, target};
    auto at = [&](size_t i, int64_t d, const Tensor &fallback) {
        return given(in, i) ? in[i].select(layout && i >= 5 ? 1 : 0, d) : fallback;
    };
    Inputs ys, last_h, last_c;
    for (int64_t d = 0; d < directions; d++) {
        const bool reverse = direction == "reverse" || d == 1;
        const Tensor w = W.select(0, d), r = R.select(0, d);
        const Tensor bias = at(3, d, torch::zeros({2 * gates * hidden}, x.options()));
        const Tensor wb = bias.slice(0, 0, gates * hidden), rb = bias.slice(0, gates * hidden);
        Tensor h = at(5, d, torch::zeros({batch, hidden}, x.options()));
        Tensor c = lstm ? at(6, d, torch::zeros({batch, hidden}, x.options())) : Tensor();
        Inputs outputs(steps);
        for (int64_t step = 0; step < steps; step++) {
            const int64_t t = reverse ? steps - 1 - step : step;
            const Tensor gx = arithmetic.product(x[t], w), gh = arithmetic.product(h, r);
            auto part = [&](const Tensor &v, int64_t gate) { return v.slice(-1, gate * hidden, (gate + 1) * hidden); };
            if (lstm) {
                const Tensor z = exact ? arithmetic.biased(gx, wb) + arithmetic.biased(gh, rb) : gx + (wb + rb) + gh;
                const Tensor i = arithmetic.sigmoid(part(z, 0)), o = arithmetic.sigmoid(part(z, 1));
                const Tensor f = arithmetic.sigmoid(part(z, 2)), g = arithmetic.tanh(part(z, 3));
                c = arithmetic.fq(f * c + i * g);
                h = o * arithmetic.tanh(c);
            } else {
                const Tensor from_x = arithmetic.biased(gx, wb), from_h = arithmetic.biased(gh, rb);
                // In float the order of a sum decides about its last bit, and the reference's is this one.
                auto gate = [&](int64_t k) {
                    return arithmetic.sigmoid(exact ? part(from_x, k) + part(from_h, k)
                                                    : part(gx, k) + part(wb, k) + part(gh, k) + part(rb, k));
                };
                const Tensor z = gate(0), reset = gate(1);
                const Tensor n = arithmetic.tanh(
                    exact ? arithmetic.wide(part(from_x, 2) + reset * part(from_h, 2))
                          : arithmetic.fq(part(gx, 2) + part(wb, 2) + reset * (part(gh, 2) + part(rb, 2))));
                h = (1 - z) * n + z * h;
            }
            if (output_record && const_cast<Record *>(output_record)->applied()) {
                h = fake_quantize(h, const_cast<Record *>(output_record), target);
            }
            outputs[t] = h;
        }
        ys.push_back(torch::stack(outputs, 0));
        last_h.push_back(h);
        last_c.push_back(c);
    }
    Tensor y = torch::stack(ys, 1), yh = torch::stack(last_h, 0);
    if (layout) {
        y = y.permute({2, 0, 1, 3});
        yh = yh.transpose(0, 1);
    }
    Inputs result = {y, yh};
    if (lstm) {
        result.push_back(layout ? torch::stack(last_c, 0).transpose(0, 1) : torch::stack(last_c, 0));
    }
    return result;
}

}  // namespace quantize
