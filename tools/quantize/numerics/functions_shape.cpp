// What moves, selects and makes elements.

#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

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
            Ints torch_pads(static_cast<size_t>(x.dim() - axis) * 2, 0);
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

Ints reshape_target(const Op &op, const Inputs &in) {
    Ints shape = ints(need(op, in, 1));
    for (size_t i = 0; i < shape.size(); i++) {
        if (shape[i] == 0 && !op.get<int64_t>("allowzero", 0)) {
            shape[i] = in[0].size(static_cast<int64_t>(i));
        }
    }
    return shape;
}

}  // namespace

Functions shape_functions() {
    return {
        {"Concat", [](const Op &op, const Inputs &in) { return Inputs{torch::cat(in, op.get<int64_t>("axis", 0))}; }},
        {"Split",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t axis = op.get<int64_t>("axis", 0);
             const auto sizes = list(op, in, 1, "split");
             if (sizes) {
                 return torch::split_with_sizes(x, *sizes, axis);
             }
             const int64_t n = static_cast<int64_t>(op.outputs.size()), each = (x.size(axis) + n - 1) / n;
             return torch::split(x, each, axis);
         }},
        {"Slice", [](const Op &op, const Inputs &in) { return Inputs{slice(op, in)}; }},
        {"Pad", [](const Op &op, const Inputs &in) { return Inputs{pad(op, in)}; }},
        {"Gather",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0), index = need(op, in, 1).to(torch::kLong);
             int64_t axis = op.get<int64_t>("axis", 0);
             axis += axis < 0 ? x.dim() : 0;
             const Tensor flat = torch::where(index < 0, index + x.size(axis), index).flatten();
             Ints shape(x.sizes().begin(), x.sizes().begin() + axis);
             shape.insert(shape.end(), index.sizes().begin(), index.sizes().end());
             shape.insert(shape.end(), x.sizes().begin() + axis + 1, x.sizes().end());
             return Inputs{x.index_select(axis, flat).reshape(shape)};
         }},
        {"Transpose",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             Ints perm = op.get<Ints>("perm", {});
             if (perm.empty()) {
                 perm = all_axes(x);
                 std::reverse(perm.begin(), perm.end());
             }
             return Inputs{x.permute(perm)};
         }},
        {"Einsum",
         [](const Op &op, const Inputs &in) {
             for (size_t i = 0; i < std::max<size_t>(1, in.size()); i++) {
                 need(op, in, i);
             }
             return Inputs{torch::einsum(op.get<std::string>("equation", ""), in)};
         }},
        {"Reshape",
         [](const Op &op, const Inputs &in) { return Inputs{need(op, in, 0).reshape(reshape_target(op, in))}; }},
        {"Flatten",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             int64_t axis = op.get<int64_t>("axis", 1), rows = 1;
             axis += axis < 0 ? x.dim() : 0;
             for (int64_t i = 0; i < axis; i++) {
                 rows *= x.size(i);
             }
             return Inputs{x.reshape({rows, -1})};
         }},
        {"Squeeze",
         [](const Op &op, const Inputs &in) {
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
        {"Unsqueeze",
         [](const Op &op, const Inputs &in) {
             Tensor y = need(op, in, 0);
             Ints axes = list(op, in, 1, "axes").value_or(Ints());
             for (int64_t &axis : axes) {
                 axis += axis < 0 ? y.dim() + static_cast<int64_t>(axes.size()) : 0;
             }
             std::sort(axes.begin(), axes.end());
             for (int64_t axis : axes) {
                 y = y.unsqueeze(axis);
             }
             return Inputs{y};
         }},
        {"Expand",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             return Inputs{x * torch::ones(ints(need(op, in, 1)), x.options())};
         }},
        {"Tile", [](const Op &op, const Inputs &in) { return Inputs{need(op, in, 0).repeat(ints(need(op, in, 1)))}; }},
        {"Cast",
         [](const Op &op, const Inputs &in) {
             static const std::map<int64_t, torch::ScalarType> types = {
                 {1, torch::kFloat}, {2, torch::kByte}, {3, torch::kChar},   {5, torch::kShort}, {6, torch::kInt},
                 {7, torch::kLong},  {9, torch::kBool}, {10, torch::kFloat}, {11, torch::kFloat}};
             auto type = types.find(op.get<int64_t>("to", 1));
             if (type == types.end()) {
                 refuse(op, "cast to ONNX type " + std::to_string(op.get<int64_t>("to", 1)));
             }
             return Inputs{need(op, in, 0).to(type->second)};
         }},
        {"Shape", [](const Op &op,
                     const Inputs &in) { return Inputs{torch::tensor(need(op, in, 0).sizes().vec(), torch::kLong)}; }},
        {"ConstantOfShape",
         [](const Op &op, const Inputs &in) {
             const Tensor value = op.get<Tensor>("value", torch::zeros({1}));
             return Inputs{torch::ones(ints(need(op, in, 0)), value.options()) * value};
         }},
        {"Range",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::arange(need(op, in, 0).item(), need(op, in, 1).item(), need(op, in, 2).item(),
                                         in[0].options())};
         }},
        {"DepthToSpace",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t b = op.get<int64_t>("blocksize", 1), c = x.size(1) / (b * b), h = x.size(2), w = x.size(3);
             if (op.get<std::string>("mode", "DCR") == "CRD") {
                 return Inputs{x.reshape({x.size(0), c, b, b, h, w})
                                   .permute({0, 1, 4, 2, 5, 3})
                                   .reshape({x.size(0), c, h * b, w * b})};
             }
             return Inputs{x.reshape({x.size(0), b, b, c, h, w})
                               .permute({0, 3, 4, 1, 5, 2})
                               .reshape({x.size(0), c, h * b, w * b})};
         }},
        {"SpaceToDepth",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t b = op.get<int64_t>("blocksize", 1), c = x.size(1), h = x.size(2) / b, w = x.size(3) / b;
             return Inputs{x.reshape({x.size(0), c, h, b, w, b})
                               .permute({0, 3, 5, 1, 2, 4})
                               .reshape({x.size(0), c * b * b, h, w})};
         }},
        {"ReverseSequence", [](const Op &op, const Inputs &in) { return Inputs{reverse_sequence(op, in)}; }},
        {"ScatterND", [](const Op &op, const Inputs &in) { return Inputs{scatter_nd(op, in)}; }},
    };
}

}  // namespace quantize
