#include "numerics/rounding.hpp"

#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;

}  // namespace

Tensor round_by(const Tensor &x, Target target) {
    return target == Target::P4 ? torch::round(x) : torch::floor(x + 0.5);
}

Tensor straight_through(const Tensor &x, const Tensor &value) {
    return x.requires_grad() ? value.detach() + (x - x.detach()) : value;
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
        std::vector<int64_t> shape(x.dim(), 1);
        shape[record->channel_axis >= 0 ? record->channel_axis : 0] = static_cast<int64_t>(values.size());
        scale = scale.reshape(shape);
    }
    return scale;
}

Tensor quantize_values(const Tensor &x, Record *record, Target target) {
    const Tensor limited = torch::clamp(round_by(x / scale_of(x, record), target), record->qmin(), record->qmax());
    return torch::nan_to_num(limited, 0.0);  // the chip makes 0 of NaN
}

Tensor quantize_trained(const Tensor &x, const Tensor &a, Record *record, Target target) {
    Tensor scale = torch::exp2(straight_through(a, torch::floor(a + 0.5)));
    if (a.numel() > 1) {
        std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
        shape[record->channel_axis >= 0 ? record->channel_axis : 0] = a.numel();
        scale = scale.reshape(shape);
    }
    const Tensor ratio = x / scale;
    return torch::clamp(straight_through(ratio, round_by(ratio, target)), record->qmin(), record->qmax()) * scale;
}

Tensor fake_quantize(const Tensor &x, Record *record, Target target) {
    return quantize_values(x, record, target) * scale_of(x, record);
}

}  // namespace quantize
