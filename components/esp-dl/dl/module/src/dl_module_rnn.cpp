#include "dl_module_rnn.hpp"

#include <algorithm>

namespace dl {
namespace module {

/** The inputs' numbers in ONNX. */
enum { X, W, R, B, SEQUENCE_LENS, INITIAL_H, INITIAL_C, PEEPHOLES };

std::vector<std::vector<int>> Rnn::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() < 3 || input_shapes[X].size() != 3 || m_hidden_size < 1 || m_hidden_size > 1 << 16) {
        refuse("X of rank 3, W, R and a hidden_size from 1 to 65536 are needed (hidden_size is %d)", m_hidden_size);
        return {};
    }
    const int time = input_shapes[X][m_batch_first ? 1 : 0];
    const int batch = input_shapes[X][m_batch_first ? 0 : 1];
    const std::vector<int> w = {directions(), gates() * m_hidden_size, input_shapes[X][2]};
    const std::vector<int> r = {directions(), gates() * m_hidden_size, m_hidden_size};
    if (input_shapes[W] != w || input_shapes[R] != r) {
        refuse("W and R need the shapes %s and %s and have %s and %s", tool::shape_to_string(w).c_str(),
               tool::shape_to_string(r).c_str(), tool::shape_to_string(input_shapes[W]).c_str(),
               tool::shape_to_string(input_shapes[R]).c_str());
        return {};
    }
    std::vector<int> y = {time, directions(), batch, m_hidden_size};
    std::vector<int> state = {directions(), batch, m_hidden_size};
    if (m_batch_first) {
        y = {batch, time, directions(), m_hidden_size};
        state = {batch, directions(), m_hidden_size};
    }
    std::vector<std::vector<int>> shapes = {y, state};
    if (m_is_lstm) {
        shapes.push_back(state);
    }
    return shapes;
}

esp_err_t Rnn::check(ModelContext *context) {
    TensorBase *x = input(context, X);
    if (!x || x->size == 0) {
        return refuse("X with elements is needed");
    }
    const bool is_float = x->dtype == DATA_TYPE_FLOAT;
    if (!is_float && x->dtype != DATA_TYPE_INT8 && x->dtype != DATA_TYPE_INT16) {
        return refuse("X is %s: int8, int16 and float are supported", x->get_dtype_string());
    }
    if (input(context, PEEPHOLES) || (!m_is_lstm && input(context, INITIAL_C))) {
        warn_node(name.c_str(), op_type.c_str(), "input %zu is passed over", m_inputs_index.size() - 1);
    }
    const int batch = x->shape[m_batch_first ? 0 : 1];
    const int64_t state = static_cast<int64_t>(directions()) * batch * m_hidden_size;
    const dtype_t cell = is_float ? DATA_TYPE_FLOAT : DATA_TYPE_INT16;
    const struct {
        TensorBase *tensor;
        const char *what;
        dtype_t dtype;
        int64_t size;
    } needed[] = {
        {input(context, W), "W", x->dtype, -1},
        {input(context, R), "R", x->dtype, -1},
        {input(context, B), "B", cell, static_cast<int64_t>(directions()) * 2 * gates() * m_hidden_size},
        {input(context, INITIAL_H), "initial_h", x->dtype, state},
        {m_is_lstm ? input(context, INITIAL_C) : nullptr, "initial_c", cell, state},
        {output(context, 0), "Y", x->dtype, -1},
        {output(context, 1), "Y_h", x->dtype, -1},
        {output(context, 2), "Y_c", cell, -1},
    };
    for (const auto &need : needed) {
        if (need.tensor && (need.tensor->dtype != need.dtype || (need.size >= 0 && need.tensor->size != need.size))) {
            return refuse("%s needs %lld elements of %s and has %d of %s", need.what,
                          static_cast<long long>(need.size < 0 ? need.tensor->size : need.size),
                          tool::dtype_to_string(need.dtype), need.tensor->size, need.tensor->get_dtype_string());
        }
    }
    if (!input(context, W) || !input(context, R)) {
        return refuse("W and R are needed");
    }
    for (TensorBase *tensor : {input(context, W), input(context, R), input(context, B)}) {
        if (tensor && tensor->exponent.is_per_channel()) {
            return refuse("exponents per channel are not supported");
        }
    }
    TensorBase *lengths = input(context, SEQUENCE_LENS);
    if (lengths && (!holds_indices(lengths) || lengths->size != batch)) {
        return refuse("sequence_lens needs %d elements of int32 and has %d of %s", batch, lengths->size,
                      lengths->get_dtype_string());
    }
    return ESP_OK;
}

esp_err_t Rnn::prepare(ModelContext *context) {
    TensorBase *x = input(context, X);
    auto exponent = [](TensorBase *tensor, int fallback) {
        return !tensor || tensor->dtype == DATA_TYPE_FLOAT ? fallback : static_cast<int>(tensor->exponent);
    };
    m_args.time = x->shape[m_batch_first ? 1 : 0];
    m_args.batch = x->shape[m_batch_first ? 0 : 1];
    m_args.input = x->shape[2];
    m_args.hidden = m_hidden_size;
    m_args.directions = directions();
    m_args.batch_first = m_batch_first;
    m_args.reverse = m_direction == REVERSE;
    m_args.lengths.assign(m_args.batch, m_args.time);
    m_args.dtype = x->dtype;
    m_args.gate_exponent = x->dtype == DATA_TYPE_FLOAT ? 0 : m_gate_exponent;
    m_args.x_exponent = exponent(x, 0);
    m_args.w_exponent = exponent(input(context, W), 0);
    m_args.r_exponent = exponent(input(context, R), 0);
    m_args.b_exponent = exponent(input(context, B), m_args.gate_exponent);
    // The state that is fed back has the exponent of output Y, or of Y_h if the node has no Y.
    TensorBase *state = output(context, 0) ? output(context, 0) : output(context, 1);
    m_args.h_exponent = exponent(state ? state : input(context, INITIAL_H), 0);
    m_args.y_h_exponent = exponent(output(context, 1), m_args.h_exponent);
    m_args.initial_h_exponent = exponent(input(context, INITIAL_H), m_args.h_exponent);
    m_args.c_exponent =
        exponent(output(context, 2) ? output(context, 2) : input(context, INITIAL_C), m_args.gate_exponent);
    m_args.initial_c_exponent = exponent(input(context, INITIAL_C), m_args.c_exponent);
    m_args.units = m_args.directions * m_args.batch;
    m_args.constant = m_inputs_index[W] >= CONTEXT_PARAMETER_OFFSET && m_inputs_index[R] >= CONTEXT_PARAMETER_OFFSET;
    m_args.w = input(context, W)->get_element_ptr();
    m_args.r = input(context, R)->get_element_ptr();
    m_kernel = m_is_lstm ? base::select_lstm(m_args) : base::select_gru(m_args);
    return ESP_OK;
}

void Rnn::forward(ModelContext *context, runtime_mode_t mode) {
    auto data = [](TensorBase *tensor) { return tensor ? tensor->get_element_ptr() : nullptr; };
    m_args.x = data(input(context, X));
    m_args.w = data(input(context, W));
    m_args.r = data(input(context, R));
    m_args.b = data(input(context, B));
    m_args.initial_h = data(input(context, INITIAL_H));
    m_args.initial_c = m_is_lstm ? data(input(context, INITIAL_C)) : nullptr;
    m_args.y = data(output(context, 0));
    m_args.y_h = data(output(context, 1));
    m_args.y_c = m_is_lstm ? data(output(context, 2)) : nullptr;
    TensorBase *lengths = input(context, SEQUENCE_LENS);
    for (int i = 0; lengths && i < m_args.batch; i++) {
        m_args.lengths[i] = static_cast<int>(std::clamp<int64_t>(index_at(lengths, i), 0, m_args.time));
    }
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void Rnn::print() {
    static const char *const directions[] = {"forward", "reverse", "bidirectional"};
    ESP_LOGI("Rnn", "%s (%s): hidden_size %d, %s, layout %d, gate_exponent %d", this->name.c_str(),
             m_is_lstm ? "LSTM" : "GRU", m_hidden_size, directions[m_direction], m_batch_first, m_gate_exponent);
}

bool Rnn::read_attributes(fbs::FbsModel *fbs_model, const std::string &node_name, const char *op_type,
                          const std::vector<std::string> &activations, int &hidden_size, direction_t &direction,
                          bool &batch_first, int &gate_exponent) {
    std::string way = "forward";
    int layout = 0;
    fbs_model->get_operation_attribute(node_name, "hidden_size", hidden_size);
    fbs_model->get_operation_attribute(node_name, "direction", way);
    fbs_model->get_operation_attribute(node_name, "layout", layout);
    fbs_model->get_operation_attribute(node_name, "gate_exponent", gate_exponent);
    batch_first = layout != 0;
    if (way != "forward" && way != "reverse" && way != "bidirectional") {
        refuse_node(node_name, op_type,
                    "attribute 'direction' is '%s': forward, reverse and bidirectional are supported", way.c_str());
        return false;
    }
    direction = way == "forward" ? FORWARD : (way == "reverse" ? REVERSE : BIDIRECTIONAL);
    if (gate_exponent < -30 || gate_exponent > 30) {
        refuse_node(node_name, op_type, "attribute 'gate_exponent' is %d: -30 to 30 are supported", gate_exponent);
        return false;
    }
    std::vector<std::string> given;
    fbs_model->get_operation_attribute(node_name, "activations", given);
    for (size_t i = 0; i < given.size(); i++) {
        if (given[i] != activations[i % activations.size()]) {
            warn_node(node_name, op_type, "attribute 'activations' (%s) is passed over: the defaults hold",
                      given[i].c_str());
            break;
        }
    }
    if (fbs_model->has_operation_attribute(node_name, "clip")) {
        warn_node(node_name, op_type, "attribute 'clip' is passed over");
    }
    return true;
}

Module *GRU::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int hidden_size = 0;
    direction_t direction;
    bool batch_first;
    int gate_exponent = -9;
    int linear_before_reset = 0;
    fbs_model->get_operation_attribute(node_name, "linear_before_reset", linear_before_reset);
    if (linear_before_reset == 0) {
        return refuse_node(node_name, "GRU", "attribute 'linear_before_reset' is 0: 1 is supported");
    }
    if (!read_attributes(fbs_model, node_name, "GRU", {"Sigmoid", "Tanh"}, hidden_size, direction, batch_first,
                         gate_exponent)) {
        return nullptr;
    }
    return new GRU(node_name.c_str(), hidden_size, direction, batch_first, gate_exponent, MODULE_NON_INPLACE,
                   get_quant_type(fbs_model, node_name));
}

Module *LSTM::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int hidden_size = 0;
    direction_t direction;
    bool batch_first;
    int gate_exponent = -9;
    int input_forget = 0;
    fbs_model->get_operation_attribute(node_name, "input_forget", input_forget);
    if (input_forget != 0) {
        return refuse_node(node_name, "LSTM", "attribute 'input_forget' is %d: 0 is supported", input_forget);
    }
    if (!read_attributes(fbs_model, node_name, "LSTM", {"Sigmoid", "Tanh", "Tanh"}, hidden_size, direction, batch_first,
                         gate_exponent)) {
        return nullptr;
    }
    return new LSTM(node_name.c_str(), hidden_size, direction, batch_first, gate_exponent, MODULE_NON_INPLACE,
                    get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
