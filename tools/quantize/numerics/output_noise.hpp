/**
 * @file output_noise.hpp
 * How far a network's outputs are from those of the float network.
 */
#pragma once

#include <optional>
#include <vector>

#include "numerics/executor.hpp"

namespace quantize {

/** Power of the outputs and of their noise, over samples. Outputs that are integers are left out. */
class OutputNoise {
public:
    /** Signal to noise of an output in dB: infinite without noise, NaN if the output is. */
    struct Decibels {
        const Var *output;
        double db = 0;
        std::optional<double> behind;  ///< what firmware computes of it, if there is a rule
    };

    /** @param real, noisy the outputs of both networks for one sample */
    void add(const Graph &graph, const Values &real, const Values &noisy);
    std::vector<Decibels> decibels() const;
    /**
     * The mean over the outputs, in dB, with numbers for the cases that have none: what searches compare. Outputs with
     * a rule count behind their function, and all those of one rule as one.
     */
    double mean() const;
    /** The mean as it is without any rule. */
    double plain_mean() const;

private:
    struct Power {
        double signal = 0, noise = 0;
        void add(double more_signal, double more_noise) {
            signal += more_signal;
            noise += more_noise;
        }
        double decibels() const;
        double limited_decibels() const;
    };
    struct Output {
        const Var *var;
        std::optional<size_t> rule{};
        Power plain{}, behind{};
    };
    std::vector<Output> m_outputs;
};

}  // namespace quantize
