#include "numerics/output_noise.hpp"

#include <algorithm>
#include <cmath>

namespace quantize {

namespace {

constexpr double BEST = 200, WORST = -200;

}  // namespace

void OutputNoise::add(const Graph &graph, const Values &real, const Values &noisy) {
    size_t place = 0;
    for (const Var *var : graph.outputs) {
        if (!real.at(var).is_floating_point()) {
            continue;
        }
        if (place == m_powers.size()) {
            m_powers.push_back({var});
        }
        Power &power = m_powers[place++];
        const torch::Tensor r = real.at(var).to(torch::kDouble), q = noisy.at(var).to(torch::kDouble);
        power.signal += r.square().sum().item<double>();
        power.noise += (r - q).square().sum().item<double>();
    }
}

std::vector<std::pair<const Var *, double>> OutputNoise::decibels() const {
    std::vector<std::pair<const Var *, double>> result;
    for (const Power &power : m_powers) {
        const double db = power.noise > 0    ? 10 * std::log10(power.signal / power.noise)
                          : power.noise == 0 ? INFINITY
                                             : NAN;
        result.push_back({power.output, db});
    }
    return result;
}

double OutputNoise::mean() const {
    double sum = 0;
    for (const Power &power : m_powers) {
        const double db = 10 * std::log10(power.signal / power.noise);
        sum += power.noise == 0 ? BEST : std::isnan(db) ? WORST : std::clamp(db, WORST, BEST);
    }
    return m_powers.empty() ? 0 : sum / static_cast<double>(m_powers.size());
}

}  // namespace quantize
