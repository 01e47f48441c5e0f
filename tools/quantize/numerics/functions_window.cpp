// Operators that look at windows of a picture or a sequence, and those that give it another size.

#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

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

/** The chunks of a stream put together: what is remembered before the first one are zeros. */
Tensor streaming_cache(const Op &op, const Tensor &x) {
    const int64_t window = op.get<int64_t>("window_size", 1), axis = op.get<int64_t>("frame_axis", 1);
    if (window < 1 || window > INT32_MAX || axis < 0 || axis >= x.dim()) {
        refuse(op, "window_size or frame_axis does not suit the input");
    }
    Ints pads(2 * x.dim(), 0);
    pads[2 * (x.dim() - 1 - axis)] = window - 1;
    return torch::constant_pad_nd(x, pads, 0);
}

/** Windows count the values that they hold, not the padding. */
Tensor average_of_values(const Tensor &x, const Tensor &padded, const Ints &kernel, const Ints &strides,
                         const Ints &pads, bool ceil_mode) {
    const Tensor there = pad_spatial(torch::ones_like(x), pads, 0.0);
    auto mean = [&](const Tensor &values) {
        return kernel.size() == 1 ? torch::avg_pool1d(values, kernel, strides, Ints(1, 0), ceil_mode)
                                  : torch::avg_pool2d(values, kernel, strides, Ints(2, 0), ceil_mode);
    };
    return mean(padded) / mean(there);
}

Tensor pool(const Op &op, const Tensor &x, bool maximum) {
    const Ints kernel = op.get<Ints>("kernel_shape", {});
    const size_t n = kernel.size();
    const Ints strides = op.get<Ints>("strides", Ints(n, 1)), dilations = op.get<Ints>("dilations", Ints(n, 1));
    const bool ceil_mode = op.get<int64_t>("ceil_mode", 0) != 0;
    // The reference pads sequences with zeros, which the chip does not.
    const bool lowest = maximum && (n == 2 || !op.counts_padding);
    const Tensor padded = pad_spatial(x, spatial_pads(op, x, kernel, strides, dilations), lowest ? -INFINITY : 0.0);
    if (!maximum && !op.counts_padding && !op.get<int64_t>("count_include_pad", 0) && padded.sizes() != x.sizes()) {
        return average_of_values(x, padded, kernel, strides, spatial_pads(op, x, kernel, strides, dilations),
                                 ceil_mode);
    }
    if (maximum) {
        return n == 1 ? torch::max_pool1d(padded, kernel, strides, Ints(1, 0), dilations, ceil_mode)
                      : torch::max_pool2d(padded, kernel, strides, Ints(2, 0), dilations, ceil_mode);
    }
    return n == 1 ? torch::avg_pool1d(padded, kernel, strides, Ints(1, 0), ceil_mode)
                  : torch::avg_pool2d(padded, kernel, strides, Ints(2, 0), ceil_mode);
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
            sizes.push_back(static_cast<int64_t>(std::floor(static_cast<double>(x.size(2 + i)) * scales.back())));
        }
    } else if (given(in, 3)) {
        const Ints all = ints(in[3]);
        for (size_t i = 0; i < n; i++) {
            sizes.push_back(all.at(all.size() - n + i));
            scales.push_back(static_cast<double>(sizes.back()) / static_cast<double>(x.size(2 + i)));
        }
    } else {
        refuse(op, "neither scales nor sizes are given");
    }
    Tensor y = x;
    if (mode == "nearest") {
        for (size_t i = 0; i < n; i++) {
            Ints index;
            for (int64_t at = 0; at < sizes[i]; at++) {
                index.push_back(std::min<int64_t>(
                    x.size(2 + i) - 1, static_cast<int64_t>(std::floor(static_cast<double>(at) / scales[i]))));
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

}  // namespace

Functions window_functions() {
    return {
        {"Conv", [](const Op &op, const Inputs &in) { return Inputs{conv(op, in)}; }},
        {"ConvTranspose", [](const Op &op, const Inputs &in) { return Inputs{conv_transpose(op, in)}; }},
        {"InsertZeros", [](const Op &op, const Inputs &in) { return Inputs{insert_zeros(op, need(op, in, 0))}; }},
        {"MaxPool", [](const Op &op, const Inputs &in) { return Inputs{pool(op, need(op, in, 0), true)}; }},
        {"AveragePool", [](const Op &op, const Inputs &in) { return Inputs{pool(op, need(op, in, 0), false)}; }},
        {"GlobalAveragePool",
         [](const Op &op, const Inputs &in) {
             Ints axes = all_axes(need(op, in, 0));
             axes.erase(axes.begin(), axes.begin() + 2);
             return Inputs{in[0].mean(axes, true)};
         }},
        {"GlobalMaxPool",
         [](const Op &op, const Inputs &in) {
             Ints axes = all_axes(need(op, in, 0));
             axes.erase(axes.begin(), axes.begin() + 2);
             return Inputs{in[0].amax(axes, true)};
         }},
        {"StreamingCache", [](const Op &op, const Inputs &in) { return Inputs{streaming_cache(op, need(op, in, 0))}; }},
        {"Resize", [](const Op &op, const Inputs &in) { return Inputs{resize(op, in)}; }},
    };
}

}  // namespace quantize
