// Along an axis.

#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

}  // namespace

Functions normalization_functions() {
    return {
        {"Softmax",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::softmax(need(op, in, 0), op.get<int64_t>("axis", -1))};
         }},
        {"LogSoftmax",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::log_softmax(need(op, in, 0), op.get<int64_t>("axis", -1))};
         }},
        {"LayerNormalization",
         [](const Op &op, const Inputs &in) {
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
        {"RMSNormalization",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             int64_t axis = op.get<int64_t>("axis", -1);
             Ints axes;
             for (int64_t i = axis < 0 ? axis + x.dim() : axis; i < x.dim(); i++) {
                 axes.push_back(i);
             }
             const Tensor rms = (x.square().mean(axes, true) + op.get<double>("epsilon", 1e-5)).sqrt();
             return Inputs{x / rms * need(op, in, 1)};
         }},
        {"LpNormalization",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const Tensor norm =
                 x.norm(static_cast<double>(op.get<int64_t>("p", 2)), {op.get<int64_t>("axis", -1)}, true);
             return Inputs{x / norm.clamp_min(1e-12)};
         }},
        {"InstanceNormalization",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::instance_norm(need(op, in, 0), need(op, in, 1), need(op, in, 2), Tensor(), Tensor(),
                                                true, 0.1, op.get<double>("epsilon", 1e-5), false)};
         }},
        {"GroupNormalization",
         [](const Op &op, const Inputs &in) {
             const Tensor &x = need(op, in, 0);
             const int64_t channels = x.size(1), groups = op.get<int64_t>("num_groups", 0);
             if (groups < 1 || channels % groups) {
                 refuse(op, std::to_string(groups) + " groups do not divide " + std::to_string(channels) + " channels");
             }
             // Before operator set 21 there is one scale for each group.
             auto for_channels = [&](const Tensor &value) {
                 return value.numel() > 0 ? value.flatten().repeat_interleave(channels / value.numel()) : value;
             };
             return Inputs{torch::group_norm(x, groups, for_channels(need(op, in, 1)), for_channels(need(op, in, 2)),
                                             op.get<double>("epsilon", 1e-5), false)};
         }},
        {"BatchNormalization",
         [](const Op &op, const Inputs &in) {
             return Inputs{torch::batch_norm(need(op, in, 0), need(op, in, 1), need(op, in, 2), need(op, in, 3),
                                             need(op, in, 4), false, 0.1, op.get<double>("epsilon", 1e-5), false)};
         }},
    };
}

}  // namespace quantize
