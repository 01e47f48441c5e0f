/**
 * @file meter.hpp
 * What a change of the quantized network gives, measured at its outputs.
 */
#pragma once

#include <vector>

#include "passes/quantizer.hpp"

namespace quantize {

/** As many of the samples as can be computed in seconds, at least four: evenly chosen. */
std::vector<size_t> choose_samples(const Graph &graph, size_t available, size_t most);

/** Keeps some samples and the float network's outputs for them. */
class Meter {
public:
    static constexpr size_t MOST_SAMPLES = 64;

    Meter(Quantizer &quantizer, const Samples &samples);
    /** The network as it is quantized now. @return signal to noise in dB, the mean over the outputs */
    double measure() const;
    const std::vector<Values> &feeds() const { return m_feeds; }

private:
    Quantizer &m_quantizer;
    std::vector<Values> m_feeds, m_real;
};

}  // namespace quantize
