/**
 * @file output_noise.hpp
 * How far a network's outputs are from those of the float network.
 */
#pragma once

#include <utility>
#include <vector>

#include "numerics/executor.hpp"

namespace quantize {

/** Power of the outputs and of their noise, over samples. Outputs that are integers are left out. */
class OutputNoise {
public:
    /** @param real, noisy the outputs of both networks for one sample */
    void add(const Graph &graph, const Values &real, const Values &noisy);
    /** Signal to noise of each output in dB: infinite without noise, NaN if an output is. */
    std::vector<std::pair<const Var *, double>> decibels() const;
    /** The mean over the outputs, in dB, with numbers for the cases that have none: what searches compare. */
    double mean() const;

private:
    struct Power {
        const Var *output;
        double signal = 0, noise = 0;
    };
    std::vector<Power> m_powers;
};

}  // namespace quantize
