/**
 * @file trained.hpp
 * What training changes of operators, and how they compute with it.
 */
#pragma once

#include <map>
#include <set>
#include <vector>

#include "numerics/executor.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

/** One trained tensor, and what Adam remembers of it. */
struct Trained {
    torch::Tensor value, mean, square;
    double rate = 0;
    int steps = 0;

    /** Along its gradient, if there is one. @param share of the rate */
    void step(double share = 1);
    /** Forget, and go on in smaller steps. */
    void begin_again();
};

/** What of a scale is trained. */
enum class TrainedScales { EXPONENTS, STEPS };

/**
 * The scales, weights and roundings of some operators.
 *
 * A scale is 2^round(a), of which a is trained (Jain et al., "Trained Quantization Thresholds", 2020), or the power of
 * two that is nearest to a step, which is trained (Esser et al., "Learned Step Size Quantization", 2020). A rounded
 * weight is the integer below it, or the one above: Nagel et al., "Up or Down?" (2020).
 */
class TrainedOps {
public:
    /**
     * @param rounded weights are rounded up or down, and keep their scales; else they move freely, as biases always do
     * @param fixed roots of records that keep their scales
     */
    TrainedOps(const std::vector<Op *> &ops, const Settings &settings, TrainedScales scales, bool rounded,
               const std::set<const Record *> &fixed = {});

    /** As the executor's run, with gradients. @return values of all variables */
    std::map<const Var *, torch::Tensor> forward(const Values &feed) const;
    /** Bring what is trained into the graph. Scales of biases, and what the executor keeps, are the caller's matter. */
    void apply() const;
    /** Everything that is trained: scales, and the rest. */
    std::vector<Trained *> all();
    std::vector<Trained *> scales();
    std::vector<Trained *> weights();
    bool rounds() const { return !m_roundings.empty(); }
    bool trains_weights() const { return !m_weights.empty() || !m_roundings.empty(); }
    /** Whether each weight has come to a decision. */
    bool decided() const;
    /** Mean distance of roundings from a decision: 0 to 1; the larger beta, the less it sees of those in between. */
    torch::Tensor indecision(double beta) const;
    /** Params of these operators that apply() changes. */
    std::vector<Var *> params() const;
    /** Roots of records that apply() changes. */
    const std::vector<Record *> &records() const { return m_scale_order; }

private:
    /** A weight is (low, or one more) times its scale. */
    struct Rounding {
        torch::Tensor low, scale;
        Trained up;  ///< rounded up if positive
    };
    void add_scale(Record *root, bool trained);
    void add_weight(Var *var);
    void add_rounding(Var *var, Record *record);
    torch::Tensor scale_of_trained(const torch::Tensor &value) const;
    torch::Tensor quantized(const torch::Tensor &x, Record *record) const;
    std::vector<torch::Tensor> inputs_of(const Op &op, const std::map<const Var *, torch::Tensor> &values) const;

    const Settings &m_settings;
    TrainedScales m_trained_scales;
    std::vector<Op *> m_ops;
    // In the order of the operators: sums and steps then depend on nothing else.
    std::vector<Record *> m_scale_order;
    std::vector<Var *> m_weight_order, m_rounding_order;
    std::map<const Record *, Trained> m_scales;
    std::map<const Var *, Trained> m_weights;
    std::map<const Var *, Rounding> m_roundings;
};

/** Samples that are trained on, and samples that tell whether it helps others: every fourth. */
struct SampleParts {
    std::vector<size_t> trained, held_out;
};
/** @param most samples of both together; one sample is both */
SampleParts split_samples(size_t available, size_t most);

}  // namespace quantize
