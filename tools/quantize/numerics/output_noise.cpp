#include "numerics/output_noise.hpp"

#include <algorithm>
#include <cmath>

#include "numerics/output_loss.hpp"

namespace quantize {

namespace {

constexpr double BEST = 200, WORST = -200;

}  // namespace

double OutputNoise::Power::decibels() const {
    return noise > 0 ? 10 * std::log10(signal / noise) : noise == 0 ? INFINITY : NAN;
}

double OutputNoise::Power::limited_decibels() const {
    const double db = 10 * std::log10(signal / noise);
    return noise == 0 ? BEST : std::isnan(db) ? WORST : std::clamp(db, WORST, BEST);
}

void OutputNoise::add(const Graph &graph, const Values &real, const Values &noisy) {
    size_t place = 0;
    for (size_t i = 0; i < graph.outputs.size(); i++) {
        const Var *var = graph.outputs[i];
        if (!real.at(var).is_floating_point()) {
            continue;
        }
        const auto loss = graph.output_losses.find(i);
        const bool has_loss = loss != graph.output_losses.end();
        if (place == m_outputs.size()) {
            m_outputs.push_back({var, has_loss ? std::optional(loss->second.rule) : std::nullopt});
        }
        Output &output = m_outputs[place++];
        const torch::Tensor r = real.at(var).to(torch::kDouble), q = noisy.at(var).to(torch::kDouble);
        output.plain.add(r.square().sum().item<double>(), (r - q).square().sum().item<double>());
        if (has_loss) {
            const OutputPower power = output_power(graph, i, q, real);
            output.behind.add(power.signal.item<double>(), power.noise.item<double>());
        }
    }
}

std::vector<OutputNoise::Decibels> OutputNoise::decibels() const {
    std::vector<Decibels> result;
    for (const Output &output : m_outputs) {
        const double plain = output.plain.decibels();
        result.push_back({output.var, plain, output.rule ? std::optional(output.behind.decibels()) : std::nullopt});
    }
    return result;
}

double OutputNoise::mean() const {
    double sum = 0;
    size_t count = 0;
    std::map<size_t, Power> rules;
    for (const Output &output : m_outputs) {
        if (output.rule) {
            rules[*output.rule].add(output.behind.signal, output.behind.noise);
        } else {
            sum += output.plain.limited_decibels();
            count++;
        }
    }
    for (const auto &entry : rules) {
        sum += entry.second.limited_decibels();
        count++;
    }
    return count == 0 ? 0 : sum / static_cast<double>(count);
}

double OutputNoise::plain_mean() const {
    double sum = 0;
    for (const Output &output : m_outputs) {
        sum += output.plain.limited_decibels();
    }
    return m_outputs.empty() ? 0 : sum / static_cast<double>(m_outputs.size());
}

}  // namespace quantize
