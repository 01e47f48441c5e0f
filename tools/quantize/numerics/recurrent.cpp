#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

#include "numerics/rounding.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

}  // namespace

Inputs recurrent(const Op &op, const Inputs &in, const Record *output_record, Target target) {
    const bool lstm = op.type == "LSTM", plain = op.high_precision && target == Target::P4;
    const int64_t gates = lstm ? 4 : 3, layout = op.get<int64_t>("layout", 0);
    const std::string direction = op.get<std::string>("direction", "forward");
    Tensor x = need(op, in, 0);
    if (layout) {
        x = x.transpose(0, 1);
    }
    const Tensor &W = need(op, in, 1), &R = need(op, in, 2);
    const int64_t directions = W.size(0), hidden = R.size(2), steps = x.size(0), batch = x.size(1);
    auto fq = [&](const Tensor &t) {
        if (plain) {
            return t;
        }
        const double scale = std::ldexp(1.0, -9);
        return torch::clamp(round_by(t / scale, target), -32768, 32767) * scale;
    };
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
            const Tensor gx = fq(torch::matmul(x[t], w.t())), gh = fq(torch::matmul(h, r.t()));
            auto part = [&](const Tensor &v, int64_t gate) { return v.slice(-1, gate * hidden, (gate + 1) * hidden); };
            if (lstm) {
                const Tensor z = gx + (wb + rb) + gh;
                const Tensor i = torch::sigmoid(part(z, 0)), o = torch::sigmoid(part(z, 1));
                const Tensor f = torch::sigmoid(part(z, 2)), g = torch::tanh(part(z, 3));
                c = fq(f * c + i * g);
                h = o * torch::tanh(c);
            } else {
                const Tensor z = torch::sigmoid(part(gx, 0) + part(wb, 0) + part(gh, 0) + part(rb, 0));
                const Tensor reset = torch::sigmoid(part(gx, 1) + part(wb, 1) + part(gh, 1) + part(rb, 1));
                const Tensor n = torch::tanh(fq(part(gx, 2) + part(wb, 2) + reset * (part(gh, 2) + part(rb, 2))));
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
