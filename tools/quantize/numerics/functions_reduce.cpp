#include "numerics/functions.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

/** Axes of a reduction; nothing: none is reduced. */
std::optional<Ints> reduced_axes(const Op &op, const Inputs &in) {
    const Tensor &x = need(op, in, 0);
    const Ints axes = list(op, in, 1, "axes").value_or(Ints());
    if (axes.empty()) {
        return op.get<int64_t>("noop_with_empty_axes", 0) ? std::nullopt : std::optional<Ints>(all_axes(x));
    }
    return axes;
}

using Reduction = Tensor (*)(const Tensor &x, const Ints &axes, bool keep);

Tensor product(const Tensor &x, const Ints &axes, bool keep) {
    Ints places = axes;
    for (int64_t &axis : places) {
        axis += axis < 0 ? x.dim() : 0;
    }
    std::sort(places.rbegin(), places.rend());
    Tensor y = x;
    for (int64_t axis : places) {
        y = y.prod(axis, keep);
    }
    return y;
}

Function reduction(Reduction reduce) {
    return [reduce](const Op &op, const Inputs &in) {
        const std::optional<Ints> axes = reduced_axes(op, in);
        return Inputs{axes ? reduce(in[0], *axes, op.get<int64_t>("keepdims", 1) != 0) : in[0]};
    };
}

}  // namespace

Functions reductions() {
    return {
        {"ReduceL1", reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.abs().sum(axes, keep); })},
        {"ReduceL2",
         reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.square().sum(axes, keep).sqrt(); })},
        {"ReduceLogSum",
         reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.sum(axes, keep).log(); })},
        {"ReduceLogSumExp",
         reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.logsumexp(axes, keep); })},
        {"ReduceMax", reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.amax(axes, keep); })},
        {"ReduceMean", reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.mean(axes, keep); })},
        {"ReduceMin", reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.amin(axes, keep); })},
        {"ReduceProd", reduction(product)},
        {"ReduceSum", reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.sum(axes, keep); })},
        {"ReduceSumSquare",
         reduction([](const Tensor &x, const Ints &axes, bool keep) { return x.square().sum(axes, keep); })},
    };
}

}  // namespace quantize
