// Horizontal weight split: off unless asked for.

#include <algorithm>

#include "passes/quantizer.hpp"

namespace quantize {

namespace {

using torch::Tensor;

}  // namespace

void Quantizer::split_weights() {
    for (const std::string &name : m_settings.split_layers) {
        auto found =
            std::find_if(m_graph.ops.begin(), m_graph.ops.end(), [&](const auto &o) { return o->name == name; });
        if (found == m_graph.ops.end()) {
            throw Error("--split: the network has no layer '" + name + "'" + suggestion(name, m_graph.op_names()));
        }
        Op *op = found->get();
        if (!op->input(1) || !op->input(1)->is_param || !op->is(operators::COMPUTING)) {
            throw Error("--split: layer '" + name + "' (" + op->type + ") has no constant weights to split");
        }
        const Tensor w = op->inputs[1]->value, mask = (w.abs() > m_settings.split_threshold).to(w.scalar_type());
        if (!mask.any().item<bool>()) {
            continue;
        }
        const Tensor share = w / 2 * mask;
        op->inputs[1]->value = w - share;
        Op *clone = m_graph.new_op("", op->type);
        clone->attributes = op->attributes;
        clone->inputs = {op->inputs[0], m_graph.new_param("", share)};
        clone->quantized = op->quantized;
        clone->bits = op->bits;
        clone->bias_bits = op->bias_bits;
        clone->high_precision = op->high_precision;
        Op *add = m_graph.new_op("", "Add");
        add->quantized = op->quantized;
        add->bits = op->bits;
        add->bias_bits = op->bias_bits;
        add->high_precision = op->high_precision;
        add->outputs = {op->outputs[0]};
        op->outputs[0] = m_graph.new_var("");
        clone->outputs = {m_graph.new_var("")};
        add->inputs = {op->outputs[0], clone->outputs[0]};
        m_graph.refresh();
    }
}

}  // namespace quantize
