/**
 * @file dl_simd_rnn.hpp
 * A step of GRU and LSTM behind its products: gates and states, a register of the hidden elements at a time. What
 * reaches beyond the last element is computed, too; the buffers have room for it.
 */
#pragma once

#include "dl_pack_rnn.hpp"
#include "dl_simd.hpp"
#include "dl_simd_real.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

/** A table, as a step reads it. */
class Lookup {
public:
    explicit DL_INLINE Lookup(const RnnTable &table)
        : m_centre(table.centre),
          m_low(Real::set(static_cast<float>(-table.limit))),
          m_high(Real::set(static_cast<float>(table.limit))) {}

    /** @param x whole numbers */
    DL_INLINE Real operator()(Real x) const {
        int32_t index[Real::LANES];
        float values[Real::LANES];
        x.limited(m_low, m_high).store(index);
        DL_UNROLL
        for (int i = 0; i < Real::LANES; i++) {
            values[i] = m_centre[index[i]];
        }
        return Real::load(values);
    }

private:
    const float *m_centre;
    Real m_low, m_high;
};

/** A product's rounded results with their bias, saturated to int16. */
DL_INLINE Real biased(const int16_t *sums, const int16_t *bias) {
    return (Real::load(sums) + Real::load(bias)).limited(Real::set(INT16_MIN), Real::set(INT16_MAX));
}

template <typename T, typename Rounding>
void gru_step(const RnnArgs &args, const RnnPlan &plan, const RnnStep &step) {
    const Lookup sigmoid(plan.sigmoid);
    const Lookup tanh(plan.tanh);
    const Real h_scale = Real::set(DL_SCALE(args.h_exponent)), h_inv_scale = Real::set(DL_RESCALE(args.h_exponent));
    const int hidden = args.hidden;
    for (int i = 0; i < hidden; i += Real::LANES) {
        const auto from_x = [&](int gate) {
            return biased(step.x + gate * hidden + i, step.x_bias + gate * hidden + i);
        };
        const auto from_h = [&](int gate) {
            return biased(step.h + gate * hidden + i, step.h_bias + gate * hidden + i);
        };
        const Real update = sigmoid(from_x(0) + from_h(0));
        const Real reset = sigmoid(from_x(1) + from_h(1));
        const Real candidate = tanh(round_real<Rounding>(from_x(2) + reset * from_h(2)));
        const Real next = (Real::set(1.0f) - update) * candidate + update * (Real::load(step.state + i) * h_scale);
        quantize_real<T, Rounding>(next, h_inv_scale).store(step.state + i);
    }
}

template <typename T, typename Rounding>
void lstm_step(const RnnArgs &args, const RnnPlan &plan, const RnnStep &step) {
    const Lookup sigmoid(plan.sigmoid);
    const Lookup tanh(plan.tanh);
    const Lookup cell_tanh(plan.cell_tanh);
    const Real c_scale = Real::set(DL_SCALE(args.c_exponent)), c_inv_scale = Real::set(DL_RESCALE(args.c_exponent));
    const Real h_inv_scale = Real::set(DL_RESCALE(args.h_exponent));
    const int hidden = args.hidden;
    for (int i = 0; i < hidden; i += Real::LANES) {
        const auto gate = [&](int number) {
            const int at = number * hidden + i;
            return biased(step.x + at, step.x_bias + at) + biased(step.h + at, step.h_bias + at);
        };
        const Real in = sigmoid(gate(0)), out = sigmoid(gate(1)), forget = sigmoid(gate(2)), candidate = tanh(gate(3));
        const Real sum = forget * (Real::load(step.cell + i) * c_scale) + in * candidate;
        const Real cell = quantize_real<int16_t, Rounding>(sum, c_inv_scale);
        cell.store(step.cell + i);
        quantize_real<T, Rounding>(out * cell_tanh(cell), h_inv_scale).store(step.state + i);
    }
}

template <typename T, typename Rounding>
void run_gru(const RnnArgs &args, int begin, int end) {
    run_rnn<T, Rounding>(args, begin, end, gru_step<T, Rounding>);
}

template <typename T, typename Rounding>
void run_lstm(const RnnArgs &args, int begin, int end) {
    run_rnn<T, Rounding>(args, begin, end, lstm_step<T, Rounding>);
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
