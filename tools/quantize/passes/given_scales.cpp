// Scales that were found elsewhere, in place of those that observers find.

#include <algorithm>

#include "passes/quantizer.hpp"

namespace quantize {

namespace {

/** The exponents for a record's bits and channels. */
std::vector<int> exponents_for(const Record *record, const Var *var, const GivenScale &given) {
    std::vector<int> exponents = given.exponents;
    for (int &exponent : exponents) {
        exponent += given.bits - record->bits;
    }
    const int64_t channels = record->channel_axis >= 0 ? var->value.size(record->channel_axis) : 1;
    const bool fits = static_cast<int64_t>(exponents.size()) == channels &&
                      (channels == 1 || given.axis < 0 || given.axis == record->channel_axis);
    if (!fits) {
        exponents.assign(static_cast<size_t>(channels), *std::max_element(exponents.begin(), exponents.end()));
    }
    return exponents;
}

}  // namespace

/** The first operator that has to do with a tensor decides for all records that share its scale. */
void Quantizer::take_given_scales() {
    size_t used = 0, merged = 0;
    auto take = [&](Record *record, const Var *var) {
        auto found = var ? m_settings.given_scales.find(var->name) : m_settings.given_scales.end();
        const bool listed = found != m_settings.given_scales.end();
        if (!var || (!listed && !var->given) || record->state != State::INITIAL || !record->exponents.empty()) {
            return;
        }
        const GivenScale &given = listed ? found->second : *var->given;
        record->exponents = exponents_for(record, var, given);
        record->state = State::ACTIVATED;
        used += listed;
        merged += given.exponents.size() > record->exponents.size();
    };
    // Of a layer and the activation that it is computed with, the activation's scale is the one.
    for (const bool shared : {false, true}) {
        for (Op *op : m_graph.execution_order()) {
            for (size_t i = 0; op->quantized && i < op->outputs.size(); i++) {
                take(shared ? op->out[i]->root() : op->out[i], op->outputs[i]);
            }
            for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
                take(shared ? op->in[i]->root() : op->in[i], op->inputs[i]);
            }
        }
    }
    if (!m_settings.given_scales.empty() && used == 0) {
        throw Error("--scales: none of the tensors is one of this network's");
    }
    if (merged) {
        m_warnings.push_back(std::to_string(merged) +
                             " tensors have scales for each channel where the chip has one: it is the largest");
    }
}

}  // namespace quantize
