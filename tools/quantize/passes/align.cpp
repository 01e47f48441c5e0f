// Scales that follow from others.

#include <algorithm>
#include <cmath>

#include "numerics/observer.hpp"
#include "numerics/rounding.hpp"
#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;

}  // namespace

/** Add, Concat and their like: the chip computes them at one scale, the output's. */
Record *Quantizer::align_inputs(Op *op) {
    Record *master = op->out[0];
    for (Record *record : op->in) {
        if (record->state != State::FP32) {
            record->enslave_to(master);
        }
    }
    return master;
}

/** Both sides of a comparison get a scale that holds the range of each. */
Record *Quantizer::align_comparison(Op *op) {
    double low = 0, high = 0;
    for (Record *record : op->in) {
        if (record->state != State::FP32 && record->has_scale()) {
            const double scale = std::ldexp(1.0, record->scale_exponents()[0]);
            low = std::min(low, scale * record->qmin());
            high = std::max(high, scale * record->qmax());
        }
    }
    if (op->in.back()->state == State::FP32) {
        return nullptr;
    }
    Record *master = op->in[0];
    const int exponent = exponent_of_range(low, high, master->bits);
    master->parent = nullptr;
    master->state = State::PASSIVE;
    master->exponents = {exponent};
    for (size_t i = 1; i < op->in.size(); i++) {
        if (op->in[i]->state != State::FP32) {
            op->in[i]->enslave_to(master);
        }
    }
    return master;
}

/** The hidden state of a recurrent layer has one scale: as output, as last state, as initial state. */
Record *Quantizer::align_states(Op *op) {
    Record *master = op->out[0];
    if (op->out.size() > 1 && op->outputs[1]) {
        op->out[1]->enslave_to(master);
    }
    if (op->in.size() > 5 && op->inputs[5]) {
        op->in[5]->enslave_to(master);
    }
    return master;
}

void Quantizer::warn_of_alignment(const Op *producer, Record *record, const Op *op, Record *master) {
    if (!record->has_scale() || !master->has_scale() || record->scale_exponents().size() != 1) {
        return;
    }
    const int lost = record->scale_exponents()[0] + record->bits - master->scale_exponents()[0] - master->bits;
    if (op->is(operators::RECURRENT) && lost > 0) {
        m_warnings.push_back("node '" + producer->name + "' gets the scale of '" + op->name + "' (" + op->type +
                             "), which is 2^" + std::to_string(lost) +
                             " too narrow for it: --free-rnn-inputs leaves its own");
    } else if (record->bits > master->bits) {
        m_warnings.push_back("node '" + producer->name + "' computes " + std::to_string(record->bits) +
                             " bits with the coarser scale of '" + op->name + "', which has " +
                             std::to_string(master->bits));
    }
}

/** Who makes the inputs, and nobody else's, computes at the aligned scale at once. */
void Quantizer::align_producers(Op *op, Record *master) {
    for (Op *producer : m_graph.producers(op)) {
        if (!producer->quantized || producer->is(operators::PASSIVE) || m_graph.consumers(producer).size() != 1) {
            continue;
        }
        for (size_t i = 0; i < producer->outputs.size(); i++) {
            Var *var = producer->outputs[i];
            auto slot = std::find(op->inputs.begin(), op->inputs.end(), var);
            if (!var || slot == op->inputs.end()) {
                continue;
            }
            // A recurrent layer's input need not have the scale of its hidden state; the reference gives it that.
            if (op->is(operators::RECURRENT) && m_settings.free_recurrent_inputs && slot == op->inputs.begin()) {
                continue;
            }
            warn_of_alignment(producer, producer->out[i], op, master);
            producer->out[i]->enslave_to(master);
        }
    }
}

void Quantizer::align() {
    for (auto &entry : m_graph.ops) {
        Op *op = entry.get();
        if (!op->quantized) {
            continue;
        }
        if (op->custom && op->is(operators::PASSIVE) && !op->in.empty() && op->in[0]->state != State::FP32) {
            for (Record *record : op->out) {
                if (record->state != State::FP32) {
                    record->enslave_to(op->in[0]);
                }
            }
        }
        Record *master = op->is(operators::ONE_SCALE)    ? align_inputs(op)
                         : op->is(operators::COMPARISON) ? align_comparison(op)
                         : op->is(operators::RECURRENT)  ? align_states(op)
                                                         : nullptr;
        if (master) {
            align_producers(op, master);
        }
    }
}

/** A bias has the scale of the products that it is added to. */
void Quantizer::scale_bias(Op *op) {
    Var *bias = op->inputs[2];
    if (!bias->is_param) {
        throw Error("node '" + op->name + "' (" + op->type + "): its bias must be a constant");
    }
    bias->value = bias->value.squeeze();
    if (bias->value.dim() == 0) {
        bias->value = bias->value.reshape({1});
    }
    bias->shape = bias->value.sizes().vec();
    if (!op->in[1]->has_scale() || !op->in[0]->has_scale()) {
        throw Error("node '" + op->name + "' (" + op->type + "): its input or weights have no scale");
    }
    Record *record = op->in[2];
    const int input = op->in[0]->scale_exponents()[0];
    record->parent = nullptr;
    record->exponents.clear();
    for (int exponent : op->in[1]->scale_exponents()) {
        record->exponents.push_back(exponent + input);
    }
    record->channel_axis = op->in[1]->channel_axis >= 0 ? 0 : -1;
    record->state = State::PASSIVE;
    const Tensor ints = bias->value / scale_of(bias->value, record);
    const double largest = ints.abs().max().item<double>();
    if (largest > record->qmax()) {
        m_warnings.push_back("node '" + op->name + "': the bias needs " +
                             std::to_string(static_cast<int64_t>(largest)) + ", the chip's " +
                             std::to_string(record->bits) + " bits hold " +
                             std::to_string(static_cast<int64_t>(record->qmax())) + ": it is limited");
    }
}

void Quantizer::scale_biases() {
    const size_t told = m_warnings.size();
    for (auto &op : m_graph.ops) {
        if (op->quantized && op->is(operators::WEIGHTED) && op->inputs.size() == 3 &&
            op->in[2]->state == State::PASSIVE) {
            scale_bias(op.get());
        }
    }
    m_warnings.resize(told);
}

void Quantizer::passive_params() {
    auto fixed = [](Record *record, int exponent) {
        record->parent = nullptr;
        record->exponents = {exponent};
        record->state = State::PASSIVE;
    };
    for (auto &entry : m_graph.ops) {
        Op *op = entry.get();
        if (!op->quantized) {
            continue;
        }
        if (op->is(operators::WEIGHTED) && op->inputs.size() == 3 &&
            (op->in[2]->state == State::PASSIVE_INIT || op->in[2]->state == State::PASSIVE)) {
            scale_bias(op);
        } else if (op->is(operators::RECURRENT)) {
            if (op->in.size() > 3 && op->in[3]->state == State::PASSIVE_INIT) {
                fixed(op->in[3], -9);
            }
            if (op->type == "LSTM") {
                if (op->in.size() > 6 && op->in[6]->state == State::PASSIVE_INIT) {
                    fixed(op->in[6], -9);
                }
                if (op->out.size() > 2 && op->out[2]->state == State::PASSIVE_INIT) {
                    fixed(op->out[2], -9);
                }
            }
        } else if (op->type == "Clip" || (op->type == "Pad" && op->inputs.size() == 3)) {
            for (size_t i = op->type == "Clip" ? 1 : 2; i < op->in.size(); i++) {
                if (op->inputs[i]) {
                    op->in[i]->enslave_to(op->in[0]);
                }
            }
        }
    }
}

}  // namespace quantize
