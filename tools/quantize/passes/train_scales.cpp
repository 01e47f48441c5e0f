// Thresholds, weights and roundings trained against the float network: TQT, LSQ, AdaRound.

#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "numerics/output_noise.hpp"
#include "numerics/rounding.hpp"
#include "passes/blocks.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr size_t MOST_KEPT_SAMPLES = 64, LEAST_SAMPLES = 4;  // whose float outputs are kept
constexpr int64_t MOST_KEPT_ELEMENTS = INT64_C(1) << 27;     // of them
constexpr int BLOCK = 4;                                     // operators between tensors on the way that are compared
constexpr double INNER = 1;                                  // weight of all these, relative to an output's
constexpr double STRETCH = 0.1;                              // of roundings beyond 0 and 1
constexpr double WARM_UP = 0.2;                              // share of the steps before roundings have to decide
constexpr double ROUNDING_RATE = 20;                         // step of roundings, relative to that of weights
constexpr int LOOKS = 20;      // at how the quantized network does, over the whole training
constexpr int PATIENCE = 3;    // looks without a better result, before it goes on from the best in smaller steps
constexpr int SMALLER = 3;     // times
constexpr double SHARE = 0.3;  // of the step before
constexpr double BETA_1 = 0.9, BETA_2 = 0.999, EPSILON = 1e-8;

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
        const bool roundings = quantizer.m_settings.training.method == "adaround";
        for (const auto &op : m_graph.ops) {
            for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
                Var *var = op->inputs[i];
                if (op->in[i]->applied() && op->in[i]->has_scale()) {
                    add_scale(op->in[i]->root(), scales);
                }
                const bool weight = var && var->is_param && var->value.is_floating_point() && op->in[i]->has_scale() &&
                                    op->type != "Clip" && op->type != "Pad";
                const bool bias = op->is(operators::WEIGHTED) && i == 2;
                if (weight && roundings && !bias) {
                    add_rounding(var, op->in[i]);
                } else if (weight && !m_weights.count(var)) {
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

    /** Whether a weight is rounded up begins as near to the weight as can be. */
    void add_rounding(Var *var, Record *record) {
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
        rounding.up.rate = m_quantizer.m_settings.training.rate * ROUNDING_RATE;
        rounding.up.value.set_requires_grad(true);
        m_roundings[var] = rounding;
    }

    /** How far up a weight is rounded: 0 to 1. */
    static Tensor share_up(const Tensor &up) {
        return torch::clamp(torch::sigmoid(up) * (1 + 2 * STRETCH) - STRETCH, 0, 1);
    }

    /** Draws roundings to 0 and 1, more so towards the end: Nagel et al., "Up or Down?" (2020), equation 24. */
    Tensor indecision(double progress) const {
        Tensor sum = torch::zeros({1});
        if (m_roundings.empty() || progress < WARM_UP) {
            return sum;
        }
        const double beta = 2 + 18 * 0.5 * (1 + std::cos((progress - WARM_UP) / (1 - WARM_UP) * M_PI));
        int64_t count = 0;
        for (const auto &[var, rounding] : m_roundings) {
            sum = sum + (1 - (2 * share_up(rounding.up.value) - 1).abs().pow(beta)).sum();
            count += rounding.low.numel();
        }
        return sum / static_cast<double>(count);
    }

    Tensor quantized(const Tensor &x, Record *record) {
        return quantize_trained(x, m_scales.at(record->root()).value, record, m_target);
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
                    auto rounding = m_roundings.find(var);
                    if (rounding != m_roundings.end()) {
                        inputs.push_back((rounding->second.low + share_up(rounding->second.up.value)) *
                                         rounding->second.scale);
                        continue;
                    }
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
                root->exponents[i] =
                    static_cast<int>(std::floor(scale.value[static_cast<int64_t>(i)].item<double>() + 0.5));
            }
        }
        auto set = [](Var *var, const Tensor &value) {
            if (!var->original.defined()) {
                var->original = var->value;
            }
            var->value = value.clone();
        };
        for (auto &[var, weight] : m_weights) {
            set(var, weight.value.detach());
        }
        for (auto &[var, rounding] : m_roundings) {
            set(var, (rounding.low + (rounding.up.value.detach() >= 0).to(torch::kFloat)) * rounding.scale);
        }
        m_quantizer.scale_biases();
        m_quantizer.m_executor->refresh();
    }

    /** All that is trained. */
    std::vector<Trained *> trained() {
        std::vector<Trained *> all;
        for (auto &entry : m_scales) {
            all.push_back(&entry.second);
        }
        for (auto &entry : m_weights) {
            all.push_back(&entry.second);
        }
        for (auto &entry : m_roundings) {
            all.push_back(&entry.second.up);
        }
        return all;
    }

    struct Best {
        double db = -INFINITY;
        std::vector<Tensor> values;  ///< of trained()
    };
    void keep(Best &best, double db) {
        best = {db, {}};
        for (const Trained *one : trained()) {
            best.values.push_back(one->value.detach().clone());
        }
    }
    void take_back(const Best &best) {
        torch::NoGradGuard no_grad;
        size_t place = 0;
        for (Trained *one : trained()) {
            one->value.copy_(best.values[place++]);
        }
    }

    /** Go on from there, in smaller steps. */
    void begin_again(const Best &best) {
        take_back(best);
        for (Trained *one : trained()) {
            one->begin_again();
        }
    }

    Tensor loss(const Values &feed, const Values &wanted, double progress);
    void prepare(const Samples &batches);
    double measure();

    Quantizer &m_quantizer;
    Graph &m_graph;
    Target m_target;
    std::vector<Op *> m_order;
    std::map<Record *, Trained> m_scales;
    std::map<Var *, Trained> m_weights;
    /** A weight is (low, or one more) times its scale. */
    struct Rounding {
        Tensor low, scale;
        Trained up;  ///< rounded up if positive
    };
    std::map<Var *, Rounding> m_roundings;
    std::vector<Values> m_feeds, m_wanted;
    std::vector<const Var *> m_goals;       ///< what decides: the outputs
    std::vector<const Var *> m_inner;       ///< and tensors on the way there
    std::map<const Var *, double> m_power;  ///< of both
    double m_first_loss = 1;
};

/** The quantized network as it stands. @return mean over the outputs of signal to noise, in dB */
double Quantizer::Training::measure() {
    OutputNoise noise;
    for (size_t i = 0; i < m_feeds.size(); i++) {
        noise.add(m_graph, m_wanted[i], m_quantizer.m_executor->run(m_feeds[i], RunOptions()));
    }
    return noise.mean();
}

/** The float network's outputs, and what the blocks on the way give. */
void Quantizer::Training::prepare(const Samples &batches) {
    m_order = m_graph.execution_order();
    m_goals = goals();
    std::set<const Var *> seen(m_goals.begin(), m_goals.end());
    int64_t elements = 1;
    for (const Block &block : training_blocks(m_graph, BLOCK)) {
        const Var *end = block.end->outputs[0];
        if (end->dtype == torch::kFloat && seen.insert(end).second) {
            m_inner.push_back(end);
        }
    }
    for (const Var *var : seen) {
        elements += std::accumulate(var->shape.begin(), var->shape.end(), INT64_C(1), std::multiplies<>());
    }
    if (elements * LEAST_SAMPLES > MOST_KEPT_ELEMENTS) {
        m_inner.clear();
    }
    RunOptions in_float;
    in_float.keep_all = true;
    in_float.enabled = [](const Op *, Record *) { return false; };
    const size_t count = std::min(
        {batches.size(), MOST_KEPT_SAMPLES,
         m_inner.empty() ? MOST_KEPT_SAMPLES : std::max<size_t>(LEAST_SAMPLES, MOST_KEPT_ELEMENTS / elements)});
    for (size_t i = 0; i < count; i++) {
        m_feeds.push_back(m_quantizer.feed(batches[i * batches.size() / count]));
        const Values real = m_quantizer.m_executor->run(m_feeds.back(), in_float);
        m_wanted.emplace_back();
        for (const Var *output : m_graph.outputs) {
            m_wanted.back()[output] = real.at(output);
        }
        for (const auto *vars : {&m_goals, &m_inner}) {
            for (const Var *var : *vars) {
                m_wanted.back()[var] = real.at(var);
                m_power[var] +=
                    real.at(var).to(torch::kDouble).square().mean().item<double>() / static_cast<double>(count);
            }
        }
    }
}

/** Noise to signal of the outputs, and of the tensors on the way. */
Tensor Quantizer::Training::loss(const Values &feed, const Values &wanted, double progress) {
    const auto values = forward(feed);
    auto noise = [&](const Var *var) {
        return (values.at(var) - wanted.at(var)).square().mean() / std::max(m_power[var], 1e-20);
    };
    Tensor sum = torch::zeros({1});
    for (const Var *goal : m_goals) {
        sum = sum + noise(goal);
    }
    for (const Var *inner : m_inner) {
        sum = sum + noise(inner) * (INNER / static_cast<double>(m_inner.size()));
    }
    return m_roundings.empty() ? sum : sum / m_first_loss + indecision(progress);
}

void Quantizer::Training::run(const Samples &batches) {
    const TrainingSettings &settings = m_quantizer.m_settings.training;
    prepare(batches);
    const size_t count = m_feeds.size();
    Best best;
    keep(best, measure());
    const double before = best.db;
    std::mt19937 random(settings.seed);
    std::vector<size_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    int looks_without = 0, again = 0, done = 0;
    const int between = std::max(1, settings.steps / LOOKS);
    for (; done < settings.steps && again <= SMALLER; done++) {
        const double progress = static_cast<double>(done) / settings.steps;
        m_quantizer.m_progress("training", progress);
        if (done % static_cast<int>(count) == 0) {
            std::shuffle(order.begin(), order.end(), random);
        }
        const size_t sample = order[static_cast<size_t>(done) % count];
        const Tensor noise = loss(m_feeds[sample], m_wanted[sample], progress);
        if (!noise.requires_grad()) {
            break;  // no layer that is trained reaches an output
        }
        if (done == 0) {
            m_first_loss = std::max(noise.item<double>(), 1e-12);
        }
        noise.backward();
        for (Trained *one : trained()) {
            one->step();
        }
        if ((done + 1) % between == 0) {
            apply();
            const double db = measure();
            looks_without = db > best.db ? 0 : looks_without + 1;
            if (db > best.db) {
                keep(best, db);
            } else if (looks_without == PATIENCE && m_roundings.empty()) {  // those are decided at the end only
                begin_again(best);
                looks_without = 0;
                again++;
            }
        }
    }
    take_back(best);
    apply();
    m_quantizer.add_gain({"training (" + settings.method + ")", std::to_string(done) + " steps", before, best.db});
}

void Quantizer::train(const Samples &batches) {
    // The sums of gradients depend on the number of threads, and the bytes of a file must not.
    const int threads = torch::get_num_threads();
    torch::set_num_threads(1);
    Training(*this).run(batches);
    torch::set_num_threads(threads);
}

}  // namespace quantize
