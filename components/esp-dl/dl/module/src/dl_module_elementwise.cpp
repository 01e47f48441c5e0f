#include "dl_module_elementwise.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>
#include <unordered_map>

#include "dl_base_parallel.hpp"
#include "dl_base_rescale.hpp"
#include "dl_module_attribute.hpp"
#include "dl_module_unary.hpp"

namespace dl {
namespace module {

static bool is_comparison(base::elementwise_t op) {
    return op >= base::ELEMENTWISE_EQUAL && op <= base::ELEMENTWISE_LESS_OR_EQUAL;
}

static bool is_logic(base::elementwise_t op) {
    return op >= base::ELEMENTWISE_AND;
}

/** Go back from a tensor to the operator that decides the order of its axes, and return that order. */
static constant_axes_t axes_beside(fbs::FbsModel *fbs_model, std::string tensor) {
    static const std::set<std::string> channels_last = {"AveragePool", "Conv",    "ConvTranspose", "GlobalAveragePool",
                                                        "InsertZeros", "MaxPool", "Resize"};
    static const std::set<std::string> as_given = {"Flatten", "GRU",     "Gather",  "Gemm",      "LSTM",
                                                   "MatMul",  "Reshape", "Squeeze", "Transpose", "Unsqueeze"};
    std::unordered_map<std::string, std::string> maker;
    for (const std::string &node : fbs_model->get_node_names()) {
        std::vector<std::string> inputs, outputs;
        fbs_model->get_operation_inputs_and_outputs(node, inputs, outputs);
        for (const std::string &name : outputs) {
            maker[name] = node;
        }
    }
    for (size_t steps = 0; steps <= maker.size(); steps++) {
        const auto found = maker.find(tensor);
        if (found == maker.end()) {
            break;
        }
        const std::string type = fbs_model->get_operation_type(found->second);
        if (channels_last.count(type)) {
            return AXES_CHANNELS_FIRST;
        }
        if (as_given.count(type)) {
            return AXES_AS_GIVEN;
        }
        std::vector<std::string> inputs, outputs;
        fbs_model->get_operation_inputs_and_outputs(found->second, inputs, outputs);
        const auto variable = std::find_if(inputs.begin(), inputs.end(), [&](const std::string &name) {
            return !name.empty() && !fbs_model->is_parameter(name);
        });
        if (variable == inputs.end()) {
            break;
        }
        tensor = *variable;
    }
    return AXES_EITHER;
}

void Elementwise::read_constants(fbs::FbsModel *fbs_model, const std::string &node_name) {
    std::vector<std::string> inputs, outputs;
    fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs);
    const std::string *variable = nullptr;
    bool constant = false;
    for (const std::string &name : inputs) {
        if (!fbs_model->is_parameter(name)) {
            variable = variable ? variable : &name;
        } else if (tool::shape_size(fbs_model->get_tensor_shape(name)) != 1) {
            constant = true;
        }
    }
    m_axes.clear();
    if (!variable || !constant) {
        return;
    }
    const constant_axes_t axes = axes_beside(fbs_model, *variable);
    for (const std::string &name : inputs) {
        // A constant with a layout lies in the activation's order already: its quantizer has said so.
        const std::string layout = fbs_model->is_parameter(name) ? fbs_model->get_tensor_layout(name) : "";
        const bool unknown = layout.empty() || layout == "UNK";
        m_axes.push_back(fbs_model->is_parameter(name) && unknown ? axes : AXES_AS_GIVEN);
    }
}

std::vector<bool> Elementwise::adapt_shapes(std::vector<std::vector<int>> &shapes) const {
    std::vector<bool> transposed(shapes.size(), false);
    size_t rank = 0;
    for (const std::vector<int> &shape : shapes) {
        rank = std::max(rank, shape.size());
    }
    std::vector<std::vector<int>> adapted = shapes;
    bool first = false;
    for (size_t k = 0; k < shapes.size() && k < m_axes.size(); k++) {
        if (m_axes[k] == AXES_AS_GIVEN || rank < 3) {
            continue;
        }
        adapted[k].insert(adapted[k].begin(), rank - shapes[k].size(), 1);
        std::rotate(adapted[k].begin() + 1, adapted[k].begin() + 2, adapted[k].end());
        transposed[k] = true;
        first = first || m_axes[k] == AXES_CHANNELS_FIRST;
    }
    std::vector<int> out, out_as_given;
    const bool fits = base::broadcast_shape(adapted, out);
    const bool fits_as_given = base::broadcast_shape(shapes, out_as_given);
    // Beside an activation [1, 1, 1, c], both orders of a constant [c] fit, but one makes the output [1, 1, c, c]. No
    // network has a constant that enlarges an activation, so the other order is meant. The slope of a PRelu always has
    // the channels first.
    const bool enlarges = m_args.op != base::ELEMENTWISE_PRELU && fits_as_given && out != out_as_given &&
                          std::find(shapes.begin(), shapes.end(), out_as_given) != shapes.end();
    if (fits && !enlarges && (first || !fits_as_given)) {
        shapes = adapted;
        return transposed;
    }
    return std::vector<bool>(shapes.size(), false);
}

Elementwise::Elementwise(base::elementwise_t op, const char *name, module_inplace_t inplace, quant_type_t quant_type)
    : Module(name, inplace, quant_type) {
    m_args.op = op;
}

std::vector<std::vector<int>> Elementwise::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    std::vector<std::vector<int>> shapes = input_shapes;
    adapt_shapes(shapes);
    std::vector<int> out;
    if (shapes.empty() || !base::broadcast_shape(shapes, out)) {
        std::string text;
        for (const std::vector<int> &shape : input_shapes) {
            text += (text.empty() ? "" : ", ") + tool::shape_to_string(shape);
        }
        refuse("shapes %s do not broadcast to one of at most %d dimensions", text.c_str(), base::MAX_RANK);
        return {};
    }
    return {out};
}

esp_err_t Elementwise::check(ModelContext *context) {
    const bool variadic =
        m_args.op == base::ELEMENTWISE_ADD || m_args.op == base::ELEMENTWISE_MAX || m_args.op == base::ELEMENTWISE_MIN;
    const bool to_bool = is_comparison(m_args.op) || is_logic(m_args.op);
    esp_err_t err = check_tensors(context, variadic ? 1 : 2, variadic ? base::MAX_OPERANDS : 2, 1,
                                  {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_INT32, DATA_TYPE_BOOL});
    if (err != ESP_OK) {
        return err;
    }
    std::vector<std::vector<int>> shapes;
    for (size_t i = 0; i < m_inputs_index.size() + 1; i++) {
        const bool is_output = i == m_inputs_index.size();
        const TensorBase *tensor = is_output ? output(context) : input(context, i);
        if (!tensor) {
            return refuse("input %zu is missing", i);
        }
        const bool is_bool = tensor->dtype == DATA_TYPE_BOOL;
        const bool good = is_output                  ? is_bool == to_bool && tensor->dtype != DATA_TYPE_INT32
                          : is_logic(m_args.op)      ? is_bool
                          : is_comparison(m_args.op) ? true
                                                     : !is_bool && tensor->dtype != DATA_TYPE_INT32;
        if (!good) {
            return refuse("%s %zu is of type %s, which this operator does not %s", is_output ? "output" : "input",
                          is_output ? static_cast<size_t>(0) : i, tensor->get_dtype_string(),
                          is_output ? "give" : "take");
        }
        if (tensor->exponent.is_per_channel() || std::abs(tensor->get_exponent()) > base::EXPONENT_LIMIT) {
            return refuse("%s %zu has an exponent of %d or one per channel: one of -%d to %d is needed",
                          is_output ? "output" : "input", is_output ? static_cast<size_t>(0) : i,
                          tensor->get_exponent(), base::EXPONENT_LIMIT, base::EXPONENT_LIMIT);
        }
        if (!is_output) {
            shapes.push_back(tensor->shape);
        }
    }
    const std::vector<std::vector<int>> expected = get_output_shape(shapes);
    if (expected.empty()) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    const TensorBase *out = output(context);
    if (out->size != tool::shape_size(expected[0])) {
        return refuse("the output has shape %s: %s is needed", tool::shape_to_string(out->shape).c_str(),
                      tool::shape_to_string(expected[0]).c_str());
    }
    return out->size > 0 ? ESP_OK : refuse("the output has no elements");
}

esp_err_t Elementwise::prepare(ModelContext *context) {
    std::vector<std::vector<int>> shapes;
    m_args.in.clear();
    for (size_t i = 0; i < m_inputs_index.size(); i++) {
        const TensorBase *in = input(context, i);
        shapes.push_back(in->shape);
        m_args.in.push_back({in->dtype, in->get_exponent(), DL_SCALE(in->get_exponent()), nullptr});
    }
    TensorBase *out = output(context);
    m_args.out = {out->dtype, out->get_exponent(), DL_RESCALE(out->get_exponent()), nullptr};
    const std::vector<bool> transposed = adapt_shapes(shapes);
    m_transposed.assign(shapes.size(), {});
    for (size_t k = 0; k < shapes.size(); k++) {
        if (!transposed[k]) {
            continue;
        }
        Transposed &to = m_transposed[k];
        to.batch = shapes[k].front();
        to.channels = shapes[k].back();
        to.space = input(context, k)->size / (to.batch * to.channels);
        if (to.channels > 1 && to.space > 1) {
            to.data.resize(input(context, k)->get_bytes());
        }
    }
    std::vector<int> out_shape;
    base::broadcast_shape(shapes, out_shape);
    m_args.walk = base::Broadcast(shapes, out_shape);
    m_kernel = base::select_elementwise(m_args);
    TensorBase *in = input(context, 0);
    const bool resized = in->get_dtype_bytes() != out->get_dtype_bytes();
    m_copy.resize(resized && in->get_element_ptr() == out->get_element_ptr() ? in->get_bytes() : 0);
    return ESP_OK;
}

FusionDescription Elementwise::describe(ModelContext *context) const {
    FusionDescription description;
    if (m_args.op != base::ELEMENTWISE_ADD || m_inputs_index.size() != 2) {
        return description;
    }
    const TensorBase *out = output(context);
    for (size_t i = 0; i < 2; i++) {
        const TensorBase *in = input(context, i);
        if (in->shape != out->shape || in->dtype != out->dtype ||
            static_cast<int>(in->exponent) != static_cast<int>(out->exponent) || !m_transposed[i].data.empty()) {
            return description;
        }
    }
    const bool is_integer = out->dtype == DATA_TYPE_INT8 || out->dtype == DATA_TYPE_INT16;
    if (is_integer) {
        description.adds = {m_inputs_index[0], m_inputs_index[1]};
    }
    return description;
}

void Elementwise::forward(ModelContext *context, runtime_mode_t mode) {
    for (size_t i = 0; i < m_args.in.size(); i++) {
        TensorBase *in = input(context, i);
        Transposed &to = m_transposed[i];
        m_args.in[i].data = in->get_element_ptr();
        if (to.data.empty()) {
            continue;
        }
        const size_t bytes = in->get_dtype_bytes();
        const uint8_t *from = static_cast<const uint8_t *>(m_args.in[i].data);
        for (int b = 0; b < to.batch; b++) {
            for (int c = 0; c < to.channels; c++) {
                for (int s = 0; s < to.space; s++) {
                    const size_t at = (static_cast<size_t>(b) * to.space + s) * to.channels + c;
                    memcpy(to.data.data() + at * bytes, from, bytes);
                    from += bytes;
                }
            }
        }
        m_args.in[i].data = to.data.data();
    }
    m_args.out.data = output(context)->get_element_ptr();
    if (!m_copy.empty()) {
        memcpy(m_copy.data(), m_args.in[0].data, m_copy.size());
        m_args.in[0].data = m_copy.data();
    }
    parallel_for(base::mode_for(mode, output(context)->get_bytes()), m_args.walk.units,
                 [&](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

/** Return whether the output may overwrite input 0, as on the chip: memory plans must be the chip's. */
static constexpr module_inplace_t inplace_of(base::elementwise_t op) {
    return op == base::ELEMENTWISE_SUB || op == base::ELEMENTWISE_MUL || op == base::ELEMENTWISE_DIV ||
                   op == base::ELEMENTWISE_POW
               ? MODULE_NON_INPLACE
               : MODULE_INPLACE_CHANGED_BUFFER;
}

template <base::elementwise_t OP, bool VARIADIC>
Module *ElementwiseOp<OP, VARIADIC>::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    ElementwiseOp *op = new ElementwiseOp(node_name.c_str(), inplace_of(OP), get_quant_type(fbs_model, node_name));
    op->read_constants(fbs_model, node_name);
    return op;
}

template class ElementwiseOp<base::ELEMENTWISE_ADD>;
template class ElementwiseOp<base::ELEMENTWISE_SUB>;
template class ElementwiseOp<base::ELEMENTWISE_MUL>;
template class ElementwiseOp<base::ELEMENTWISE_DIV>;
template class ElementwiseOp<base::ELEMENTWISE_POW>;
template class ElementwiseOp<base::ELEMENTWISE_ADD, true>;
template class ElementwiseOp<base::ELEMENTWISE_MAX, true>;
template class ElementwiseOp<base::ELEMENTWISE_MIN, true>;
template class ElementwiseOp<base::ELEMENTWISE_EQUAL>;
template class ElementwiseOp<base::ELEMENTWISE_GREATER>;
template class ElementwiseOp<base::ELEMENTWISE_GREATER_OR_EQUAL>;
template class ElementwiseOp<base::ELEMENTWISE_LESS>;
template class ElementwiseOp<base::ELEMENTWISE_LESS_OR_EQUAL>;
template class ElementwiseOp<base::ELEMENTWISE_AND>;
template class ElementwiseOp<base::ELEMENTWISE_OR>;
template class ElementwiseOp<base::ELEMENTWISE_XOR>;

Module *Mod::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int fmod = 0;
    fbs_model->get_operation_attribute(node_name, "fmod", fmod);
    Mod *op = new Mod(node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER, get_quant_type(fbs_model, node_name), fmod);
    op->read_constants(fbs_model, node_name);
    return op;
}

void PRelu::run(std::vector<TensorBase *> inputs, std::vector<TensorBase *> outputs, runtime_mode_t mode) {
    if (inputs.size() == 1 && m_alpha) {
        inputs.push_back(m_alpha.get());
    }
    Module::run(inputs, outputs, mode);
}

Module *PRelu::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    const quant_type_t quant_type = get_quant_type(fbs_model, node_name);
    TensorBase *lut = quant_type == QUANT_TYPE_SYMM_8BIT ? fbs_model->get_operation_lut(node_name) : nullptr;
    if (lut) {
        return new LUT(node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER, quant_type, lut);
    }
    return new PRelu(node_name.c_str(), nullptr, MODULE_INPLACE_CHANGED_BUFFER, quant_type);
}

}  // namespace module
}  // namespace dl
