#include "passes/trained.hpp"

#include <algorithm>
#include <cmath>

#include "numerics/rounding.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr double BETA_1 = 0.9, BETA_2 = 0.999, EPSILON = 1e-8;  // of Adam
constexpr double SHARE = 0.3;                                   // of the rate before, when it begins again
constexpr double STRETCH = 0.1;                                 // of roundings beyond 0 and 1
constexpr double ROUNDING_RATE = 20;                            // step of roundings, relative to that of weights
constexpr double DECIDED = 0.01;                                // distance from 0 or 1
constexpr size_t HELD_OUT = 4;                                  // one of so many samples

bool is_bias(const Op &op, size_t input) {
    return op.is(operators::WEIGHTED) && input == 2;
}

/** How far up a weight is rounded: 0 to 1. */
Tensor share_up(const Tensor &up) {
    return torch::clamp(torch::sigmoid(up) * (1 + 2 * STRETCH) - STRETCH, 0, 1);
}

void set_param(Var *var, const Tensor &value) {
    if (!var->original.defined()) {
        var->original = var->value;
    }
    var->value = value.detach().clone();
}

}  // namespace

void Trained::step(double share) {
    torch::NoGradGuard no_grad;
    const Tensor gradient = value.grad();
    if (!gradient.defined()) {
        return;
    }
    value.mutable_grad() = Tensor();
    if (!torch::isfinite(gradient).all().item<bool>()) {
        return;
    }
    if (!mean.defined()) {
        mean = torch::zeros_like(value);
        square = torch::zeros_like(value);
    }
    steps++;
    mean.mul_(BETA_1).add_(gradient, 1 - BETA_1);
    square.mul_(BETA_2).addcmul_(gradient, gradient, 1 - BETA_2);
    const Tensor way =
        (mean / (1 - std::pow(BETA_1, steps))) / ((square / (1 - std::pow(BETA_2, steps))).sqrt() + EPSILON);
    value.sub_(way, rate * share);
}

void Trained::begin_again() {
    rate *= SHARE;
    mean = square = Tensor();
    steps = 0;
}

TrainedOps::TrainedOps(const std::vector<Op *> &ops, const Settings &settings, TrainedScales scales, bool rounded,
                       const std::set<const Record *> &fixed)
    : m_settings(settings), m_trained_scales(scales), m_ops(ops) {
    for (Op *op : ops) {
        for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
            Var *var = op->inputs[i];
            if (op->in[i]->applied() && op->in[i]->has_scale()) {
                const bool kept = fixed.count(op->in[i]->root()) || (rounded && var && var->is_param);
                add_scale(op->in[i]->root(), !kept);
            }
            const bool weight = var && var->is_param && var->value.is_floating_point() && op->in[i]->has_scale() &&
                                op->type != "Clip" && op->type != "Pad";
            if (weight && rounded && !is_bias(*op, i)) {
                add_rounding(var, op->in[i]);
            } else if (weight) {
                add_weight(var);
            }
        }
        for (size_t i = 0; op->quantized && i < op->out.size(); i++) {
            if (op->out[i]->applied() && op->out[i]->has_scale()) {
                add_scale(op->out[i]->root(), !fixed.count(op->out[i]->root()));
            }
        }
    }
}

void TrainedOps::add_scale(Record *root, bool trained) {
    if (m_scales.count(root)) {
        return;
    }
    const std::vector<double> exponents(root->exponents.begin(), root->exponents.end());
    Trained scale;
    scale.value = torch::tensor(exponents, torch::kDouble).to(torch::kFloat);
    scale.rate = m_settings.training.scale_rate;
    if (m_trained_scales == TrainedScales::STEPS) {
        scale.value = torch::exp2(scale.value);
        scale.rate *= scale.value.min().item<double>();
    }
    scale.value.set_requires_grad(trained && !root->given && root->state == State::ACTIVATED);
    m_scales[root] = scale;
    m_scale_order.push_back(root);
}

/** The step is a share of what the weights are, whose sizes differ by layer. */
void TrainedOps::add_weight(Var *var) {
    if (m_weights.count(var)) {
        return;
    }
    Trained weight;
    weight.value = var->value.to(torch::kFloat).detach().clone();
    weight.rate = m_settings.training.rate * std::max(weight.value.abs().mean().item<double>(), 1e-8);
    weight.value.set_requires_grad(true);
    m_weights[var] = weight;
    m_weight_order.push_back(var);
}

/** Whether a weight is rounded up begins as near to the weight as can be. */
void TrainedOps::add_rounding(Var *var, Record *record) {
    if (m_roundings.count(var) || !record->applied()) {
        return;
    }
    Rounding rounding;
    const Tensor value = var->value.to(torch::kFloat).detach();
    rounding.scale = scale_of(value, record).to(torch::kFloat);
    const Tensor ratio = torch::clamp(value / rounding.scale, record->qmin(), record->qmax());
    rounding.low = torch::clamp(torch::floor(ratio), record->qmin(), record->qmax() - 1);
    const Tensor share = (ratio - rounding.low + STRETCH) / (1 + 2 * STRETCH);
    rounding.up.value = torch::log(share / (1 - share));
    rounding.up.rate = m_settings.training.rate * ROUNDING_RATE;
    rounding.up.value.set_requires_grad(true);
    m_roundings[var] = rounding;
    m_rounding_order.push_back(var);
}

/** Powers of two, with the gradient of what is trained. */
Tensor TrainedOps::scale_of_trained(const Tensor &value) const {
    return m_trained_scales == TrainedScales::STEPS ? scale_of_step(value) : scale_of_exponent(value);
}

Tensor TrainedOps::quantized(const Tensor &x, Record *record) const {
    return quantize_trained(x, scale_of_trained(m_scales.at(record->root()).value), record, m_settings.target);
}

/** A bias is left in float: it is finer than what it is added to. */
std::vector<Tensor> TrainedOps::inputs_of(const Op &op, const std::map<const Var *, Tensor> &values) const {
    std::vector<Tensor> inputs;
    for (size_t i = 0; i < op.inputs.size(); i++) {
        const Var *var = op.inputs[i];
        if (!var) {
            inputs.emplace_back();
            continue;
        }
        const auto weight = m_weights.find(var);
        const auto rounding = m_roundings.find(var);
        if (rounding != m_roundings.end()) {
            inputs.push_back((rounding->second.low + share_up(rounding->second.up.value)) * rounding->second.scale);
            continue;
        }
        Tensor value = weight != m_weights.end() ? weight->second.value : var->is_param ? var->value : values.at(var);
        Record *record = i < op.in.size() ? op.in[i] : nullptr;
        if (op.quantized && record && !is_bias(op, i) && record->applied() && record->has_scale() &&
            value.is_floating_point()) {
            value = quantized(value, record);
        }
        inputs.push_back(value);
    }
    return inputs;
}

std::map<const Var *, Tensor> TrainedOps::forward(const Values &feed) const {
    std::map<const Var *, Tensor> values(feed.begin(), feed.end());
    for (const Op *op : m_ops) {
        const std::vector<Tensor> outputs = run_op(*op, inputs_of(*op, values), nullptr, m_settings.target);
        for (size_t i = 0; i < op->outputs.size(); i++) {
            Record *record = i < op->out.size() ? op->out[i] : nullptr;
            const bool on =
                op->quantized && record && record->applied() && record->has_scale() && outputs[i].is_floating_point();
            if (op->outputs[i]) {
                values[op->outputs[i]] = on ? quantized(outputs[i], record) : outputs[i];
            }
        }
    }
    return values;
}

void TrainedOps::apply() const {
    torch::NoGradGuard no_grad;
    for (Record *root : m_scale_order) {
        const Tensor scale = scale_of_trained(m_scales.at(root).value);
        for (size_t i = 0; i < root->exponents.size(); i++) {
            root->exponents[i] = std::ilogb(scale[static_cast<int64_t>(i)].item<double>());
        }
    }
    for (Var *var : m_weight_order) {
        set_param(var, m_weights.at(var).value);
    }
    for (Var *var : m_rounding_order) {
        const Rounding &rounding = m_roundings.at(var);
        set_param(var, (rounding.low + (rounding.up.value >= 0).to(torch::kFloat)) * rounding.scale);
    }
}

std::vector<Trained *> TrainedOps::scales() {
    std::vector<Trained *> all;
    std::transform(m_scale_order.begin(), m_scale_order.end(), std::back_inserter(all),
                   [this](const Record *root) { return &m_scales.at(root); });
    return all;
}

std::vector<Trained *> TrainedOps::weights() {
    std::vector<Trained *> all;
    std::transform(m_weight_order.begin(), m_weight_order.end(), std::back_inserter(all),
                   [this](const Var *var) { return &m_weights.at(var); });
    std::transform(m_rounding_order.begin(), m_rounding_order.end(), std::back_inserter(all),
                   [this](const Var *var) { return &m_roundings.at(var).up; });
    return all;
}

std::vector<Trained *> TrainedOps::all() {
    std::vector<Trained *> all = scales();
    const std::vector<Trained *> rest = weights();
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

bool TrainedOps::decided() const {
    torch::NoGradGuard no_grad;
    return std::all_of(m_roundings.begin(), m_roundings.end(), [](const auto &entry) {
        const Tensor up = share_up(entry.second.up.value);
        return torch::minimum(up, 1 - up).max().template item<double>() < DECIDED;
    });
}

/** Nagel et al., equation 24. */
Tensor TrainedOps::indecision(double beta) const {
    Tensor sum = torch::zeros({1});
    int64_t count = 0;
    for (const Var *var : m_rounding_order) {
        const Rounding &rounding = m_roundings.at(var);
        sum = sum + (1 - (2 * share_up(rounding.up.value) - 1).abs().pow(beta)).sum();
        count += rounding.low.numel();
    }
    return count > 0 ? sum / static_cast<double>(count) : sum;
}

std::vector<Var *> TrainedOps::params() const {
    std::vector<Var *> all = m_weight_order;
    all.insert(all.end(), m_rounding_order.begin(), m_rounding_order.end());
    return all;
}

SampleParts split_samples(size_t available, size_t most) {
    const size_t count = std::min(available, most);
    SampleParts parts;
    for (size_t i = 0; i < count; i++) {
        const size_t sample = i * available / count;
        const bool held = i % HELD_OUT == HELD_OUT - 1 || (count < HELD_OUT && i == count - 1);
        (held ? parts.held_out : parts.trained).push_back(sample);
    }
    if (parts.trained.empty()) {
        parts.trained = parts.held_out;
    }
    return parts;
}

}  // namespace quantize
