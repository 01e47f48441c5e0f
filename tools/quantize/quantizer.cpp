#include "quantizer.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "observer.hpp"
#include "rewrite.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

bool weighted(const Op &op) {
    return op.type == "Conv" || op.type == "ConvTranspose" || op.type == "Gemm";
}

bool comparison(const Op &op) {
    static const std::set<std::string> types = {"Greater", "Less", "Equal", "GreaterOrEqual", "LessOrEqual"};
    return types.count(op.type) > 0;
}

/** Inputs that are no quantized data: indices, shapes, bounds. */
bool is_float_input(const Op &op, size_t i) {
    static const std::set<std::string> second = {
        "Reshape", "Gather",          "GatherElements", "Split",     "Expand",          "Squeeze",         "Unsqueeze",
        "Tile",    "ReverseSequence", "TopK",           "ScatterND", "ScatterElements", "RMSNormalization"};
    const std::string &t = op.type;
    if (i == 0) {
        return false;
    }
    if (t.rfind("Reduce", 0) == 0 || second.count(t)) {
        return i == 1;
    }
    if (t == "Clip" || t == "Where") {
        return i <= 2;
    }
    if (t == "Pad" || t == "Resize") {
        return i <= 3;
    }
    return t == "Slice" && i <= 4;
}

int bias_bits_of(Target target, int bits) {
    if (target == Target::C) {
        return bits == 8 ? 32 : 64;
    }
    return target == Target::S3 ? (bits == 8 ? 20 : 40) : (bits == 8 ? 32 : 40);
}

}  // namespace

bool is_quantizable(const std::string &type) {
    static const std::set<std::string> types = {"Conv",
                                                "ConvTranspose",
                                                "Gemm",
                                                "GRU",
                                                "LSTM",
                                                "Relu",
                                                "PRelu",
                                                "Clip",
                                                "Pad",
                                                "Resize",
                                                "MaxPool",
                                                "AveragePool",
                                                "GlobalMaxPool",
                                                "GlobalAveragePool",
                                                "Softmax",
                                                "LogSoftmax",
                                                "LpNormalization",
                                                "Mul",
                                                "Add",
                                                "Max",
                                                "Sub",
                                                "Div",
                                                "Neg",
                                                "Reshape",
                                                "LeakyRelu",
                                                "Concat",
                                                "Sigmoid",
                                                "Interp",
                                                "ReduceL1",
                                                "ReduceL2",
                                                "ReduceMean",
                                                "ReduceMin",
                                                "ReduceMax",
                                                "ReduceProd",
                                                "ReduceSum",
                                                "ReduceSumSquare",
                                                "ReduceLogSum",
                                                "ReduceLogSumExp",
                                                "Transpose",
                                                "Slice",
                                                "Flatten",
                                                "HardSwish",
                                                "HardSigmoid",
                                                "MatMul",
                                                "Attention",
                                                "LayerNormalization",
                                                "RMSNormalization",
                                                "Gelu",
                                                "PPQBiasFusedMatMul",
                                                "Split",
                                                "Gather",
                                                "ScatterND",
                                                "Tanh",
                                                "Elu",
                                                "Greater",
                                                "Less",
                                                "Equal",
                                                "GreaterOrEqual",
                                                "LessOrEqual",
                                                "ReverseSequence",
                                                "Identity",
                                                "Swish",
                                                "Squeeze",
                                                "Unsqueeze",
                                                "Exp",
                                                "DepthToSpace",
                                                "SpaceToDepth",
                                                "InsertZeros",
                                                "Mod"};
    return types.count(type) > 0;
}

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
    fuse_operators(m_graph);
    split_shared_params(m_graph);
    dispatch();
    split_weights();
    equalize();
    decompose_conv_transpose(m_graph);
    split_shared_params(m_graph);
    m_executor = std::make_unique<Executor>(m_graph, m_settings.target);
    m_executor->trace(feed(calibration[0]));
    create_records();
    fusion_pass();
    simplify_pass();
    observe_params();
    calibrate(calibration);
    focus();
    align();
    passive_params();
    m_executor->refresh();
    if (m_settings.bias_correction) {
        correct_biases(calibration);
    }
}

void Quantizer::dispatch() {
    for (auto &op : m_graph.ops) {
        op->quantized = is_quantizable(op->type);
        op->bits = m_settings.bits;
        auto other = m_settings.dispatch.find(op->name);
        if (other != m_settings.dispatch.end()) {
            op->quantized = op->quantized && other->second != 0;
            op->bits = other->second ? other->second : m_settings.bits;
        }
        op->bias_bits = bias_bits_of(m_settings.target, op->bits);
        op->high_precision = op->quantized && op->bits == 16 && m_settings.high_precision;
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
            if (!op->inputs[i] || is_float_input(*op, i)) {
                record->state = State::FP32;
            }
            op->in.push_back(record);
        }
        for (size_t i = 0; i < op->outputs.size(); i++) {
            Record *record = m_graph.new_record(op->bits);
            record->histogram_bins = 32 << (op->bits - 1);
            if (i == 0 && (comparison(*op) || op->type == "Softmax" || op->type == "LogSoftmax")) {
                record->state = State::FP32;
            }
            op->out.push_back(record);
        }
        if (weighted(*op)) {
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
        if (op->type == "GRU" || op->type == "LSTM") {
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
        if (consumers.size() != 1 || m_graph.is_output(op->outputs[0]) ||
            (consumers[0]->type != "Relu" && consumers[0]->type != "Clip")) {
            return nullptr;
        }
        const std::vector<Op *> producers = m_graph.producers(consumers[0]);
        return producers.size() == 1 && producers[0] == op && consumers[0]->quantized ? consumers[0] : nullptr;
    };
    for (auto &op : m_graph.ops) {
        if (op->quantized && op->computing()) {
            Op *activation = activation_after(op.get());
            if (activation && same_platform(op.get(), activation)) {
                merge(op.get(), activation);
            }
        }
    }
    for (auto &op : m_graph.ops) {
        if (!op->quantized || !op->passive() || op->inputs.empty() || !op->inputs[0] || !op->inputs[0]->source ||
            !same_platform(op.get(), op->inputs[0]->source)) {
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
        const bool wide = op->type == "Conv" || op->type == "Gemm" || op->type == "MatMul";
        if (!same_platform(op.get(), activation) && wide && activation->type == "Relu" &&
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

void Quantizer::observe_params() {
    for (auto &op : m_graph.ops) {
        for (size_t i = 0; op->quantized && i < op->inputs.size(); i++) {
            Record *record = op->in[i];
            Var *var = op->inputs[i];
            if (!var || !var->is_param || record->state != State::INITIAL || !var->value.is_floating_point()) {
                continue;
            }
            const Tensor value = var->value.to(torch::kFloat).contiguous();
            if (value.numel() == 0) {
                throw Error("node '" + op->name + "': param '" + var->name + "' is empty");
            }
            if (record->channel_axis >= 0) {
                const Tensor rows = value.transpose(0, record->channel_axis)
                                        .contiguous()
                                        .reshape({value.size(record->channel_axis), -1});
                const Tensor low = std::get<0>(rows.min(1)).contiguous(), high = std::get<0>(rows.max(1)).contiguous();
                for (int64_t c = 0; c < rows.size(0); c++) {
                    record->exponents.push_back(
                        exponent_of_range(low.data_ptr<float>()[c], high.data_ptr<float>()[c], record->bits));
                }
            } else {
                const auto [low, high] = percentile_range(value);
                record->exponents = {exponent_of_range(low, high, record->bits)};
            }
            record->state = State::ACTIVATED;
        }
    }
}

void Quantizer::calibrate(const Samples &batches) {
    std::map<Record *, Observer> observers;
    for (auto &op : m_graph.ops) {
        auto add = [&](Record *record, Var *var) {
            if (record->state == State::INITIAL && var && var->dtype != torch::kLong && var->dtype != torch::kInt) {
                // mse compares ranges of 1 to 9 bins for each level. The reference gives it 2048 bins whatever the
                // levels are, which makes the range 32 times too wide for 16 bits.
                const int mse_bins = m_settings.reference_errors ? 2048 : 8 << record->bits;
                observers.emplace(record, Observer(m_settings.observer, record->bits,
                                                   m_settings.observer == "mse" ? mse_bins : record->histogram_bins));
            }
        };
        for (size_t i = 0; i < op->in.size(); i++) {
            add(op->in[i], op->inputs[i]);
        }
        for (size_t i = 0; i < op->out.size(); i++) {
            add(op->out[i], op->outputs[i]);
        }
    }
    bool second = false;
    RunOptions options;
    options.observe = [&](Op *op, const std::vector<Tensor> &inputs, const std::vector<Tensor> &outputs) {
        auto look = [&](Record *record, const Tensor &value) {
            auto observer = observers.find(record);
            if (observer != observers.end() && value.defined()) {
                second ? observer->second.second(value) : observer->second.first(value);
            }
        };
        for (size_t i = 0; i < op->in.size(); i++) {
            look(op->in[i], inputs[i]);
        }
        for (size_t i = 0; i < op->out.size(); i++) {
            look(op->out[i], outputs[i]);
        }
    };
    const bool two_passes = std::any_of(observers.begin(), observers.end(),
                                        [](const auto &entry) { return entry.second.wants_second_pass(); });
    m_executor->refresh();
    const int passes = two_passes ? 2 : 1;
    for (int pass = 0; pass < passes; pass++) {
        second = pass == 1;
        for (int step = 0; step < m_settings.calib_steps; step++) {
            m_progress("calibration",
                       ((double)pass * m_settings.calib_steps + step) / (passes * m_settings.calib_steps));
            m_executor->run(feed(batches[step % batches.size()]), options);
        }
    }
    for (auto &[record, observer] : observers) {
        record->exponents = {observer.exponent()};
        record->state = State::ACTIVATED;
    }
}

void Quantizer::focus() {
    for (const auto &entry : m_settings.focused_scales) {
        const std::string &name = entry.first;
        const double scale = entry.second;
        auto op = std::find_if(m_graph.ops.begin(), m_graph.ops.end(), [&](const auto &o) { return o->name == name; });
        if (op == m_graph.ops.end() || !(*op)->quantized) {
            throw Error("--scale: there is no quantized operator '" + name + "'");
        }
        Record *record = (*op)->out[0];
        if (record->parent) {
            m_warnings.push_back("the scale of '" + name + "' follows another operator's: the given one is not used");
            continue;
        }
        record->exponents = {(int)std::lround(std::log2(scale))};
        record->state = State::ACTIVATED;
    }
}

void Quantizer::align() {
    for (auto &entry : m_graph.ops) {
        Op *op = entry.get();
        if (!op->quantized) {
            continue;
        }
        Record *master = nullptr;
        if (op->type == "Add" || op->type == "Sub" || op->type == "Sum" || op->type == "Concat" ||
            op->type == "ScatterND" || op->type == "Resize") {
            master = op->out[0];
            for (Record *record : op->in) {
                if (record->state != State::FP32) {
                    record->enslave_to(master);
                }
            }
        } else if (comparison(*op)) {
            double low = 0, high = 0;
            for (Record *record : op->in) {
                if (record->state != State::FP32 && record->has_scale()) {
                    const double scale = std::ldexp(1.0, record->scale_exponents()[0]);
                    low = std::min(low, scale * record->qmin());
                    high = std::max(high, scale * record->qmax());
                }
            }
            if (op->in.back()->state == State::FP32) {
                continue;
            }
            master = op->in[0];
            const int exponent = exponent_of_range(low, high, master->bits);
            master->parent = nullptr;
            master->state = State::PASSIVE;
            master->exponents = {exponent};
            for (size_t i = 1; i < op->in.size(); i++) {
                if (op->in[i]->state != State::FP32) {
                    op->in[i]->enslave_to(master);
                }
            }
        } else if (op->type == "GRU" || op->type == "LSTM") {
            master = op->out[0];
            if (op->out.size() > 1 && op->outputs[1]) {
                op->out[1]->enslave_to(master);
            }
            if (op->in.size() > 5 && op->inputs[5]) {
                op->in[5]->enslave_to(master);
            }
        }
        if (!master) {
            continue;
        }
        for (Op *producer : m_graph.producers(op)) {
            if (!producer->quantized || producer->passive() || m_graph.consumers(producer).size() != 1) {
                continue;
            }
            for (size_t i = 0; i < producer->outputs.size(); i++) {
                Var *var = producer->outputs[i];
                auto slot = std::find(op->inputs.begin(), op->inputs.end(), var);
                if (!var || slot == op->inputs.end()) {
                    continue;
                }
                Record *record = producer->out[i];
                // A recurrent layer's input need not have the scale of its hidden state; the reference gives it that.
                const bool recurrent = op->type == "GRU" || op->type == "LSTM";
                if (recurrent && m_settings.free_recurrent_inputs && slot == op->inputs.begin()) {
                    continue;
                }
                if (record->has_scale() && master->has_scale() && record->scale_exponents().size() == 1) {
                    const int lost =
                        record->scale_exponents()[0] + record->bits - master->scale_exponents()[0] - master->bits;
                    if (recurrent && lost > 0) {
                        m_warnings.push_back("node '" + producer->name + "' gets the scale of '" + op->name + "' (" +
                                             op->type + "), which is 2^" + std::to_string(lost) +
                                             " too narrow for it: --free-rnn-inputs leaves its own");
                    } else if (record->bits > master->bits) {
                        m_warnings.push_back("node '" + producer->name + "' computes " + std::to_string(record->bits) +
                                             " bits with the coarser scale of '" + op->name + "', which has " +
                                             std::to_string(master->bits));
                    }
                }
                record->enslave_to(master);
            }
        }
    }
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
        if (weighted(*op) && op->inputs.size() == 3 &&
            (op->in[2]->state == State::PASSIVE_INIT || op->in[2]->state == State::PASSIVE)) {
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
                m_warnings.push_back("node '" + op->name + "': the bias needs " + std::to_string((int64_t)largest) +
                                     ", the chip's " + std::to_string(record->bits) + " bits hold " +
                                     std::to_string((int64_t)record->qmax()) + ": it is limited");
            }
        } else if (op->type == "GRU" || op->type == "LSTM") {
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
