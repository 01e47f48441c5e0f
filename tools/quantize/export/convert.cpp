// Conversions where one operator's scale or type is not the next one's.

#include <cmath>

#include "export/exporter.hpp"

namespace quantize {

Op *Exporter::insert_before(Op *op, size_t input, const std::string &type, Record *in, Record *out) {
    Var *var = op->inputs[input];
    Op *conversion = m_graph.new_op_before(op, type);
    conversion->inputs = {var};
    conversion->outputs = {m_graph.new_var("")};
    conversion->outputs[0]->shape = var->shape;
    conversion->outputs[0]->dtype = var->dtype;
    m_perm[conversion->outputs[0]] = perm_of(var);
    conversion->bits = op->bits;
    conversion->quantized = type != "DequantizeLinear";
    const double s_in = in ? std::ldexp(1.0, in->scale_exponents()[0]) : 1;
    const double s_out = out ? std::ldexp(1.0, out->scale_exponents()[0]) : 1;
    const double scale = type == "RequantizeLinear" ? s_out / s_in : (type == "QuantizeLinear" ? s_out : s_in);
    const int bits = type == "DequantizeLinear" ? in->bits : out->bits;
    conversion->inputs.push_back(m_graph.new_param("", torch::tensor(static_cast<float>(scale))));
    conversion->inputs.push_back(m_graph.new_param("", torch::zeros({}, bits == 8 ? torch::kChar : torch::kShort)));
    Record *none = m_graph.new_record(op->bits);
    none->state = State::FP32;
    conversion->in = {in ? in : none, none, none};
    conversion->out = {out ? out : none};
    op->inputs[input] = conversion->outputs[0];
    return conversion;
}

void Exporter::insert_conversion(Op *op, size_t input) {
    Var *var = op->inputs[input];
    Record *wanted = op->quantized ? op->in[input] : nullptr;
    wanted = wanted && wanted->state != State::FP32 && wanted->has_scale() ? wanted : nullptr;
    if (var && !var->source && var->port && !var->port_of_chip) {
        if (wanted && (wanted->bits != var->port->bits || wanted->scale_exponents() != var->port->scale_exponents())) {
            insert_before(op, input, "RequantizeLinear", var->port, wanted);
        } else if (!op->quantized && op->type != "Shape") {
            insert_before(op, input, "DequantizeLinear", var->port, nullptr);
        }
        return;
    }
    if (!var || var->is_param || !var->source) {
        return;
    }
    Op *producer = var->source;
    Record *made = producer->quantized ? producer->out[var->source_index] : nullptr;
    made = made && made->state != State::FP32 ? made : nullptr;
    if (wanted && !made) {
        if (producer->quantized || var->dtype == torch::kFloat || var->dtype == torch::kBool ||
            var->dtype == torch::kDouble) {
            insert_before(op, input, "QuantizeLinear", nullptr, wanted);
        }
    } else if (wanted && made) {
        // The reference takes scales less than 1e-5 apart for equal, which loses the factor between fine ones.
        const double a = std::ldexp(1.0, made->scale_exponents()[0]), b = std::ldexp(1.0, wanted->scale_exponents()[0]);
        const bool same_scale = m_quantizer.settings().reference_errors
                                    ? std::fabs(a - b) < 1e-5
                                    : made->scale_exponents() == wanted->scale_exponents();
        if (made->bits != wanted->bits || !same_scale) {
            insert_before(op, input, "RequantizeLinear", made, wanted);
        }
    } else if (made && !op->quantized && op->type != "Shape") {
        insert_before(op, input, "DequantizeLinear", made, nullptr);
    }
}

void Exporter::insert_conversions() {
    std::vector<Op *> ops;
    for (Op *op : m_graph.execution_order()) {
        ops.push_back(op);
    }
    for (Op *op : ops) {
        for (size_t i = 0; i < op->inputs.size(); i++) {
            insert_conversion(op, i);
        }
    }
    m_graph.refresh();
}

}  // namespace quantize
