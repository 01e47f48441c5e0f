// Roundings of weights trained block by block against the float network: AdaRound in blocks, as BRECQ has them.

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

constexpr size_t MOST_SAMPLES = 256, LEAST_SAMPLES = 4;
constexpr int64_t MOST_ELEMENTS = INT64_C(1) << 28;  // of values that are kept for them: 1 GB
constexpr int BLOCK = 6;                             // operators on a block's longest path: a residual unit
constexpr double WARM_UP = 0.2;                      // share of the steps before roundings have to decide
constexpr double SCALES = 0.5;                       // share of the steps in which scales move, before all settles
constexpr double REGULARIZER = 0.2;               // its weight beside the noise, of which rounding to nearest leaves 1
constexpr double FIRST_BETA = 20, LAST_BETA = 2;  // of AdaRound's regularizer
constexpr int64_t ENOUGH = 4096;  // elements of what a block gives that a step looks at: those of several samples
constexpr size_t MOST_A_STEP = 8;
constexpr double SLACK = 0.02;  // dB: so much, the outputs may change by chance for a block that they hardly feel
constexpr int LOOKS = 10;       // at whether all roundings have been decided
constexpr double COPYING = 16;  // what a value costs beside its multiplications, for the time that is left

int64_t elements_of(const Var *var) {
    return std::accumulate(var->shape.begin(), var->shape.end(), INT64_C(1), std::multiplies<>());
}

/** About how long an operator takes, in multiplications. */
double cost_of(const Op &op) {
    double cost = 0;
    for (const Var *var : op.outputs) {
        cost += var ? COPYING * static_cast<double>(elements_of(var)) : 0;
    }
    const Var *weights = op.input(1);
    if (op.is(operators::WEIGHTED) && weights && weights->is_param && op.outputs[0]->shape.size() > 1) {
        cost += static_cast<double>(elements_of(op.outputs[0])) * static_cast<double>(weights->value.numel()) /
                static_cast<double>(op.outputs[0]->shape[1]);
    }
    return cost;
}

RunOptions floating() {
    RunOptions options;
    options.enabled = [](const Op *, Record *) { return false; };
    return options;
}

}  // namespace

/**
 * One block after the other, in the order of the graph. What a block reads is computed by the quantized network up to
 * there, once; what it should give is what the float network gives there.
 */
class Quantizer::Reconstruction {
public:
    explicit Reconstruction(Quantizer &quantizer)
        : m_quantizer(quantizer),
          m_graph(quantizer.m_graph),
          m_executor(*quantizer.m_executor),
          m_settings(quantizer.m_settings.training),
          m_order(m_graph.execution_order()),
          m_random(m_settings.seed) {}
    void run(const Samples &batches);

private:
    /** On its way through both networks: the values that operators ahead read, and outputs. */
    struct Sample {
        Values real, noisy;
        Values outputs;  ///< the float network's
    };
    struct Part {
        std::vector<Op *> before;  ///< that have to be computed first, and have no weights
        std::vector<Op *> ops;
        std::vector<const Var *> goals;  ///< what others read of it
        double cost = 0;
    };
    /** What params and scales were before. */
    struct Saved {
        struct Param {
            Var *var;
            Tensor value, original;
        };
        std::vector<Param> params;
        std::vector<std::pair<Record *, std::vector<int>>> scales;
    };

    void find_parts();
    size_t most_samples() const;
    std::vector<const Var *> goals_of(const std::vector<Op *> &ops) const;
    std::vector<Op *> missing_before(const std::vector<Op *> &ops, const std::set<const Op *> &done) const;
    void advance(const std::vector<Op *> &ops, Sample &sample, bool real, bool noisy);
    void pass(const std::vector<Op *> &ops);
    void forget(Sample &sample) const;
    double error(const Part &part, const std::vector<Sample> &samples);
    double network();
    std::optional<size_t> rule_of(const Var *goal) const;
    OutputPower power_of(const Var *goal, const Tensor &value, const Sample &sample) const;
    void find_rule_power(const Part &part);
    void reconstruct(const Part &part);
    void train(const Part &part, TrainedOps &trained);
    Tensor loss(const Part &part, const TrainedOps &trained, const Sample &sample) const;
    void apply(const TrainedOps &trained);
    std::set<const Record *> scales_so_far() const;
    static Saved save(const TrainedOps &trained);
    void take_back(const Saved &saved);

    Quantizer &m_quantizer;
    Graph &m_graph;
    Executor &m_executor;
    const TrainingSettings &m_settings;
    std::vector<Op *> m_order;
    std::mt19937 m_random;
    std::vector<Part> m_parts;
    std::set<const Op *> m_done;
    std::vector<Sample> m_trained, m_held_out;
    std::map<const Var *, double> m_rule_power;  ///< a sample's, of outputs with a rule behind their function
    std::vector<Saved> m_kept;                   ///< blocks that are as they were trained: what they were before
    double m_db = 0;                             ///< of the network as it stands, on the samples held out
    double m_cost = 0, m_whole_cost = 0;
    int m_steps = 0;
};

/** Variables that others read, or that are outputs. */
std::vector<const Var *> Quantizer::Reconstruction::goals_of(const std::vector<Op *> &ops) const {
    const std::set<const Op *> inside(ops.begin(), ops.end());
    std::vector<const Var *> goals;
    for (const Op *op : ops) {
        for (const Var *var : op->outputs) {
            const bool read = var && std::any_of(var->readers.begin(), var->readers.end(),
                                                 [&](const auto &reader) { return !inside.count(reader.first); });
            if (var && var->dtype == torch::kFloat && (read || m_graph.is_output(var))) {
                goals.push_back(var);
            }
        }
    }
    return goals;
}

/** What `ops` need and nothing has computed yet, in order. */
std::vector<Op *> Quantizer::Reconstruction::missing_before(const std::vector<Op *> &ops,
                                                            const std::set<const Op *> &done) const {
    std::set<Op *> needed;
    std::vector<Op *> open = ops;
    while (!open.empty()) {
        Op *op = open.back();
        open.pop_back();
        for (Op *producer : m_graph.producers(op)) {
            if (!done.count(producer) && needed.insert(producer).second) {
                open.push_back(producer);
            }
        }
    }
    for (Op *op : ops) {
        needed.erase(op);
    }
    std::vector<Op *> missing;
    std::copy_if(m_order.begin(), m_order.end(), std::back_inserter(missing),
                 [&](Op *op) { return needed.count(op) > 0; });
    return missing;
}

void Quantizer::Reconstruction::find_parts() {
    std::map<const Op *, size_t> place;
    for (size_t i = 0; i < m_order.size(); i++) {
        place[m_order[i]] = i;
    }
    std::vector<Block> blocks = training_blocks(m_graph, BLOCK);
    // A block leaves through its end alone: in the order of their ends, each one reads those before it only.
    std::sort(blocks.begin(), blocks.end(),
              [&](const Block &a, const Block &b) { return place.at(a.end) < place.at(b.end); });
    std::set<const Op *> done;
    for (const Block &block : blocks) {
        Part part;
        std::copy_if(block.ops.begin(), block.ops.end(), std::back_inserter(part.ops),
                     [&](Op *op) { return !done.count(op); });
        part.before = missing_before(part.ops, done);
        part.goals = goals_of(part.ops);
        done.insert(part.before.begin(), part.before.end());
        done.insert(part.ops.begin(), part.ops.end());
        for (const Op *op : part.ops) {
            part.cost += cost_of(*op);
        }
        m_whole_cost += part.cost;
        m_parts.push_back(std::move(part));
    }
}

/** As many as fit: of each one, what is alive at the widest place is kept twice. */
size_t Quantizer::Reconstruction::most_samples() const {
    std::map<const Var *, size_t> left;
    int64_t alive = 0, most = 1;
    for (const Var *input : m_graph.inputs) {
        alive += elements_of(input);
    }
    for (const Op *op : m_order) {
        for (const Var *var : op->outputs) {
            alive += var ? elements_of(var) : 0;
        }
        most = std::max(most, alive);
        for (const Var *var : op->inputs) {
            if (var && !var->is_param && ++left[var] == var->readers.size() && !m_graph.is_output(var)) {
                alive -= elements_of(var);
            }
        }
    }
    return std::clamp(static_cast<size_t>(MOST_ELEMENTS / (2 * most)), LEAST_SAMPLES, MOST_SAMPLES);
}

/** Drop what nothing ahead reads. */
void Quantizer::Reconstruction::forget(Sample &sample) const {
    auto unread = [&](const auto &entry) {
        const auto &readers = entry.first->readers;
        return !m_graph.is_output(entry.first) && std::all_of(readers.begin(), readers.end(), [&](const auto &reader) {
            return m_done.count(reader.first) > 0;
        });
    };
    std::erase_if(sample.real, unread);
    std::erase_if(sample.noisy, unread);
}

void Quantizer::Reconstruction::advance(const std::vector<Op *> &ops, Sample &sample, bool real, bool noisy) {
    if (ops.empty()) {
        return;
    }
    RunOptions in_float = floating(), quantized;
    in_float.keep_all = quantized.keep_all = true;
    in_float.only = quantized.only = &ops;
    if (real) {
        sample.real = m_executor.run(sample.real, in_float);
    }
    if (noisy) {
        sample.noisy = m_executor.run(sample.noisy, quantized);
    }
}

/** All samples pass operators that are as they will be. */
void Quantizer::Reconstruction::pass(const std::vector<Op *> &ops) {
    m_done.insert(ops.begin(), ops.end());
    for (auto *samples : {&m_trained, &m_held_out}) {
        for (Sample &sample : *samples) {
            advance(ops, sample, true, true);
            forget(sample);
        }
    }
}

/** The place of an output that has a rule and that nothing else reads. */
std::optional<size_t> Quantizer::Reconstruction::rule_of(const Var *goal) const {
    for (const auto &entry : m_graph.output_losses) {
        if (m_graph.outputs[entry.first] == goal && goal->readers.empty()) {
            return entry.first;
        }
    }
    return std::nullopt;
}

/** Sums of squares of what a block gives: behind the function, if there is a rule. */
OutputPower Quantizer::Reconstruction::power_of(const Var *goal, const Tensor &value, const Sample &sample) const {
    if (const std::optional<size_t> place = rule_of(goal)) {
        return output_power(m_graph, *place, value, sample.outputs);
    }
    const Tensor wanted = sample.real.at(goal).to(value.scalar_type());
    return {wanted.square().sum(), (value - wanted).square().sum()};
}

void Quantizer::Reconstruction::find_rule_power(const Part &part) {
    for (const Var *goal : part.goals) {
        if (rule_of(goal)) {
            double sum = 0;
            for (const Sample &sample : m_trained) {
                sum += power_of(goal, sample.real.at(goal), sample).signal.item<double>();
            }
            m_rule_power[goal] = std::max(sum / static_cast<double>(m_trained.size()), 1e-20);
        }
    }
}

/** Noise to signal of what the block gives, as the network stands. */
double Quantizer::Reconstruction::error(const Part &part, const std::vector<Sample> &samples) {
    RunOptions options;
    options.keep_all = true;
    options.only = &part.ops;
    std::map<const Var *, std::pair<double, double>> powers;
    for (const Sample &sample : samples) {
        const Values values = m_executor.run(sample.noisy, options);
        for (const Var *goal : part.goals) {
            const OutputPower power = power_of(goal, values.at(goal).to(torch::kDouble), sample);
            powers[goal].first += power.signal.item<double>();
            powers[goal].second += power.noise.item<double>();
        }
    }
    double sum = 0;
    for (const auto &[goal, power] : powers) {
        sum += power.second / std::max(power.first, 1e-20);
    }
    return sum;
}

/** Signal to noise of the whole network on the samples held out, from where they are. */
double Quantizer::Reconstruction::network() {
    std::vector<Op *> ahead;
    std::copy_if(m_order.begin(), m_order.end(), std::back_inserter(ahead),
                 [&](const Op *op) { return !m_done.count(op); });
    RunOptions options;
    options.only = &ahead;
    OutputNoise noise;
    for (const Sample &sample : m_held_out) {
        noise.add(m_graph, sample.outputs, m_executor.run(sample.noisy, options));
    }
    return noise.mean();
}

/** Scales of what has been computed already. */
std::set<const Record *> Quantizer::Reconstruction::scales_so_far() const {
    std::set<const Record *> roots;
    for (const Op *op : m_done) {
        for (const auto *records : {&op->in, &op->out}) {
            for (Record *record : *records) {
                roots.insert(record->root());
            }
        }
    }
    for (const Var *input : m_graph.inputs) {
        roots.insert(input->port ? input->port->root() : nullptr);
    }
    return roots;
}

Quantizer::Reconstruction::Saved Quantizer::Reconstruction::save(const TrainedOps &trained) {
    Saved saved;
    for (Var *var : trained.params()) {
        saved.params.push_back({var, var->value, var->original});
    }
    for (Record *root : trained.records()) {
        saved.scales.push_back({root, root->exponents});
    }
    return saved;
}

void Quantizer::Reconstruction::take_back(const Saved &saved) {
    for (const Saved::Param &param : saved.params) {
        param.var->value = param.value;
        param.var->original = param.original;
    }
    for (const auto &[root, exponents] : saved.scales) {
        root->exponents = exponents;
    }
    m_quantizer.scale_biases();
    m_executor.refresh();
}

void Quantizer::Reconstruction::apply(const TrainedOps &trained) {
    trained.apply();
    m_quantizer.scale_biases();
    m_executor.refresh();
}

Tensor Quantizer::Reconstruction::loss(const Part &part, const TrainedOps &trained, const Sample &sample) const {
    const auto values = trained.forward(sample.noisy);
    Tensor sum = torch::zeros({1});
    for (const Var *goal : part.goals) {
        if (rule_of(goal)) {
            // A sample in which nothing has weight says nothing: what counts is the power over all.
            sum = sum + power_of(goal, values.at(goal), sample).noise / m_rule_power.at(goal);
            continue;
        }
        const Tensor &wanted = sample.real.at(goal);
        sum = sum + (values.at(goal) - wanted).square().mean() / torch::clamp_min(wanted.square().mean(), 1e-20);
    }
    return sum;
}

void Quantizer::Reconstruction::train(const Part &part, TrainedOps &trained) {
    const double first = std::max(error(part, m_trained), 1e-12);
    find_rule_power(part);
    int64_t elements = 1;
    for (const Var *goal : part.goals) {
        elements += elements_of(goal);
    }
    const size_t a_step =
        std::min({std::max<size_t>(1, static_cast<size_t>(ENOUGH / elements)), MOST_A_STEP, m_trained.size()});
    std::vector<size_t> order(m_trained.size());
    std::iota(order.begin(), order.end(), 0);
    size_t place = order.size();
    const int between = std::max(1, m_settings.steps / LOOKS);
    for (int done = 0; done < m_settings.steps; done++, m_steps++) {
        const double progress = static_cast<double>(done) / m_settings.steps;
        m_quantizer.m_progress("training", (m_cost + progress * part.cost) / m_whole_cost);
        for (size_t i = 0; i < a_step; i++, place++) {
            if (place >= order.size()) {
                std::shuffle(order.begin(), order.end(), m_random);
                place = 0;
            }
            (loss(part, trained, m_trained[order[place]]) / (first * static_cast<double>(a_step))).backward();
        }
        if (progress >= WARM_UP) {
            const double share = (progress - WARM_UP) / (1 - WARM_UP);
            const double beta = LAST_BETA + (FIRST_BETA - LAST_BETA) * 0.5 * (1 + std::cos(share * M_PI));
            const Tensor undecided = trained.indecision(beta);
            if (undecided.requires_grad()) {
                (undecided * REGULARIZER).backward();
            }
            if (done % between == 0 && trained.rounds() && trained.decided()) {
                break;
            }
        }
        for (Trained *one : trained.weights()) {
            one->step();
        }
        for (Trained *one : trained.scales()) {
            one->step(progress < SCALES ? 1 : 0);
        }
    }
}

/** Trains a block, and keeps that if it helps samples that were held out. */
void Quantizer::Reconstruction::reconstruct(const Part &part) {
    TrainedOps trained(part.ops, m_quantizer.m_settings, TrainedScales::EXPONENTS, true, scales_so_far());
    if (!trained.trains_weights() || part.goals.empty()) {
        return;
    }
    const Saved saved = save(trained);
    const double before = error(part, m_held_out);
    train(part, trained);
    apply(trained);
    const double after = error(part, m_held_out), db = network();
    const bool kept = after < before && db > m_db - SLACK;
    if (kept) {
        m_db = db;
        m_kept.push_back(saved);
    } else {
        take_back(saved);
    }
}

void Quantizer::Reconstruction::run(const Samples &batches) {
    find_parts();
    const SampleParts parts = split_samples(batches.size(), most_samples());
    auto fill = [&](const std::vector<size_t> &from, std::vector<Sample> &samples) {
        for (size_t i : from) {
            const Values feed = m_quantizer.feed(batches[i]);
            samples.push_back({feed, feed, {}});
        }
    };
    fill(parts.trained, m_trained);
    fill(parts.held_out, m_held_out);
    for (auto *samples : {&m_trained, &m_held_out}) {
        for (Sample &sample : *samples) {
            if (samples == &m_held_out || !m_graph.output_losses.empty()) {
                sample.outputs = m_executor.run(sample.real, floating());
            }
        }
    }
    const double before = m_db = network();
    for (const Part &part : m_parts) {
        pass(part.before);
        for (auto *samples : {&m_trained, &m_held_out}) {
            for (Sample &sample : *samples) {
                advance(part.ops, sample, true, false);
            }
        }
        reconstruct(part);
        m_done.insert(part.ops.begin(), part.ops.end());
        for (auto *samples : {&m_trained, &m_held_out}) {
            for (Sample &sample : *samples) {
                advance(part.ops, sample, false, true);
                forget(sample);
            }
        }
        m_cost += part.cost;
    }
    if (m_db < before) {
        for (; !m_kept.empty(); m_kept.pop_back()) {
            take_back(m_kept.back());
        }
        m_db = before;
    }
    m_quantizer.add_gain({"training (" + m_settings.method + ")",
                          std::to_string(m_kept.size()) + " of " + std::to_string(m_parts.size()) + " blocks, " +
                              std::to_string(m_steps) + " steps",
                          before, m_db, PassGain::HELD_OUT});
}

void Quantizer::reconstruct(const Samples &batches) {
    Reconstruction(*this).run(batches);
}

}  // namespace quantize
