// Of the scales that the observers find, those with which the network's outputs are nearest to float.

#include <algorithm>
#include <cmath>
#include <set>

#include "numerics/observer.hpp"
#include "numerics/output_noise.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

namespace {

constexpr size_t MOST_SAMPLES = 64, LEAST_SAMPLES = 4;
constexpr int64_t MOST_COMPARED = INT64_C(1) << 28;  // elements of the samples that observers are compared on
constexpr int64_t MOST_KEPT = INT64_C(1) << 24;      // and of those that single scales are tried on
constexpr int64_t MOST_COMPUTED = INT64_C(1) << 30;  // elements that all trials compute: a minute at most
constexpr int PASSES = 2;
// dB that a scale must be better by; a narrower one by more, as other samples may hold larger values.
constexpr double GAIN = 0.02, GAIN_IF_NARROWER = 0.1;
constexpr int FINER = 5;  // powers of two below the observers, for outputs with a rule

using Snapshot = std::map<Record *, Record>;

template <typename F>
void for_each_record(const Graph &graph, F f) {
    for (const auto &op : graph.ops) {
        for (auto *records : {&op->in, &op->out}) {
            for (Record *record : *records) {
                f(op.get(), record);
            }
        }
    }
}

Snapshot take_snapshot(const Graph &graph) {
    Snapshot snapshot;
    for_each_record(graph, [&](Op *, Record *record) { snapshot.emplace(record, *record); });
    return snapshot;
}

void restore(const Snapshot &snapshot) {
    for (const auto &[record, saved] : snapshot) {
        *record = saved;
    }
}

int64_t elements_of(const Values &values) {
    int64_t elements = 0;
    for (const auto &[var, value] : values) {
        elements += value.numel();
    }
    return elements;
}

}  // namespace

/** Tries scales of single records, with everything else quantized as it is. */
class Quantizer::ScaleSearch {
public:
    ScaleSearch(Quantizer &quantizer, const Samples &batches) : m_quantizer(quantizer), m_graph(quantizer.m_graph) {
        RunOptions in_float = everything();
        in_float.enabled = [](const Op *, Record *) { return false; };
        const Values first = run(quantizer.feed(batches[0]), in_float);
        const int64_t elements = std::max<int64_t>(1, elements_of(first));
        const size_t count =
            std::min({batches.size(), static_cast<size_t>(quantizer.m_settings.calib_steps), MOST_SAMPLES,
                      std::max(LEAST_SAMPLES, static_cast<size_t>(MOST_COMPARED / elements))});
        m_kept = std::clamp(static_cast<size_t>(MOST_KEPT / elements), static_cast<size_t>(1), count);
        for (size_t i = 0; i < count; i++) {
            m_feeds.push_back(quantizer.feed(batches[i * batches.size() / count]));
            m_real.push_back(outputs_of(run(m_feeds.back(), in_float)));
        }
    }

    /** The whole network on all samples, with the scales that the records have now. @return dB */
    double compare() {
        OutputNoise noise;
        for (size_t i = 0; i < m_feeds.size(); i++) {
            noise.add(m_graph, m_real[i], run(m_feeds[i], RunOptions()));
        }
        return mean_of(noise);
    }

    /** From here on, outputs with a rule count behind their function. */
    void judge_behind() { m_behind = true; }

    /** Before improve(). */
    void begin() {
        m_computed = 0;
        m_values.clear();
        for (size_t i = 0; i < m_kept; i++) {
            m_values.push_back(run(m_feeds[i * m_feeds.size() / m_kept], everything()));
        }
        m_quality = quality_of(m_values);
    }

    /** The best of the scales for one record. @return false: there is no time for it */
    bool improve(Record *record, const std::set<int> &exponents) {
        const std::vector<Op *> ops = affected_by(record);
        RunOptions options = everything();
        options.only = &ops;
        int kept = record->exponents[0];
        for (int exponent : exponents) {
            if (exponent == kept) {
                continue;
            }
            if (m_computed > MOST_COMPUTED) {
                return false;
            }
            set(record, exponent);
            std::vector<Values> values;
            for (const Values &before : m_values) {
                values.push_back(run(before, options));
                for (const Op *op : ops) {
                    m_computed += op->outputs[0] ? values.back().at(op->outputs[0]).numel() : 0;
                }
            }
            const double quality = quality_of(values);
            if (quality > m_quality + (exponent < kept ? GAIN_IF_NARROWER : GAIN)) {
                m_quality = quality;
                m_values = std::move(values);
                kept = exponent;
            }
        }
        set(record, kept);
        return true;
    }

private:
    static RunOptions everything() {
        RunOptions options;
        options.keep_all = true;
        return options;
    }
    double quality_of(const std::vector<Values> &values) const {
        OutputNoise noise;
        for (size_t i = 0; i < m_kept; i++) {
            noise.add(m_graph, m_real[i * m_feeds.size() / m_kept], values[i]);
        }
        return mean_of(noise);
    }
    double mean_of(const OutputNoise &noise) const { return m_behind ? noise.mean() : noise.plain_mean(); }
    Values outputs_of(const Values &values) const {
        Values outputs;
        for (const Var *var : m_graph.outputs) {
            outputs[var] = values.at(var);
        }
        return outputs;
    }
    Values run(const Values &feed, const RunOptions &options) { return m_quantizer.m_executor->run(feed, options); }

    /** A record's scale, and that of the biases which follow it. */
    void set(Record *record, int exponent) {
        record->exponents = {exponent};
        const size_t told = m_quantizer.m_warnings.size();
        for (const auto &op : m_graph.ops) {
            const bool biased = op->quantized && op->is(operators::WEIGHTED) && op->inputs.size() == 3;
            if (biased && op->in[0]->root() == record && op->in[2]->state == State::PASSIVE) {
                m_quantizer.scale_bias(op.get());
                m_quantizer.m_executor->forget_params(op->in[2]);
            }
        }
        m_quantizer.m_warnings.resize(told);
        m_quantizer.m_executor->forget_params(record);
    }

    /** Operators that read or make something at this scale, and all behind them, in order. */
    std::vector<Op *> affected_by(Record *record) const {
        std::set<const Op *> at_scale;
        for_each_record(m_graph, [&](Op *op, Record *other) {
            if (other->root() == record) {
                at_scale.insert(op);
            }
        });
        std::vector<Op *> ops;
        std::set<const Var *> changed;
        for (Op *op : m_graph.execution_order()) {
            if (at_scale.count(op) || std::any_of(op->inputs.begin(), op->inputs.end(),
                                                  [&](const Var *var) { return var && changed.count(var); })) {
                ops.push_back(op);
                changed.insert(op->outputs.begin(), op->outputs.end());
            }
        }
        return ops;
    }

    Quantizer &m_quantizer;
    Graph &m_graph;
    std::vector<Values> m_feeds, m_real, m_values;
    size_t m_kept = 1;  ///< of the samples: those that m_values has all tensors of
    double m_quality = 0;
    int64_t m_computed = 0;
    bool m_behind = false;
};

/** The searches from the scales that were observed, and what they have found. */
class Quantizer::ScaleChoice {
public:
    using Exponents = std::map<Record *, int>;

    ScaleChoice(Quantizer &quantizer, const Samples &batches, const FoundScales &found)
        : m_quantizer(quantizer),
          m_observed(take_snapshot(quantizer.m_graph)),
          m_warnings(quantizer.m_warnings),
          m_search(quantizer, batches) {
        const size_t methods = found.empty() ? 1 : found.begin()->second.size();
        for (size_t method = 0; method < methods; method++) {
            m_starts.emplace_back();
            for (const auto &[record, exponents] : found) {
                m_starts.back()[record] = exponents[method];
                m_candidates[record].insert(exponents[method]);
            }
        }
    }

    void run() {
        Exponents best = search();
        if (!m_quantizer.m_graph.output_losses.empty()) {
            // What is best without rules is among the beginnings: with them, nothing worse can come of it.
            m_starts.push_back(best);
            add_finer();
            m_search.judge_behind();
            search();
        }
    }

private:
    void finish_with(const Exponents &exponents) {
        restore(m_observed);
        m_quantizer.m_warnings = m_warnings;
        for (const auto &[record, exponent] : exponents) {
            record->exponents = {exponent};
        }
        m_quantizer.finish_scales();
    }

    /** The best beginning, and from there one record after the other. @return the scales that the network has then */
    Exponents search() {
        Exponents best;
        double best_quality = -INFINITY;
        for (size_t i = 0; i < m_starts.size(); i++) {
            m_quantizer.m_progress("comparing observers",
                                   static_cast<double>(i) / static_cast<double>(m_starts.size()));
            finish_with(m_starts[i]);
            const double quality = m_search.compare();
            if (quality > best_quality) {
                best_quality = quality;
                best = m_starts[i];
            }
        }
        finish_with(best);
        m_search.begin();
        const std::vector<Record *> order = records_to_try(best);
        for (int pass = 0; pass < PASSES; pass++) {
            for (size_t i = 0; i < order.size(); i++) {
                m_quantizer.m_progress(
                    "choosing scales",
                    (static_cast<double>(pass) + static_cast<double>(i) / static_cast<double>(order.size())) / PASSES);
                if (!m_search.improve(order[i], m_candidates[order[i]])) {
                    break;
                }
            }
        }
        Exponents chosen = best;
        for (Record *record : order) {
            chosen[record] = record->exponents[0];
        }
        finish_with(chosen);
        // What is better on the samples that were tried must be so on all.
        if (m_search.compare() < best_quality) {
            chosen = best;
            finish_with(chosen);
        }
        return chosen;
    }

    /** The records that decide, in the order of execution; where candidates differ most comes first. */
    std::vector<Record *> records_to_try(const Exponents &chosen) {
        std::vector<Record *> order;
        for (Op *op : m_quantizer.m_graph.execution_order()) {
            for (auto *records : {&op->in, &op->out}) {
                for (Record *record : *records) {
                    const bool decides = chosen.count(record) && !record->parent && record->state == State::ACTIVATED &&
                                         record->exponents == std::vector<int>{chosen.at(record)};
                    if (decides && m_candidates[record].size() > 1) {
                        order.push_back(record);
                    }
                }
            }
        }
        auto spread = [&](Record *record) { return *m_candidates[record].rbegin() - *m_candidates[record].begin(); };
        std::stable_sort(order.begin(), order.end(), [&](Record *a, Record *b) { return spread(a) > spread(b); });
        return order;
    }

    /** Scales that cut off what firmware's function makes no difference of: no observer finds them. */
    void add_finer() {
        const Graph &graph = m_quantizer.m_graph;
        for (const auto &entry : graph.output_losses) {
            const Var *output = graph.outputs[entry.first];
            const Op *op = output->source;
            if (!op || !op->quantized) {
                continue;
            }
            Record *root = op->out[static_cast<size_t>(output->source_index)]->root();
            const auto found = m_candidates.find(root);
            if (found == m_candidates.end() || root->given) {
                continue;  // its scale is given
            }
            const int finest = *found->second.begin();
            for (int finer = 1; finer <= FINER; finer++) {
                found->second.insert(finest - finer);
            }
        }
    }

    Quantizer &m_quantizer;
    const Snapshot m_observed;
    const std::vector<std::string> m_warnings;
    ScaleSearch m_search;
    std::vector<Exponents> m_starts;
    std::map<Record *, std::set<int>> m_candidates;
};

void Quantizer::choose_scales(const Samples &batches, const FoundScales &found) {
    ScaleChoice(*this, batches, found).run();
}

}  // namespace quantize
