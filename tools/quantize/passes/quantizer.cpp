#include "passes/quantizer.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "passes/meter.hpp"
#include "passes/rewrite.hpp"

namespace quantize {

namespace {

/** Inputs that are no quantized data: indices, shapes, bounds. */
bool is_plain_input(const Op &op, size_t i) {
    if (op.custom) {
        const Var *var = op.inputs[i];
        return !torch::isFloatingType(var->dtype) || (var->is_param && !op.custom->quantized_constants);
    }
    return i > 0 && i <= op.row().plain_inputs;
}

int bias_bits_of(Target target, int bits) {
    if (target == Target::C) {
        return bits == 8 ? 32 : 64;
    }
    return target == Target::S3 ? (bits == 8 ? 20 : 40) : (bits == 8 ? 32 : 40);
}

}  // namespace

Quantizer::Quantizer(Graph &graph, const Settings &settings, Progress progress)
    : m_graph(graph), m_settings(settings), m_progress(std::move(progress)) {}

Values Quantizer::feed(const Batch &batch) const {
    Values values;
    for (size_t i = 0; i < m_graph.inputs.size(); i++) {
        values[m_graph.inputs[i]] = batch.at(i);
    }
    return values;
}

void Quantizer::quantize(const Samples &calibration) {
    if (calibration.size() == 0) {
        throw Error("the calibration set is empty");
    }
    fuse_operators(m_graph, m_settings.reference);
    split_shared_params(m_graph);
    dispatch();
    split_weights();
    split_channels();
    equalize();
    decompose_conv_transpose(m_graph);
    split_shared_params(m_graph);
    m_executor = std::make_unique<Executor>(m_graph, m_settings.target);
    m_executor->trace(feed(calibration[0]));
    create_records();
    fusion_pass();
    simplify_pass();
    take_given_scales();
    observe_params();
    const FoundScales found = calibrate(calibration);
    if (m_settings.observer == "auto" || !m_graph.output_losses.empty()) {
        choose_scales(calibration, found);
    } else {
        finish_scales();
    }
    keep_scales();
    if (m_settings.bias_correction || m_settings.measure_passes) {
        const Meter meter(*this, calibration);
        m_calibrated = meter.measure();
        if (m_settings.bias_correction) {
            correct_biases(calibration);
            add_gain({"bias correction", "", *m_calibrated, meter.measure()});
        }
    }
    if (!m_settings.training.method.empty()) {
        train(calibration);
    }
}

/** Of several records for one tensor, the one that makes it, else its first reader's. */
void Quantizer::keep_scales() {
    auto keep = [&](const Var *var, Record *record) {
        if (var && record->has_scale() && record->state != State::FP32) {
            m_scales.emplace(var->name, GivenScale{record->scale_exponents(), record->bits, record->channel_axis});
        }
    };
    for (const Op *op : m_graph.execution_order()) {
        for (size_t i = 0; op->quantized && i < op->outputs.size(); i++) {
            keep(op->outputs[i], op->out[i]);
        }
        for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
            keep(op->inputs[i], op->in[i]);
        }
    }
}

void Quantizer::finish_scales() {
    focus();
    align();
    passive_params();
    set_ports();
    m_executor->refresh();
}

/**
 * The chip gets a graph input at one scale, that of its first reader; the others convert it. (The reference simulates
 * each reader with a scale of its own, and no file converts.)
 */
void Quantizer::set_ports() {
    for (Var *input : m_graph.inputs) {
        input->port = nullptr;
        input->port_of_chip = m_settings.reference;
    }
    for (Op *op : m_graph.execution_order()) {
        for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
            Var *var = op->inputs[i];
            if (var && !var->source && !var->is_param && !var->port && op->in[i]->state != State::FP32 &&
                op->in[i]->has_scale()) {
                var->port = op->in[i];
            }
        }
    }
}

/** A layer that an option names. @return false, with a warning, if rewrites have merged it with another */
bool Quantizer::find_layer(const std::string &option, const std::string &name) {
    const std::set<std::string> names = m_graph.op_names();
    if (names.count(name)) {
        return true;
    }
    if (!m_graph.file_names.count(name)) {
        throw Error(option + ": the network has no layer '" + name + "'" + suggestion(name, names));
    }
    m_warnings.push_back(option + ": layer '" + name +
                         "' is merged with another one before quantization, the option changes nothing (`espdl check` "
                         "tells what becomes of each)");
    return false;
}

void Quantizer::dispatch() {
    for (const auto &[name, bits] : m_settings.dispatch) {
        find_layer(bits ? "--int16" : "--float", name);
    }
    for (auto &op : m_graph.ops) {
        op->quantized = op->is(operators::QUANTIZED);
        op->bits = op->custom && op->custom->bits > 0 ? op->custom->bits : m_settings.bits;
        auto other = m_settings.dispatch.find(op->name);
        if (other != m_settings.dispatch.end()) {
            op->quantized = op->quantized && other->second != 0;
            op->bits = other->second ? other->second : op->bits;
        }
        op->counts_padding = m_settings.reference;
        op->bias_bits = bias_bits_of(m_settings.target, op->bits);
        op->high_precision = op->quantized && !op->custom && op->bits == 16 && m_settings.high_precision;
    }
}

void Quantizer::create_records() {
    for (auto &entry : m_graph.ops) {
        Op *op = entry.get();
        op->in.clear();
        op->out.clear();
        if (!op->quantized) {
            continue;
        }
        for (size_t i = 0; i < op->inputs.size(); i++) {
            Record *record = m_graph.new_record(op->bits);
            record->histogram_bins = 32 << (op->bits - 1);
            if (!op->inputs[i] || is_plain_input(*op, i)) {
                record->state = State::FP32;
            }
            op->in.push_back(record);
        }
        for (size_t i = 0; i < op->outputs.size(); i++) {
            Record *record = m_graph.new_record(op->bits);
            record->histogram_bins = 32 << (op->bits - 1);
            const bool integers = op->custom && op->outputs[i] && !torch::isFloatingType(op->outputs[i]->dtype);
            if (integers || (i == 0 && (op->is(operators::COMPARISON) || op->is(operators::FLOAT_RESULT)))) {
                record->state = State::FP32;
            }
            op->out.push_back(record);
        }
        if (op->is(operators::WEIGHTED)) {
            if (!op->input(1) || !op->input(1)->is_param) {
                throw Error("node '" + op->name + "' (" + op->type + "): its weights must be constant");
            }
            if (op->inputs.size() > 2) {
                op->in.back()->state = State::PASSIVE_INIT;
                op->in.back()->bits = op->bias_bits;
            }
            if (m_settings.target == Target::P4) {
                const bool transposed = op->get<int64_t>("transB", 0) != 0;
                op->in[1]->channel_axis = op->type == "Gemm" ? (transposed ? 0 : 1) : (op->type == "Conv" ? 0 : 1);
            }
        }
        auto sixteen = [&](std::vector<Record *> &records, size_t i) {
            if (i < records.size() && records[i]->state != State::FP32) {
                records[i]->bits = 16;
                records[i]->state = State::PASSIVE_INIT;
            }
        };
        if (op->is(operators::RECURRENT)) {
            sixteen(op->in, 3);
            if (op->type == "LSTM") {
                sixteen(op->in, 6);
                sixteen(op->out, 2);
            }
        }
    }
}

void Quantizer::fusion_pass() {
    auto same_platform = [](const Op *a, const Op *b) { return a->quantized && b->quantized && a->bits == b->bits; };
    auto merge = [](Op *op, Op *activation) {
        op->out[0]->dominated_by(activation->out[0]);
        activation->in[0]->dominated_by(activation->out[0]);
    };
    auto activation_after = [&](Op *op) -> Op * {
        const std::vector<Op *> consumers = m_graph.consumers(op);
        if (consumers.size() != 1 || m_graph.is_output(op->outputs[0]) || !consumers[0]->is(operators::ACTIVATION)) {
            return nullptr;
        }
        const std::vector<Op *> producers = m_graph.producers(consumers[0]);
        return producers.size() == 1 && producers[0] == op && consumers[0]->quantized ? consumers[0] : nullptr;
    };
    for (auto &op : m_graph.ops) {
        if (op->quantized && op->is(operators::COMPUTING)) {
            Op *activation = activation_after(op.get());
            if (activation && same_platform(op.get(), activation)) {
                merge(op.get(), activation);
            }
        }
    }
    for (auto &op : m_graph.ops) {
        if (!op->quantized || !op->is(operators::PASSIVE) || op->inputs.empty() || !op->inputs[0]) {
            continue;
        }
        if (op->custom) {
            continue;  // it may compute other values, which the scale limits: align()
        }
        // The reference lets an operator behind a graph input, or behind one of other bits, have two scales, and
        // InsertZeros always, because it observes the zeros, too. Where they differ, the chip cannot compute it.
        const bool behind_same = op->inputs[0]->source && same_platform(op.get(), op->inputs[0]->source);
        const bool zeros = op->type == "InsertZeros";
        if (m_settings.reference && (zeros ? m_settings.reference_errors : !behind_same)) {
            continue;
        }
        for (Record *record : op->out) {
            record->dominated_by(op->in[0]);
        }
    }
    for (auto &op : m_graph.ops) {
        Op *activation = op->quantized ? activation_after(op.get()) : nullptr;
        if (!activation) {
            continue;
        }
        if (activation->bits > op->bits) {
            continue;  // the operator's fewer bits would not hold the activation's finer scale
        }
        if (!same_platform(op.get(), activation) && op->is(operators::TAKES_RELU) && activation->type == "Relu" &&
            op->out[0]->bits > activation->out[0]->bits) {
            activation->bits = op->bits;
            activation->out[0]->bits = op->out[0]->bits;
            activation->out[0]->histogram_bins = op->out[0]->histogram_bins;
        }
        merge(op.get(), activation);
    }
}

void Quantizer::simplify_pass() {
    for (auto &op : m_graph.ops) {
        for (size_t o = 0; op->quantized && o < op->outputs.size(); o++) {
            if (!op->outputs[o] || op->out[o]->state == State::FP32) {
                continue;
            }
            std::set<Op *> seen;
            for (auto &[reader, slot] : op->outputs[o]->readers) {
                if (!reader->quantized || reader->bits != op->bits || !seen.insert(reader).second) {
                    continue;
                }
                Record *record = reader->in[slot];
                if (record->state == State::INITIAL && record->bits == op->out[o]->bits && record->channel_axis < 0) {
                    record->dominated_by(op->out[o]);
                }
            }
        }
    }
}

void Quantizer::focus() {
    for (const auto &entry : m_settings.focused_scales) {
        const std::string &name = entry.first;
        const double scale = entry.second;
        if (!find_layer("--scale", name)) {
            continue;
        }
        auto op = std::find_if(m_graph.ops.begin(), m_graph.ops.end(), [&](const auto &o) { return o->name == name; });
        if (op == m_graph.ops.end() || !(*op)->quantized) {
            throw Error("--scale: layer '" + name + "' is not quantized");
        }
        Record *record = (*op)->out[0];
        if (record->parent) {
            m_warnings.push_back("the scale of '" + name + "' follows another operator's: the given one is not used");
            continue;
        }
        record->exponents = {static_cast<int>(std::lround(std::log2(scale)))};
        record->state = State::ACTIVATED;
        record->given = true;
    }
}

}  // namespace quantize
