#include "export/exporter.hpp"

#include <algorithm>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

}  // namespace

Exporter::Exporter(Quantizer &quantizer, const ExportOptions &options)
    : m_quantizer(quantizer), m_graph(quantizer.graph()), m_options(options), m_target(quantizer.settings().target) {}

void Exporter::prepare() {
    simulate_test();
    if (!m_options.chunks.empty()) {
        stream();
    }
    attributes_to_inputs();
    merge_relu();
    prepare_matmul();
    lay_out();
    clean_transposes();
    insert_conversions();
    set_quant_types();
    fix_exponents();
    check_shared_scales();
    make_tables();
    store_params();
}

void Exporter::simulate_test() {
    if (m_options.test_input) {
        RunOptions options;
        options.keep_all = true;
        options.exact = !m_quantizer.settings().reference_errors;
        options.table_step = m_quantizer.settings().lut_step;
        m_test_values = m_quantizer.executor().run(m_quantizer.feed(*m_options.test_input), options);
    }
}

void Exporter::attributes_to_inputs() {
    for (auto &op : m_graph.ops) {
        const bool axes =
            op->type == "Squeeze" || op->type == "Unsqueeze" || op->row().layout == operators::Layout::AXES;
        const std::string key = axes ? "axes" : (op->type == "Split" ? "split" : "");
        if (key.empty() || !op->has(key)) {
            continue;
        }
        const Ints values = *constant_ints(*op, SIZE_MAX, key);
        op->inputs.resize(1);
        op->inputs.push_back(m_graph.new_param("", torch::tensor(values, torch::kLong)));
        if (op->quantized) {
            op->in.resize(1);
            op->in.push_back(m_graph.new_record(op->bits));
            op->in.back()->state = State::FP32;
        }
        op->attributes.erase(key);
    }
    m_graph.refresh();
}

void Exporter::merge_relu() {
    for (size_t i = 0; i < m_graph.ops.size(); i++) {
        Op *op = m_graph.ops[i].get();
        if (!op->quantized || !op->is(operators::TAKES_RELU) || op->has("activation")) {
            continue;
        }
        op->attributes["activation"] = std::string("Linear");
        const std::vector<Op *> consumers = m_graph.consumers(op);
        if (consumers.size() != 1 || consumers[0]->type != "Relu" || !consumers[0]->quantized ||
            consumers[0]->bits != op->bits || m_graph.is_output(op->outputs[0])) {
            continue;
        }
        Op *relu = consumers[0];
        op->attributes["activation"] = std::string("Relu");
        op->outputs[0] = relu->outputs[0];
        op->out[0] = relu->out[0];
        m_graph.remove(relu);
        m_graph.refresh();
        i = static_cast<size_t>(-1);
    }
}

void Exporter::set_quant_types() {
    for (auto &op : m_graph.ops) {
        op->attributes["quant_type"] = std::string(!op->quantized ? "F32" : (op->bits == 16 ? "S16" : "S8"));
        if (op->is(operators::RECURRENT)) {
            op->attributes["gate_exponent"] = static_cast<int64_t>(-9);
        }
    }
}

/** Where the chip's numbers are others than the simulation's, or coarser than a scale says. */
void Exporter::warn_of_arithmetic(Op *op) {
    if (op->type == "AveragePool" && op->counts_padding && op->has("count_include_pad") &&
        !op->get<int64_t>("count_include_pad", 0)) {
        const Ints pads = op->get<Ints>("pads", {});
        if (std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad != 0; })) {
            m_warnings.push_back("node '" + op->name +
                                 "' (AveragePool): calibration counts its padding, the chip does not");
        }
    }
    const bool product = op->is(operators::TAKES_RELU) || op->type == "Mul";
    if (product && op->in[0]->has_scale() && op->in[1]->has_scale() && op->out[0]->has_scale()) {
        const int shift =
            op->out[0]->scale_exponents()[0] - op->in[0]->scale_exponents()[0] - op->in[1]->scale_exponents()[0];
        if (shift < 0) {
            m_warnings.push_back("node '" + op->name + "' (" + op->type +
                                 "): its output is finer than its product by 2^" + std::to_string(-shift));
        }
    }
}

void Exporter::fix_exponents() {
    auto exportable = [](Record *record) {
        return record->has_scale() && (record->state == State::ACTIVATED || record->state == State::PASSIVE ||
                                       record->state == State::OVERLAPPED);
    };
    for (Op *op : m_graph.execution_order()) {
        if (!op->quantized) {
            continue;
        }
        for (size_t i = 0; i < op->inputs.size() && i < op->in.size(); i++) {
            Var *var = op->inputs[i];
            if (!var || !exportable(op->in[i])) {
                continue;
            }
            Record *first = m_config.emplace(var, op->in[i]).first->second;
            const bool same =
                first->bits == op->in[i]->bits && first->scale_exponents() == op->in[i]->scale_exponents();
            if (!var->source && !var->is_param && !same) {
                m_warnings.push_back("graph input '" + var->name + "': node '" + op->name +
                                     "' was simulated with another scale than the file gives it");
            }
        }
        for (size_t i = 0; i < op->outputs.size() && i < op->out.size(); i++) {
            if (op->outputs[i] && exportable(op->out[i])) {
                m_config.emplace(op->outputs[i], op->out[i]);
            }
        }
        warn_of_arithmetic(op);
    }
}

/** Operators that only move elements have no arithmetic between two scales: a file in which they differ is wrong. */
void Exporter::check_shared_scales() const {
    for (const auto &op : m_graph.ops) {
        if (!op->quantized || !op->is(operators::PASSIVE) || m_quantizer.settings().reference) {
            continue;
        }
        Record *in = config_of(op->input(0));
        for (const Var *var : op->outputs) {
            Record *out = config_of(var);
            if (in && out && (in->bits != out->bits || in->scale_exponents() != out->scale_exponents())) {
                throw Error("node '" + op->name + "' (" + op->type + "): its output '" + var->name + "' has " +
                            std::to_string(out->bits) + " bits at 2^" + std::to_string(out->scale_exponents()[0]) +
                            ", its input " + std::to_string(in->bits) + " at 2^" +
                            std::to_string(in->scale_exponents()[0]) + ": both must be the same");
            }
        }
    }
}

Record *Exporter::config_of(const Var *var) const {
    auto it = m_config.find(var);
    return it == m_config.end() ? nullptr : it->second;
}

Ints Exporter::stored_dims(const Var *var) const {
    Ints dims;
    for (int64_t p : perm_of(var)) {
        dims.push_back(var->shape.at(p));
    }
    return dims;
}

}  // namespace quantize
