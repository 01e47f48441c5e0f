#include "numerics/rounding.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

namespace quantize {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr double LEAST_STEP = 0x1p-40;

/**
 * clip(round(x / scale)) * scale in one node of the derivation, as training spends most of its time here. The scale's
 * gradient is Esser et al.'s equation 3: the error of rounding within the range, the limit beyond it.
 */
class Rounded : public torch::autograd::Function<Rounded> {
public:
    static Tensor forward(AutogradContext *context, const Tensor &x, const Tensor &scale, double least, double most,
                          Target target) {
        const Tensor ratio = x / scale;
        const Tensor rounded = round_by(ratio, target);
        const Tensor limited = torch::clamp(rounded, least, most);
        Tensor slope;
        if (x.requires_grad() || scale.requires_grad()) {
            const Tensor inside = limited == rounded;
            slope = scale.requires_grad() ? torch::where(inside, rounded - ratio, limited) : Tensor();
            context->save_for_backward({inside, slope, scale});
        }
        return limited * scale;
    }
    static tensor_list backward(AutogradContext *context, tensor_list gradients) {
        const tensor_list saved = context->get_saved_variables();
        const Tensor &gradient = gradients[0], &inside = saved[0], &slope = saved[1], &scale = saved[2];
        return {gradient * inside, slope.defined() ? (gradient * slope).sum_to_size(scale.sizes()) : Tensor(), Tensor(),
                Tensor(), Tensor()};
    }
};

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

Tensor scale_of_exponent(const Tensor &a) {
    return torch::exp2(straight_through(a, torch::floor(a + 0.5)));
}

Tensor scale_of_step(const Tensor &step) {
    // A step that the gradient has taken below zero is as small as one can be.
    const Tensor exponent = torch::floor(torch::log2(torch::clamp_min(step.detach(), LEAST_STEP)) + 0.5);
    return straight_through(step, torch::exp2(exponent));
}

Tensor quantize_trained(const Tensor &x, const Tensor &scale, Record *record, Target target) {
    std::vector<int64_t> shape(scale.numel() > 1 ? static_cast<size_t>(x.dim()) : 1, 1);
    if (scale.numel() > 1) {
        shape[record->channel_axis >= 0 ? record->channel_axis : 0] = scale.numel();
    }
    return Rounded::apply(x, scale.reshape(shape), record->qmin(), record->qmax(), target);
}

Tensor fake_quantize(const Tensor &x, Record *record, Target target) {
    return quantize_values(x, record, target) * scale_of(x, record);
}

}  // namespace quantize
