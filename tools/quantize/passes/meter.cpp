#include "passes/meter.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "numerics/output_noise.hpp"

namespace quantize {

namespace {

constexpr size_t LEAST_SAMPLES = 4;
constexpr int64_t MOST_ELEMENTS = INT64_C(1) << 28;  // of all tensors of all samples: seconds

}  // namespace

std::vector<size_t> choose_samples(const Graph &graph, size_t available, size_t most) {
    int64_t elements = 1;
    for (const auto &entry : graph.vars) {
        const std::vector<int64_t> &shape = entry.second->shape;
        elements +=
            entry.second->is_param ? 0 : std::accumulate(shape.begin(), shape.end(), INT64_C(1), std::multiplies<>());
    }
    const size_t count =
        std::min({available, most, std::max(LEAST_SAMPLES, static_cast<size_t>(MOST_ELEMENTS / elements))});
    std::vector<size_t> chosen;
    for (size_t i = 0; i < count; i++) {
        chosen.push_back(i * available / count);
    }
    return chosen;
}

Meter::Meter(Quantizer &quantizer, const Samples &samples) : m_quantizer(quantizer) {
    RunOptions in_float;
    in_float.enabled = [](const Op *, Record *) { return false; };
    for (size_t i : choose_samples(quantizer.graph(), samples.size(), MOST_SAMPLES)) {
        m_feeds.push_back(quantizer.feed(samples[i]));
        m_real.push_back(quantizer.executor().run(m_feeds.back(), in_float));
    }
}

double Meter::measure() const {
    OutputNoise noise;
    for (size_t i = 0; i < m_feeds.size(); i++) {
        noise.add(m_quantizer.graph(), m_real[i], m_quantizer.executor().run(m_feeds[i], RunOptions()));
    }
    return noise.mean();
}

}  // namespace quantize
