// Thresholds and weights trained against the float network's outputs: TQT and LSQ.

#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "numerics/rounding.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr int MOST_KEPT_SAMPLES = 64;  // whose float outputs are kept
constexpr int LOOKS = 20;              // at how the quantized network does, over the whole training
constexpr int PATIENCE = 3;    // looks without a better result, before it goes on from the best in smaller steps
constexpr int SMALLER = 3;     // times
constexpr double SHARE = 0.3;  // of the step before
constexpr double BETA_1 = 0.9, BETA_2 = 0.999, EPSILON = 1e-8;

/** The value of f(x) with the gradient of x: the straight-through estimator. */
Tensor straight_through(const Tensor &x, const Tensor &value) {
    return x + (value - x).detach();
}

/** One trained tensor, and what Adam remembers of it. */
struct Trained {
    Tensor value, mean, square;
    double rate;
    int steps = 0;

    void step() {
        torch::NoGradGuard no_grad;
        const Tensor gradient = value.grad();
        if (!gradient.defined() || !torch::isfinite(gradient).all().item<bool>()) {
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
        value.sub_(way, rate);
        value.mutable_grad() = Tensor();
    }
    void begin_again() {
        rate *= SHARE;
        mean = square = Tensor();
        steps = 0;
    }
};

}  // namespace

/**
 * Scales are 2^round(a), of which a is trained; round() and the rounding of values pass gradients straight through, and
 * clipping passes them inside its range only. So derived, a's gradient is that of Jain et al., "Trained Quantization
 * Thresholds" (2020), section 3.3.
 */
class Quantizer::Training {
public:
    explicit Training(Quantizer &quantizer)
        : m_quantizer(quantizer), m_graph(quantizer.m_graph), m_target(quantizer.m_settings.target) {
        const bool scales = quantizer.m_settings.training.method == "tqt";
        for (const auto &op : m_graph.ops) {
            for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
                Var *var = op->inputs[i];
                if (op->in[i]->applied() && op->in[i]->has_scale()) {
                    add_scale(op->in[i]->root(), scales);
                }
                const bool weight = var && var->is_param && var->value.is_floating_point() && op->in[i]->has_scale() &&
                                    op->type != "Clip" && op->type != "Pad";
                if (weight && !m_weights.count(var)) {
                    add_weight(var);
                }
            }
            for (size_t i = 0; op->quantized && i < op->out.size(); i++) {
                if (op->out[i]->applied() && op->out[i]->has_scale()) {
                    add_scale(op->out[i]->root(), scales);
                }
            }
        }
    }

    void run(const Samples &batches);

private:
    void add_scale(Record *root, bool trained) {
        if (m_scales.count(root)) {
            return;
        }
        const std::vector<double> exponents(root->exponents.begin(), root->exponents.end());
        Trained scale;
        scale.value = torch::tensor(exponents, torch::kDouble).to(torch::kFloat);
        scale.rate = m_quantizer.m_settings.training.scale_rate;
        scale.value.set_requires_grad(trained && root->state == State::ACTIVATED);
        m_scales[root] = scale;
    }

    /** The step is a share of what the weights are, whose sizes differ by layer. */
    void add_weight(Var *var) {
        Trained weight;
        weight.value = var->value.to(torch::kFloat).detach().clone();
        const double size = weight.value.abs().mean().item<double>();
        weight.rate = m_quantizer.m_settings.training.rate * std::max(size, 1e-8);
        weight.value.set_requires_grad(true);
        m_weights[var] = weight;
    }

    Tensor quantized(const Tensor &x, Record *record) {
        const Tensor &a = m_scales.at(record->root()).value;
        Tensor scale = torch::exp2(straight_through(a, torch::floor(a + 0.5).detach()));
        if (a.numel() > 1) {
            std::vector<int64_t> shape((size_t)x.dim(), 1);
            shape[record->channel_axis >= 0 ? record->channel_axis : 0] = a.numel();
            scale = scale.reshape(shape);
        }
        const Tensor ratio = x / scale;
        return torch::clamp(straight_through(ratio, round_by(ratio, m_target)), record->qmin(), record->qmax()) * scale;
    }

    /** As the executor's run, with gradients. A bias is left in float: it is finer than what it is added to. */
    std::map<const Var *, Tensor> forward(const Values &feed) {
        std::map<const Var *, Tensor> values(feed.begin(), feed.end());
        for (Op *op : m_order) {
            std::vector<Tensor> inputs;
            for (size_t i = 0; i < op->inputs.size(); i++) {
                Var *var = op->inputs[i];
                Tensor value;
                if (var) {
                    auto weight = m_weights.find(var);
                    value = weight != m_weights.end() ? weight->second.value
                            : var->is_param           ? var->value
                                                      : values.at(var);
                }
                Record *record = i < op->in.size() ? op->in[i] : nullptr;
                const bool bias = op->is(operators::WEIGHTED) && i == 2;
                if (var && op->quantized && record && !bias && record->applied() && record->has_scale() &&
                    value.is_floating_point()) {
                    value = quantized(value, record);
                }
                inputs.push_back(value);
            }
            const std::vector<Tensor> outputs = run_op(*op, inputs, nullptr, m_target);
            for (size_t i = 0; i < op->outputs.size(); i++) {
                Record *record = i < op->out.size() ? op->out[i] : nullptr;
                const bool on = op->quantized && record && record->applied() && record->has_scale() &&
                                outputs[i].is_floating_point();
                if (op->outputs[i]) {
                    values[op->outputs[i]] = on ? quantized(outputs[i], record) : outputs[i];
                }
            }
        }
        return values;
    }

    /** Of each output, or of what a Softmax at the end reads: behind it hardly a gradient is left. */
    std::vector<const Var *> goals() const {
        std::vector<const Var *> vars;
        for (const Var *output : m_graph.outputs) {
            const Op *op = output->source;
            vars.push_back(op && op->is(operators::FLOAT_RESULT) ? op->inputs[0] : output);
        }
        return vars;
    }

    /** Brings what is trained into the graph: from then on the executor computes with it. */
    void apply() {
        torch::NoGradGuard no_grad;
        for (auto &[root, scale] : m_scales) {
            for (size_t i = 0; i < root->exponents.size(); i++) {
                root->exponents[i] = (int)std::floor(scale.value[(int64_t)i].item<double>() + 0.5);
            }
        }
        for (auto &[var, weight] : m_weights) {
            if (!var->original.defined()) {
                var->original = var->value;
            }
            var->value = weight.value.detach().clone();
        }
        m_quantizer.scale_biases();
        m_quantizer.m_executor->refresh();
    }

    struct Best {
        double db = -INFINITY;
        std::map<Record *, Tensor> scales;
        std::map<Var *, Tensor> weights;
    };
    void keep(Best &best, double db) const {
        best.db = db;
        for (const auto &[root, scale] : m_scales) {
            best.scales[root] = scale.value.detach().clone();
        }
        for (const auto &[var, weight] : m_weights) {
            best.weights[var] = weight.value.detach().clone();
        }
    }
    void take_back(const Best &best) {
        torch::NoGradGuard no_grad;
        for (const auto &[root, value] : best.scales) {
            m_scales.at(root).value.copy_(value);
        }
        for (const auto &[var, value] : best.weights) {
            m_weights.at(var).value.copy_(value);
        }
    }

    /** Go on from there, in smaller steps. */
    void begin_again(const Best &best) {
        take_back(best);
        for (auto &[root, scale] : m_scales) {
            scale.begin_again();
        }
        for (auto &[var, weight] : m_weights) {
            weight.begin_again();
        }
    }

    double measure();

    Quantizer &m_quantizer;
    Graph &m_graph;
    Target m_target;
    std::vector<Op *> m_order;
    std::map<Record *, Trained> m_scales;
    std::map<Var *, Trained> m_weights;
    std::vector<Values> m_feeds, m_wanted;
};

/** The quantized network as it stands. @return mean over the outputs of signal to noise, in dB */
double Quantizer::Training::measure() {
    std::map<const Var *, std::pair<double, double>> powers;
    for (size_t i = 0; i < m_feeds.size(); i++) {
        const Values noisy = m_quantizer.m_executor->run(m_feeds[i], RunOptions());
        for (const Var *output : m_graph.outputs) {
            const Tensor real = m_wanted[i].at(output).to(torch::kDouble);
            powers[output].first += real.square().sum().item<double>();
            powers[output].second += (real - noisy.at(output).to(torch::kDouble)).square().sum().item<double>();
        }
    }
    double sum = 0;
    for (const auto &[output, power] : powers) {
        sum += 10 * std::log10(std::max(power.first, 1e-30) / std::max(power.second, 1e-20 * power.first + 1e-30));
    }
    return sum / (double)std::max<size_t>(powers.size(), 1);
}

void Quantizer::Training::run(const Samples &batches) {
    const TrainingSettings &settings = m_quantizer.m_settings.training;
    m_order = m_graph.execution_order();
    RunOptions in_float;
    in_float.keep_all = true;
    in_float.enabled = [](const Op *, Record *) { return false; };
    const std::vector<const Var *> wanted = goals();
    std::map<const Var *, double> power;
    const size_t count = std::min<size_t>(batches.size(), MOST_KEPT_SAMPLES);
    for (size_t i = 0; i < count; i++) {
        m_feeds.push_back(m_quantizer.feed(batches[i * batches.size() / count]));
        const Values real = m_quantizer.m_executor->run(m_feeds.back(), in_float);
        m_wanted.emplace_back();
        for (const Var *output : m_graph.outputs) {
            m_wanted.back()[output] = real.at(output);
        }
        for (const Var *goal : wanted) {
            m_wanted.back()[goal] = real.at(goal);
            power[goal] += real.at(goal).to(torch::kDouble).square().mean().item<double>() / (double)count;
        }
    }
    Best best;
    keep(best, measure());
    const double before = best.db;
    std::mt19937 random(settings.seed);
    std::vector<size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    int looks_without = 0, again = 0, done = 0;
    const int between = std::max(1, settings.steps / LOOKS);
    for (; done < settings.steps && again <= SMALLER; done++) {
        m_quantizer.m_progress("training", (double)done / settings.steps);
        if (done % (int)count == 0) {
            std::shuffle(order.begin(), order.end(), random);
        }
        const size_t sample = order[(size_t)done % count];
        const auto values = forward(m_feeds[sample]);
        Tensor loss = torch::zeros({1});
        for (const Var *goal : wanted) {
            loss = loss + (values.at(goal) - m_wanted[sample].at(goal)).square().mean() / std::max(power[goal], 1e-20);
        }
        if (!loss.requires_grad()) {
            break;  // no layer that is trained reaches an output
        }
        loss.backward();
        for (auto &[root, scale] : m_scales) {
            scale.step();
        }
        for (auto &[var, weight] : m_weights) {
            weight.step();
        }
        if ((done + 1) % between == 0) {
            apply();
            const double db = measure();
            looks_without = db > best.db ? 0 : looks_without + 1;
            if (db > best.db) {
                keep(best, db);
            } else if (looks_without == PATIENCE) {
                begin_again(best);
                looks_without = 0;
                again++;
            }
        }
    }
    take_back(best);
    apply();
    char text[160];
    snprintf(text, sizeof(text), "training (%s): %d steps, %.1f dB before, %.1f dB after on the calibration set",
             settings.method.c_str(), done, before, best.db);
    m_quantizer.m_notes.push_back(text);
}

void Quantizer::train(const Samples &batches) {
    // The sums of gradients depend on the number of threads, and the bytes of a file must not.
    const int threads = torch::get_num_threads();
    torch::set_num_threads(1);
    Training(*this).run(batches);
    torch::set_num_threads(threads);
}

}  // namespace quantize
