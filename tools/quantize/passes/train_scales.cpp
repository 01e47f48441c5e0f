// Scales and weights of the whole network trained against the float network: TQT, LSQ.

#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <set>

#include "numerics/output_loss.hpp"
#include "numerics/output_noise.hpp"
#include "passes/blocks.hpp"
#include "passes/quantizer.hpp"
#include "passes/trained.hpp"

namespace quantize {

namespace {

using torch::Tensor;

constexpr size_t MOST_KEPT_SAMPLES = 64, LEAST_SAMPLES = 4;  // whose float outputs are kept
constexpr int64_t MOST_KEPT_ELEMENTS = INT64_C(1) << 27;     // of them
constexpr int BLOCK = 4;                                     // operators between tensors on the way that are compared
constexpr double INNER = 1;                                  // weight of all these, relative to an output's
constexpr double INNER_WITH_RULES = 0.1;                     // most of their error lies where rules make nothing of it
constexpr int LOOKS = 20;                                    // at how the quantized network does, over the training
constexpr int PATIENCE = 3;  // looks without a better result, before it goes on from the best in smaller steps
constexpr int SMALLER = 3;   // times

}  // namespace

class Quantizer::Training {
public:
    explicit Training(Quantizer &quantizer)
        : m_quantizer(quantizer),
          m_graph(quantizer.m_graph),
          m_trained(m_graph.execution_order(), quantizer.m_settings,
                    quantizer.m_settings.training.method == "lsq" ? TrainedScales::STEPS : TrainedScales::EXPONENTS,
                    false) {}

    void run(const Samples &batches);

private:
    /** Each output; without a rule for it what a Softmax at the end reads: behind it hardly a gradient is left. */
    std::vector<const Var *> goals() const {
        std::vector<const Var *> vars;
        for (size_t i = 0; i < m_graph.outputs.size(); i++) {
            const Op *op = m_graph.outputs[i]->source;
            const bool in_front = op && op->is(operators::FLOAT_RESULT) && !m_graph.output_losses.count(i);
            vars.push_back(in_front ? op->inputs[0] : m_graph.outputs[i]);
        }
        return vars;
    }

    /** Brings what is trained into the graph: from then on the executor computes with it. */
    void apply() {
        m_trained.apply();
        m_quantizer.scale_biases();
        m_quantizer.m_executor->refresh();
    }

    struct Best {
        double db = -INFINITY;
        std::vector<Tensor> values;  ///< of all that is trained
    };
    void keep(Best &best, double db) {
        best = {db, {}};
        for (const Trained *one : m_trained.all()) {
            best.values.push_back(one->value.detach().clone());
        }
    }
    void take_back(const Best &best) {
        torch::NoGradGuard no_grad;
        size_t place = 0;
        for (Trained *one : m_trained.all()) {
            one->value.copy_(best.values[place++]);
        }
    }

    /** Go on from there, in smaller steps. */
    void begin_again(const Best &best) {
        take_back(best);
        for (Trained *one : m_trained.all()) {
            one->begin_again();
        }
    }

    Tensor loss(size_t sample);
    void find_inner();
    void prepare(const Samples &batches);
    double measure(const std::vector<size_t> &samples);

    Quantizer &m_quantizer;
    Graph &m_graph;
    TrainedOps m_trained;
    std::vector<Values> m_feeds, m_wanted;
    SampleParts m_parts;                    ///< places in m_feeds
    std::vector<const Var *> m_goals;       ///< what decides: one for each output
    std::vector<const Var *> m_inner;       ///< and tensors on the way there
    std::map<const Var *, double> m_power;  ///< of both
    std::map<size_t, double> m_rule_power;  ///< of all outputs of a rule, behind their function
};

/** The quantized network as it stands. @return mean over the outputs of signal to noise, in dB */
double Quantizer::Training::measure(const std::vector<size_t> &samples) {
    OutputNoise noise;
    for (size_t i : samples) {
        noise.add(m_graph, m_wanted[i], m_quantizer.m_executor->run(m_feeds[i], RunOptions()));
    }
    return noise.mean();
}

/** What the blocks on the way give, unless that is too much to keep. */
void Quantizer::Training::find_inner() {
    std::set<const Var *> seen(m_goals.begin(), m_goals.end());
    for (const Block &block : training_blocks(m_graph, BLOCK)) {
        const Var *end = block.end->outputs[0];
        if (end->dtype == torch::kFloat && seen.insert(end).second) {
            m_inner.push_back(end);
        }
    }
}

/** The float network's outputs, and what the blocks on the way give. */
void Quantizer::Training::prepare(const Samples &batches) {
    m_goals = goals();
    find_inner();
    int64_t elements = 1;
    for (const auto *vars : {&m_goals, &m_inner}) {
        for (const Var *var : *vars) {
            elements += std::accumulate(var->shape.begin(), var->shape.end(), INT64_C(1), std::multiplies<>());
        }
    }
    if (elements * static_cast<int64_t>(LEAST_SAMPLES) > MOST_KEPT_ELEMENTS) {
        m_inner.clear();
    }
    RunOptions in_float;
    in_float.keep_all = true;
    in_float.enabled = [](const Op *, Record *) { return false; };
    const size_t most = m_inner.empty() ? MOST_KEPT_SAMPLES
                                        : std::clamp(static_cast<size_t>(MOST_KEPT_ELEMENTS / elements), LEAST_SAMPLES,
                                                     MOST_KEPT_SAMPLES);
    const SampleParts parts = split_samples(batches.size(), most);
    auto add = [&](size_t sample) {
        m_feeds.push_back(m_quantizer.feed(batches[sample]));
        const Values real = m_quantizer.m_executor->run(m_feeds.back(), in_float);
        m_wanted.emplace_back();
        for (const Var *output : m_graph.outputs) {
            m_wanted.back()[output] = real.at(output);
        }
        for (const auto &[place, loss] : m_graph.output_losses) {
            const Tensor &output = real.at(m_graph.outputs[place]);
            m_rule_power[loss.rule] += output_power(m_graph, place, output, m_wanted.back()).signal.item<double>();
        }
        for (const auto *vars : {&m_goals, &m_inner}) {
            for (const Var *var : *vars) {
                m_wanted.back()[var] = real.at(var);
                m_power[var] += real.at(var).to(torch::kDouble).square().mean().item<double>();
            }
        }
        return m_feeds.size() - 1;
    };
    std::transform(parts.trained.begin(), parts.trained.end(), std::back_inserter(m_parts.trained), add);
    std::transform(parts.held_out.begin(), parts.held_out.end(), std::back_inserter(m_parts.held_out), add);
    for (auto &entry : m_power) {
        entry.second /= static_cast<double>(m_feeds.size());
    }
    for (auto &entry : m_rule_power) {
        entry.second /= static_cast<double>(m_feeds.size());
    }
}

/** Noise to signal of the outputs, and of the tensors on the way. */
Tensor Quantizer::Training::loss(size_t sample) {
    const auto values = m_trained.forward(m_feeds[sample]);
    auto noise = [&](const Var *var) {
        return (values.at(var) - m_wanted[sample].at(var)).square().mean() / std::max(m_power[var], 1e-20);
    };
    // Shares of one rule's outputs add up to the noise of what they are together.
    auto noise_behind = [&](size_t place, const OutputLoss &rule) {
        const OutputPower power = output_power(m_graph, place, values.at(m_goals[place]), m_wanted[sample]);
        return power.noise / std::max(m_rule_power[rule.rule], 1e-20);
    };
    Tensor sum = torch::zeros({1});
    for (size_t i = 0; i < m_goals.size(); i++) {
        const auto rule = m_graph.output_losses.find(i);
        sum = sum + (rule != m_graph.output_losses.end() ? noise_behind(i, rule->second) : noise(m_goals[i]));
    }
    const double all = m_graph.output_losses.empty() ? INNER : INNER_WITH_RULES;
    for (const Var *inner : m_inner) {
        sum = sum + noise(inner) * (all / static_cast<double>(m_inner.size()));
    }
    return sum;
}

void Quantizer::Training::run(const Samples &batches) {
    const TrainingSettings &settings = m_quantizer.m_settings.training;
    prepare(batches);
    Best best;
    keep(best, measure(m_parts.held_out));
    const double before = best.db;
    std::mt19937 random(settings.seed);
    std::vector<size_t> order = m_parts.trained;
    int looks_without = 0, again = 0, done = 0;
    const int between = std::max(1, settings.steps / LOOKS);
    for (; done < settings.steps && again <= SMALLER; done++) {
        m_quantizer.m_progress("training", static_cast<double>(done) / settings.steps);
        const size_t place = static_cast<size_t>(done) % order.size();
        if (place == 0) {
            std::shuffle(order.begin(), order.end(), random);
        }
        const Tensor noise = loss(order[place]);
        if (!noise.requires_grad()) {
            break;  // no layer that is trained reaches an output
        }
        noise.backward();
        for (Trained *one : m_trained.all()) {
            one->step();
        }
        if ((done + 1) % between == 0) {
            apply();
            const double db = measure(m_parts.held_out);
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
    m_quantizer.add_gain(
        {"training (" + settings.method + ")", std::to_string(done) + " steps", before, best.db, PassGain::HELD_OUT});
}

void Quantizer::train(const Samples &batches) {
    // The sums of gradients depend on the number of threads, and the bytes of a file must not.
    const int threads = torch::get_num_threads();
    torch::set_num_threads(1);
    if (m_settings.training.method == "adaround") {
        reconstruct(batches);
    } else {
        Training(*this).run(batches);
    }
    torch::set_num_threads(threads);
}

}  // namespace quantize
