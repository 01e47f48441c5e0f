#include "executor.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using Inputs = std::vector<Tensor>;
using Ints = std::vector<int64_t>;

[[noreturn]] void refuse(const Op &op, const std::string &why) {
    throw Error("node '" + op.name + "' (" + op.type + "): " + why);
}

Ints ints(const Tensor &t) {
    const Tensor flat = t.to(torch::kLong).contiguous().flatten();
    return Ints(flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel());
}

const Tensor &need(const Op &op, const Inputs &in, size_t i) {
    if (i >= in.size() || !in[i].defined()) {
        refuse(op, "input " + std::to_string(i) + " is missing");
    }
    return in[i];
}

bool given(const Inputs &in, size_t i) {
    return i < in.size() && in[i].defined();
}

/** Constant integers of an input, else of an attribute. */
std::optional<Ints> list(const Op &op, const Inputs &in, size_t i, const char *attribute) {
    if (given(in, i)) {
        return ints(in[i]);
    }
    if (!op.has(attribute)) {
        return std::nullopt;
    }
    return constant_ints(op, SIZE_MAX, attribute);
}

Ints spatial_pads(const Op &op, const Tensor &x, const Ints &kernel, const Ints &strides, const Ints &dilations) {
    const size_t n = kernel.size();
    Ints pads = op.get<Ints>("pads", Ints(2 * n, 0));
    const std::string automatic = op.get<std::string>("auto_pad", "NOTSET");
    if (automatic == "VALID") {
        pads.assign(2 * n, 0);
    } else if (automatic != "NOTSET") {
        for (size_t i = 0; i < n; i++) {
            const int64_t size = x.size(2 + i), out = (size + strides[i] - 1) / strides[i];
            const int64_t total =
                std::max<int64_t>(0, (out - 1) * strides[i] + dilations[i] * (kernel[i] - 1) + 1 - size);
            pads[automatic == "SAME_LOWER" ? i + n : i] = total / 2;
            pads[automatic == "SAME_LOWER" ? i : i + n] = total - total / 2;
        }
    }
    return pads;
}

/** Pad the spatial axes: torch counts from the last one. */
Tensor pad_spatial(const Tensor &x, const Ints &pads, double value) {
    const size_t n = pads.size() / 2;
    Ints torch_pads;
    for (size_t i = n; i-- > 0;) {
        torch_pads.push_back(pads[i]);
        torch_pads.push_back(pads[i + n]);
    }
    bool any = false;
    for (int64_t pad : pads) {
        any = any || pad;
    }
    return any ? torch::constant_pad_nd(x, torch_pads, value) : x;
}

Tensor conv(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0), &w = need(op, in, 1);
    const size_t n = w.dim() - 2;
    const Ints kernel(w.sizes().begin() + 2, w.sizes().end());
    const Ints strides = op.get<Ints>("strides", Ints(n, 1)), dilations = op.get<Ints>("dilations", Ints(n, 1));
    const Tensor padded = pad_spatial(x, spatial_pads(op, x, kernel, strides, dilations), 0);
    const Tensor bias = given(in, 2) ? in[2].flatten() : Tensor();
    const int64_t group = op.get<int64_t>("group", 1);
    return n == 1 ? torch::conv1d(padded, w, bias, strides, Ints(1, 0), dilations, group)
                  : torch::conv2d(padded, w, bias, strides, Ints(2, 0), dilations, group);
}

Tensor conv_transpose(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0), &w = need(op, in, 1);
    const size_t n = w.dim() - 2;
    const Ints strides = op.get<Ints>("strides", Ints(n, 1)), dilations = op.get<Ints>("dilations", Ints(n, 1));
    const Ints extra = op.get<Ints>("output_padding", Ints(n, 0)), pads = op.get<Ints>("pads", Ints(2 * n, 0));
    const Tensor bias = given(in, 2) ? in[2].flatten() : Tensor();
    const int64_t group = op.get<int64_t>("group", 1);
    // Computed without padding and then cut, so that asymmetric pads work.
    Tensor y = n == 1 ? torch::conv_transpose1d(x, w, bias, strides, Ints(1, 0), extra, group, dilations)
                      : torch::conv_transpose2d(x, w, bias, strides, Ints(2, 0), extra, group, dilations);
    for (size_t i = 0; i < n; i++) {
        y = y.slice(2 + i, pads[i], y.size(2 + i) - pads[i + n]);
    }
    return y;
}

Tensor insert_zeros(const Op &op, const Tensor &x) {
    const size_t n = x.dim() - 2;
    const Ints strides = op.get<Ints>("stride", Ints(n, 1)), extra = op.get<Ints>("output_padding", Ints(n, 0));
    Ints shape = x.sizes().vec();
    for (size_t i = 0; i < n; i++) {
        shape[2 + i] += (strides[i] - 1) * (shape[2 + i] - 1) + extra[i];
    }
    Tensor y = torch::zeros(shape, x.options()), view = y;
    for (size_t i = 0; i < n; i++) {
        view = view.slice(2 + i, 0, (x.size(2 + i) - 1) * strides[i] + 1, strides[i]);
    }
    view.copy_(x);
    return y;
}

Tensor pool(const Op &op, const Tensor &x, bool maximum) {
    const Ints kernel = op.get<Ints>("kernel_shape", {});
    const size_t n = kernel.size();
    const Ints strides = op.get<Ints>("strides", Ints(n, 1)), dilations = op.get<Ints>("dilations", Ints(n, 1));
    const bool ceil_mode = op.get<int64_t>("ceil_mode", 0) != 0;
    const Tensor padded =
        pad_spatial(x, spatial_pads(op, x, kernel, strides, dilations), maximum && n == 2 ? -INFINITY : 0.0);
    if (maximum) {
        return n == 1 ? torch::max_pool1d(padded, kernel, strides, Ints(1, 0), dilations, ceil_mode)
                      : torch::max_pool2d(padded, kernel, strides, Ints(2, 0), dilations, ceil_mode);
    }
    return n == 1 ? torch::avg_pool1d(padded, kernel, strides, Ints(1, 0), ceil_mode)
                  : torch::avg_pool2d(padded, kernel, strides, Ints(2, 0), ceil_mode);
}

Ints all_axes(const Tensor &x) {
    Ints axes(x.dim());
    for (int64_t i = 0; i < x.dim(); i++) {
        axes[i] = i;
    }
    return axes;
}

Tensor reduce(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0);
    Ints axes = list(op, in, 1, "axes").value_or(Ints());
    if (axes.empty()) {
        if (op.get<int64_t>("noop_with_empty_axes", 0)) {
            return x;
        }
        axes = all_axes(x);
    }
    const bool keep = op.get<int64_t>("keepdims", 1) != 0;
    const std::string &t = op.type;
    if (t == "ReduceMean") {
        return x.mean(axes, keep);
    }
    if (t == "ReduceSum") {
        return x.sum(axes, keep);
    }
    if (t == "ReduceMax") {
        return x.amax(axes, keep);
    }
    if (t == "ReduceMin") {
        return x.amin(axes, keep);
    }
    if (t == "ReduceL1") {
        return x.abs().sum(axes, keep);
    }
    if (t == "ReduceL2") {
        return x.square().sum(axes, keep).sqrt();
    }
    if (t == "ReduceSumSquare") {
        return x.square().sum(axes, keep);
    }
    if (t == "ReduceLogSum") {
        return x.sum(axes, keep).log();
    }
    if (t == "ReduceLogSumExp") {
        return x.logsumexp(axes, keep);
    }
    Tensor y = x;
    for (int64_t &axis : axes) {
        axis += axis < 0 ? x.dim() : 0;
    }
    std::sort(axes.rbegin(), axes.rend());
    for (int64_t axis : axes) {
        y = y.prod(axis, keep);
    }
    return y;
}

Tensor slice(const Op &op, const Inputs &in) {
    Tensor y = need(op, in, 0);
    const Ints starts = ints(need(op, in, 1)), ends = ints(need(op, in, 2));
    Ints axes = given(in, 3) ? ints(in[3]) : all_axes(y), steps = given(in, 4) ? ints(in[4]) : Ints(starts.size(), 1);
    for (size_t i = 0; i < starts.size(); i++) {
        const int64_t axis = axes.at(i) < 0 ? axes[i] + y.dim() : axes[i], size = y.size(axis), step = steps.at(i);
        auto limit = [&](int64_t v, int64_t low, int64_t high) {
            return std::min(std::max(v < 0 ? v + size : v, low), high);
        };
        if (step > 0) {
            const int64_t from = limit(starts[i], 0, size), to = limit(ends[i], 0, size);
            y = y.slice(axis, from, std::max(from, to), step);
        } else {
            const int64_t from = limit(starts[i], -1, size - 1);
            const int64_t to = ends[i] < -size ? -1 : limit(ends[i], -1, size - 1);
            Ints index;
            for (int64_t at = from; at > to; at += step) {
                index.push_back(at);
            }
            y = y.index_select(axis, torch::tensor(index, torch::kLong));
        }
    }
    return y;
}

Tensor pad(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0);
    const Ints pads = list(op, in, 1, "pads").value_or(Ints());
    const std::string mode = op.get<std::string>("mode", "constant");
    const double value = given(in, 2) ? in[2].to(torch::kDouble).item<double>() : op.get<double>("value", 0.0);
    Ints axes = given(in, 3) ? ints(in[3]) : all_axes(x);
    Tensor y = x;
    for (size_t i = 0; i < axes.size(); i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + x.dim() : axes[i], size = y.size(axis);
        const int64_t before = pads[i], after = pads[i + axes.size()];
        if (!before && !after) {
            continue;
        }
        if (mode == "constant") {
            y = y.slice(axis, std::max<int64_t>(0, -before), size - std::max<int64_t>(0, -after));
            Ints torch_pads((size_t)(x.dim() - axis) * 2, 0);
            torch_pads[torch_pads.size() - 2] = std::max<int64_t>(0, before);
            torch_pads[torch_pads.size() - 1] = std::max<int64_t>(0, after);
            y = torch::constant_pad_nd(y, torch_pads, value);
            continue;
        }
        // Reflection runs to and fro between the ends, without repeating them.
        const int64_t last = size - 1, period = mode == "wrap" ? size : std::max<int64_t>(2 * last, 1);
        Ints index;
        for (int64_t at = -before; at < size + after; at++) {
            const int64_t phase = (at % period + period) % period;
            index.push_back(mode == "edge" ? std::clamp<int64_t>(at, 0, last) : phase < size ? phase : period - phase);
        }
        y = y.index_select(axis, torch::tensor(index, torch::kLong));
    }
    return y;
}

Tensor resize(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0);
    const std::string mode = op.get<std::string>("mode", "nearest");
    const std::string coordinates = op.get<std::string>("coordinate_transformation_mode", "half_pixel");
    const size_t n = x.dim() - 2;
    std::vector<double> scales;
    Ints sizes;
    if (given(in, 2) && in[2].numel()) {
        const Tensor s = in[2].to(torch::kDouble).contiguous();
        for (size_t i = 0; i < n; i++) {
            scales.push_back(s.data_ptr<double>()[s.numel() - n + i]);
            sizes.push_back((int64_t)std::floor((double)x.size(2 + i) * scales.back()));
        }
    } else if (given(in, 3)) {
        const Ints all = ints(in[3]);
        for (size_t i = 0; i < n; i++) {
            sizes.push_back(all.at(all.size() - n + i));
            scales.push_back((double)sizes.back() / (double)x.size(2 + i));
        }
    } else {
        refuse(op, "neither scales nor sizes are given");
    }
    Tensor y = x;
    if (mode == "nearest") {
        for (size_t i = 0; i < n; i++) {
            Ints index;
            for (int64_t at = 0; at < sizes[i]; at++) {
                index.push_back(std::min<int64_t>(x.size(2 + i) - 1, (int64_t)std::floor((double)at / scales[i])));
            }
            y = y.index_select(2 + i, torch::tensor(index, torch::kLong));
        }
        return y;
    }
    if (mode != "linear") {
        refuse(op, "mode '" + mode + "': nearest and linear are supported");
    }
    const bool corners = coordinates == "align_corners";
    return n == 1 ? torch::upsample_linear1d(x, sizes, corners) : torch::upsample_bilinear2d(x, sizes, corners);
}

Tensor gemm(const Op &op, const Inputs &in) {
    Tensor a = need(op, in, 0), b = need(op, in, 1);
    a = op.get<int64_t>("transA", 0) ? a.t() : a;
    b = op.get<int64_t>("transB", 0) ? b.t() : b;
    const double alpha = op.get<double>("alpha", 1.0), beta = op.get<double>("beta", 1.0);
    Tensor y = torch::matmul(a, b);
    y = alpha == 1.0 ? y : y * alpha;
    return given(in, 2) ? y + (beta == 1.0 ? in[2] : in[2] * beta) : y;
}

/** GRU and LSTM with gates in 16 bits at 2^-9, as the chip computes them; `plain` leaves that out. */
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

Tensor scatter_nd(const Op &op, const Inputs &in) {
    Tensor y = need(op, in, 0).clone();
    const Tensor index = need(op, in, 1).to(torch::kLong), &updates = need(op, in, 2);
    const int64_t depth = index.size(-1);
    const Tensor flat = index.reshape({-1, depth});
    Ints tail(y.sizes().begin() + depth, y.sizes().end());
    Ints shape = {flat.size(0)};
    shape.insert(shape.end(), tail.begin(), tail.end());
    const Tensor values = updates.reshape(shape);
    const std::string how = op.get<std::string>("reduction", "none");
    for (int64_t i = 0; i < flat.size(0); i++) {
        Tensor place = y;
        for (int64_t k = 0; k < depth; k++) {
            place = place[flat[i][k].item<int64_t>()];
        }
        if (how == "add") {
            place.add_(values[i]);
        } else if (how == "mul") {
            place.mul_(values[i]);
        } else if (how == "max") {
            place.copy_(torch::maximum(place, values[i]));
        } else if (how == "min") {
            place.copy_(torch::minimum(place, values[i]));
        } else {
            place.copy_(values[i]);
        }
    }
    return y;
}

Tensor reverse_sequence(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0);
    const int64_t batch_axis = op.get<int64_t>("batch_axis", 1), time_axis = op.get<int64_t>("time_axis", 0);
    const Ints lengths = ints(need(op, in, 1));
    Tensor y = x.clone();
    for (int64_t b = 0; b < x.size(batch_axis); b++) {
        const int64_t axis = time_axis - (time_axis > batch_axis), n = lengths.at(b);
        y.select(batch_axis, b).slice(axis, 0, n).copy_(x.select(batch_axis, b).slice(axis, 0, n).flip({axis}));
    }
    return y;
}

using Function = std::function<Inputs(const Op &, const Inputs &)>;

template <typename F1>
Function unary(F1 f) {
    return [f](const Op &op, const Inputs &in) { return Inputs{f(need(op, in, 0))}; };
}

template <typename F2>
Function binary(F2 f) {
    return [f](const Op &op, const Inputs &in) { return Inputs{f(need(op, in, 0), need(op, in, 1))}; };
}

Ints reshape_target(const Op &op, const Inputs &in) {
    Ints shape = ints(need(op, in, 1));
    for (size_t i = 0; i < shape.size(); i++) {
        if (shape[i] == 0 && !op.get<int64_t>("allowzero", 0)) {
            shape[i] = in[0].size((int64_t)i);
        }
    }
    return shape;
}

const std::map<std::string, Function> &functions() {
    static const std::map<std::string, Function> table = {
        {"Conv", [](const Op &op, const Inputs &in) { return Inputs{conv(op, in)}; }},
        {"ConvTranspose", [](const Op &op, const Inputs &in) { return Inputs{conv_transpose(op, in)}; }},
        {"InsertZeros", [](const Op &op, const Inputs &in) { return Inputs{insert_zeros(op, need(op, in, 0))}; }},
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
        {"Where", [](const Op &op, const Inputs &in) {
             return Inputs{torch::where(need(op, in, 0), need(op, in, 1), need(op, in, 2))};
         }},
        {"Max", [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             for (size_t i = 1; i < in.size(); i++) {
                 y = torch::maximum(y, in[i]);
             }
             return Inputs{y};
         }},
        {"Min", [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             for (size_t i = 1; i < in.size(); i++) {
                 y = torch::minimum(y, in[i]);
             }
             return Inputs{y};
         }},
        {"Sum", [](const Op &op, const Inputs &in) {
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
        {"Elu", [](const Op &op, const Inputs &in) {
             return Inputs{torch::elu(need(op, in, 0), op.get<double>("alpha", 1.0))};
         }},
        {"LeakyRelu", [](const Op &op, const Inputs &in) {
             return Inputs{torch::leaky_relu(need(op, in, 0), op.get<double>("alpha", 0.01))};
         }},
        {"HardSigmoid", [](const Op &op, const Inputs &in) {
             return Inputs{torch::clamp(need(op, in, 0) * op.get<double>("alpha", 0.2) + op.get<double>("beta", 0.5), 0, 1)};
         }},
        {"PRelu", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             return Inputs{torch::where(x >= 0, x, x * need(op, in, 1))};
         }},
        {"Clip", [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             if (given(in, 1) && in[1].numel()) {
                 y = torch::maximum(y, in[1].to(y.scalar_type()));
             }
             if (given(in, 2) && in[2].numel()) {
                 y = torch::minimum(y, in[2].to(y.scalar_type()));
             }
             return Inputs{y};
         }},
        {"Softmax", [](const Op &op, const Inputs &in) {
             return Inputs{torch::softmax(need(op, in, 0), op.get<int64_t>("axis", -1))};
         }},
        {"LogSoftmax", [](const Op &op, const Inputs &in) {
             return Inputs{torch::log_softmax(need(op, in, 0), op.get<int64_t>("axis", -1))};
         }},
        {"LayerNormalization", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             int64_t axis = op.get<int64_t>("axis", -1);
             axis += axis < 0 ? x.dim() : 0;
             if (axis != x.dim() - 1) {
                 refuse(op, "axis " + std::to_string(axis) + " of rank " + std::to_string(x.dim()) +
                                ": only the last one is supported");
             }
             return Inputs{torch::layer_norm(x, {x.size(-1)}, need(op, in, 1), given(in, 2) ? in[2] : Tensor(),
                                             op.get<double>("epsilon", 1e-5))};
         }},
        {"RMSNormalization", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             int64_t axis = op.get<int64_t>("axis", -1);
             Ints axes;
             for (int64_t i = axis < 0 ? axis + x.dim() : axis; i < x.dim(); i++) {
                 axes.push_back(i);
             }
             const Tensor rms = (x.square().mean(axes, true) + op.get<double>("epsilon", 1e-5)).sqrt();
             return Inputs{x / rms * need(op, in, 1)};
         }},
        {"LpNormalization", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const Tensor norm = x.norm((double)op.get<int64_t>("p", 2), {op.get<int64_t>("axis", -1)}, true);
             return Inputs{x / norm.clamp_min(1e-12)};
         }},
        {"MaxPool", [](const Op &op, const Inputs &in) { return Inputs{pool(op, need(op, in, 0), true)}; }},
        {"AveragePool", [](const Op &op, const Inputs &in) { return Inputs{pool(op, need(op, in, 0), false)}; }},
        {"GlobalAveragePool", [](const Op &op, const Inputs &in) {
             Ints axes = all_axes(need(op, in, 0));
             axes.erase(axes.begin(), axes.begin() + 2);
             return Inputs{in[0].mean(axes, true)};
         }},
        {"GlobalMaxPool", [](const Op &op, const Inputs &in) {
             Ints axes = all_axes(need(op, in, 0));
             axes.erase(axes.begin(), axes.begin() + 2);
             return Inputs{in[0].amax(axes, true)};
         }},
        {"Resize", [](const Op &op, const Inputs &in) { return Inputs{resize(op, in)}; }},
        {"Concat", [](const Op &op, const Inputs &in) {
             return Inputs{torch::cat(in, op.get<int64_t>("axis", 0))};
         }},
        {"Split", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t axis = op.get<int64_t>("axis", 0);
             const auto sizes = list(op, in, 1, "split");
             if (sizes) {
                 return torch::split_with_sizes(x, *sizes, axis);
             }
             const int64_t n = (int64_t)op.outputs.size(), each = (x.size(axis) + n - 1) / n;
             return torch::split(x, each, axis);
         }},
        {"Slice", [](const Op &op, const Inputs &in) { return Inputs{slice(op, in)}; }},
        {"Pad", [](const Op &op, const Inputs &in) { return Inputs{pad(op, in)}; }},
        {"Gather", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0), index = need(op, in, 1).to(torch::kLong);
             int64_t axis = op.get<int64_t>("axis", 0);
             axis += axis < 0 ? x.dim() : 0;
             const Tensor flat = torch::where(index < 0, index + x.size(axis), index).flatten();
             Ints shape(x.sizes().begin(), x.sizes().begin() + axis);
             shape.insert(shape.end(), index.sizes().begin(), index.sizes().end());
             shape.insert(shape.end(), x.sizes().begin() + axis + 1, x.sizes().end());
             return Inputs{x.index_select(axis, flat).reshape(shape)};
         }},
        {"Transpose", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             Ints perm = op.get<Ints>("perm", {});
             if (perm.empty()) {
                 perm = all_axes(x);
                 std::reverse(perm.begin(), perm.end());
             }
             return Inputs{x.permute(perm)};
         }},
        {"Reshape", [](const Op &op, const Inputs &in) {
             return Inputs{need(op, in, 0).reshape(reshape_target(op, in))};
         }},
        {"Flatten", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             int64_t axis = op.get<int64_t>("axis", 1), rows = 1;
             axis += axis < 0 ? x.dim() : 0;
             for (int64_t i = 0; i < axis; i++) {
                 rows *= x.size(i);
             }
             return Inputs{x.reshape({rows, -1})};
         }},
        {"Squeeze", [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             auto axes = list(op, in, 1, "axes");
             if (!axes) {
                 return Inputs{y.squeeze()};
             }
             for (int64_t &axis : *axes) {
                 axis += axis < 0 ? y.dim() : 0;
             }
             std::sort(axes->rbegin(), axes->rend());
             for (int64_t axis : *axes) {
                 y = y.squeeze(axis);
             }
             return Inputs{y};
         }},
        {"Unsqueeze", [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             Ints axes = list(op, in, 1, "axes").value_or(Ints());
             for (int64_t &axis : axes) {
                 axis += axis < 0 ? y.dim() + (int64_t)axes.size() : 0;
             }
             std::sort(axes.begin(), axes.end());
             for (int64_t axis : axes) {
                 y = y.unsqueeze(axis);
             }
             return Inputs{y};
         }},
        {"Expand", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             return Inputs{x * torch::ones(ints(need(op, in, 1)), x.options())};
         }},
        {"Tile", [](const Op &op, const Inputs &in) { return Inputs{need(op, in, 0).repeat(ints(need(op, in, 1)))}; }},
        {"Cast", [](const Op &op, const Inputs &in) {
             static const std::map<int64_t, torch::ScalarType> types = {
                 {1, torch::kFloat}, {2, torch::kByte}, {3, torch::kChar}, {5, torch::kShort},
                 {6, torch::kInt},   {7, torch::kLong}, {9, torch::kBool}, {11, torch::kFloat}};
             auto type = types.find(op.get<int64_t>("to", 1));
             if (type == types.end()) {
                 refuse(op, "cast to ONNX type " + std::to_string(op.get<int64_t>("to", 1)));
             }
             return Inputs{need(op, in, 0).to(type->second)};
         }},
        {"Shape", [](const Op &op, const Inputs &in) {
             return Inputs{torch::tensor(need(op, in, 0).sizes().vec(), torch::kLong)};
         }},
        {"ConstantOfShape", [](const Op &op, const Inputs &in) {
             const Tensor value = op.get<Tensor>("value", torch::zeros({1}));
             return Inputs{torch::ones(ints(need(op, in, 0)), value.options()) * value};
         }},
        {"Range", [](const Op &op, const Inputs &in) {
             return Inputs{torch::arange(need(op, in, 0).item(), need(op, in, 1).item(), need(op, in, 2).item(),
                                         in[0].options())};
         }},
        {"DepthToSpace", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t b = op.get<int64_t>("blocksize", 1), c = x.size(1) / (b * b), h = x.size(2), w = x.size(3);
             if (op.get<std::string>("mode", "DCR") == "CRD") {
                 return Inputs{x.reshape({x.size(0), c, b, b, h, w}).permute({0, 1, 4, 2, 5, 3}).reshape({x.size(0), c, h * b, w * b})};
             }
             return Inputs{x.reshape({x.size(0), b, b, c, h, w}).permute({0, 3, 4, 1, 5, 2}).reshape({x.size(0), c, h * b, w * b})};
         }},
        {"SpaceToDepth", [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t b = op.get<int64_t>("blocksize", 1), c = x.size(1), h = x.size(2) / b, w = x.size(3) / b;
             return Inputs{x.reshape({x.size(0), c, h, b, w, b}).permute({0, 3, 5, 1, 2, 4}).reshape({x.size(0), c * b * b, h, w})};
         }},
        {"ReverseSequence", [](const Op &op, const Inputs &in) { return Inputs{reverse_sequence(op, in)}; }},
        {"ScatterND", [](const Op &op, const Inputs &in) { return Inputs{scatter_nd(op, in)}; }},
        {"BatchNormalization", [](const Op &op, const Inputs &in) {
             return Inputs{torch::batch_norm(need(op, in, 0), need(op, in, 1), need(op, in, 2), need(op, in, 3),
                                             need(op, in, 4), false, 0.1, op.get<double>("epsilon", 1e-5), false)};
         }},
    };
    return table;
}

}  // namespace

bool is_executable(const std::string &type) {
    return functions().count(type) || type.rfind("Reduce", 0) == 0 || type == "GRU" || type == "LSTM";
}

std::vector<Tensor> run_op(const Op &op, const std::vector<Tensor> &inputs, const Record *output_record,
                           Target target) {
    auto function = functions().find(op.type);
    try {
        validate(op, inputs);
        if (op.type == "GRU" || op.type == "LSTM") {
            return recurrent(op, inputs, output_record, target);
        }
        if (op.type.rfind("Reduce", 0) == 0) {
            return {reduce(op, inputs)};
        }
        if (function == functions().end()) {
            refuse(op, "the operator is not supported");
        }
        return function->second(op, inputs);
    } catch (const c10::Error &error) {
        refuse(op, "cannot be computed: " + std::string(error.what_without_backtrace()));
    } catch (const Error &) {
        throw;
    } catch (const std::exception &error) {
        refuse(op, "cannot be computed: " + std::string(error.what()));
    }
}

Tensor round_by(const Tensor &x, Target target) {
    return target == Target::P4 ? torch::round(x) : torch::floor(x + 0.5);
}

Tensor scale_of(const Tensor &x, Record *record) {
    Record *root = record->root();
    if (root->raw_scale) {
        return torch::full({1}, *root->raw_scale, x.options());
    }
    std::vector<double> values;
    for (int exponent : root->exponents) {
        values.push_back(std::ldexp(1.0, exponent));
    }
    Tensor scale = torch::tensor(values, torch::kDouble).to(x.scalar_type());
    if (values.size() > 1) {
        Ints shape(x.dim(), 1);
        shape[record->channel_axis >= 0 ? record->channel_axis : 0] = (int64_t)values.size();
        scale = scale.reshape(shape);
    }
    return scale;
}

Tensor quantize_values(const Tensor &x, Record *record, Target target) {
    return torch::clamp(round_by(x / scale_of(x, record), target), record->qmin(), record->qmax());
}

Tensor fake_quantize(const Tensor &x, Record *record, Target target) {
    return quantize_values(x, record, target) * scale_of(x, record);
}

void Executor::refresh() {
    m_order = m_graph.execution_order();
    m_quantized_params.clear();
}

Values Executor::run(const Values &feed, const RunOptions &options) {
    torch::NoGradGuard no_grad;
    const std::vector<Op *> &order = options.only ? *options.only : m_order;
    auto enabled = [&](const Op *op, Record *record) {
        return op->quantized && record && record->applied() && record->has_scale() &&
               (!options.enabled || options.enabled(op, record));
    };
    auto wide = [&](const Op *op, const Tensor &x) {
        // A Relu or Clip rounds what the operator before it leaves as a sum.
        const bool rounds = op->type == "Relu" || op->type == "Clip";
        const bool mean = op->type == "AveragePool" || op->type == "GlobalAveragePool";
        const bool sums = mean || (op->computing() && op->type != "LSTM");
        return op->high_precision ||
               (options.exact && op->quantized && (sums || (rounds && x.scalar_type() == torch::kDouble)));
    };
    std::map<const Var *, int> left;
    for (Op *op : order) {
        for (Var *var : op->inputs) {
            left[var]++;
        }
    }
    Values values = feed;
    for (Op *op : order) {
        std::vector<Tensor> raw(op->inputs.size()), inputs(op->inputs.size());
        for (size_t i = 0; i < op->inputs.size(); i++) {
            Var *var = op->inputs[i];
            if (!var) {
                continue;
            }
            Record *record = i < op->in.size() ? op->in[i] : nullptr;
            if (!var->is_param) {
                auto value = values.find(var);
                if (value == values.end()) {
                    throw Error("tensor '" + var->name + "' has no value when node '" + op->name + "' runs");
                }
                raw[i] = value->second;
            } else {
                raw[i] = var->original.defined() && !enabled(op, record) ? var->original : var->value;
            }
            const bool floating = raw[i].is_floating_point();
            if (floating && wide(op, raw[0])) {
                raw[i] = raw[i].to(torch::kDouble);
            } else if (raw[i].scalar_type() == torch::kDouble) {
                raw[i] = raw[i].to(torch::kFloat);
            }
            inputs[i] = raw[i];
            if (floating && enabled(op, record)) {
                if (var->is_param) {
                    Tensor &cached = m_quantized_params[{var, record}];
                    if (!cached.defined() || cached.scalar_type() != raw[i].scalar_type()) {
                        // Rounded in the type that they are exported from.
                        const Tensor exported = op->high_precision ? raw[i] : raw[i].to(torch::kFloat);
                        cached = fake_quantize(exported, record, m_target).to(raw[i].scalar_type());
                    }
                    inputs[i] = cached;
                } else {
                    inputs[i] = fake_quantize(raw[i], record, m_target);
                }
            }
        }
        Record *first = !op->out.empty() && enabled(op, op->out[0]) ? op->out[0] : nullptr;
        std::vector<Tensor> outputs = run_op(*op, inputs, first, m_target);
        if (outputs.size() < op->outputs.size()) {
            throw Error("node '" + op->name + "' (" + op->type + ") has " + std::to_string(op->outputs.size()) +
                        " outputs, it computes " + std::to_string(outputs.size()));
        }
        if (options.observe) {
            options.observe(op, raw, outputs);
        }
        for (size_t i = 0; i < op->outputs.size(); i++) {
            if (!op->outputs[i]) {
                continue;
            }
            Record *record = i < op->out.size() ? op->out[i] : nullptr;
            values[op->outputs[i]] = outputs[i].is_floating_point() && enabled(op, record)
                                         ? fake_quantize(outputs[i], record, m_target)
                                         : outputs[i];
        }
        if (!options.keep_all) {
            for (Var *var : op->inputs) {
                if (var && --left[var] == 0 && !m_graph.is_output(var)) {
                    values.erase(var);
                }
            }
        }
    }
    return values;
}

void Executor::trace(const Values &feed) {
    RunOptions options;
    options.keep_all = true;
    options.enabled = [](const Op *, Record *) { return false; };
    for (auto &[var, value] : run(feed, options)) {
        if (value.numel() == 0) {
            throw Error((var->source ? "node '" + var->source->name + "' (" + var->source->type + "): its output '"
                                     : "tensor '") +
                        var->name + "' has no elements");
        }
        const_cast<Var *>(var)->shape = value.sizes().vec();
        const_cast<Var *>(var)->dtype = value.scalar_type();
    }
}

}  // namespace quantize
