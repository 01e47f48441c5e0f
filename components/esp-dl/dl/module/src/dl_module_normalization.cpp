#include "dl_module_normalization.hpp"

#include "dl_base_rescale.hpp"

namespace dl {
namespace module {

int64_t Normalization::row_length(const std::vector<int> &shape) const {
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(shape.size()));
    return is_lp() ? shape[axis] : elements_from(shape, axis);
}

std::vector<std::vector<int>> Normalization::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    int axis = m_axis;
    if (input_shapes.empty() || !normalize_axis(axis, static_cast<int>(input_shapes[0].size()))) {
        refuse("an input is needed, and axis %d within its shape %s", m_axis,
               input_shapes.empty() ? "" : tool::shape_to_string(input_shapes[0]).c_str());
        return {};
    }
    return {input_shapes[0]};
}

esp_err_t Normalization::check(ModelContext *context) {
    const esp_err_t result =
        check_tensors(context, 1, is_lp() ? 1 : 3, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
    if (result != ESP_OK) {
        return result;
    }
    TensorBase *in = input(context, 0);
    if (in->size == 0 || in->shape.size() > 8) {
        return refuse("the shape %s is not supported: elements and a rank up to 8 are needed",
                      tool::shape_to_string(in->shape).c_str());
    }
    for (size_t i = 1; i < m_inputs_index.size(); i++) {
        TensorBase *parameter = input(context, i);
        if (parameter && parameter->size != row_length(in->shape)) {
            return refuse("%s has %d elements, a row has %lld", i == 1 ? "scale" : "bias", parameter->size,
                          static_cast<long long>(row_length(in->shape)));
        }
    }
    return ESP_OK;
}

esp_err_t Normalization::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(in->shape.size()));
    m_args.kind = m_kind;
    m_args.length = row_length(in->shape);
    m_args.inner = is_lp() ? elements_from(in->shape, axis + 1) : 1;
    m_args.epsilon = m_epsilon;
    m_args.types = base::CopyTypes(in, output(context));
    m_args.units = static_cast<int>(in->size / m_args.length);
    m_kernel = base::select_normalization(m_args);
    m_apart.prepare(in, output(context));
    return ESP_OK;
}

void Normalization::forward(ModelContext *context, runtime_mode_t mode) {
    // Scale and bias become floats in every run, because the graph may compute them. They are few.
    for (size_t i = 1; i < m_inputs_index.size(); i++) {
        TensorBase *parameter = input(context, i);
        if (parameter) {
            std::vector<float> &real = i == 1 ? m_args.scale : m_args.bias;
            real.resize(parameter->size);
            base::load_real(parameter->dtype, parameter->get_element_ptr(), 0, 1, parameter->size,
                            DL_SCALE(parameter->exponent), real.data());
        }
    }
    m_args.src = m_apart.read(input(context, 0));
    m_args.dst = output(context)->get_element_ptr();
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void Normalization::print() {
    ESP_LOGI("Normalization", "%s (%s): axis %d, epsilon %g", this->name.c_str(), op_type.c_str(), m_axis, m_epsilon);
}

Module *LayerNormalization::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = -1;
    float epsilon = 1e-5f;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    fbs_model->get_operation_attribute(node_name, "epsilon", epsilon);
    return new LayerNormalization(node_name.c_str(), axis, epsilon, MODULE_INPLACE_CHANGED_BUFFER,
                                  get_quant_type(fbs_model, node_name));
}

Module *RMSNormalization::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = -1;
    float epsilon = 1e-5f;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    fbs_model->get_operation_attribute(node_name, "epsilon", epsilon);
    return new RMSNormalization(node_name.c_str(), axis, epsilon, MODULE_INPLACE_CHANGED_BUFFER,
                                get_quant_type(fbs_model, node_name));
}

Module *LpNormalization::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = -1;
    int p = 2;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    fbs_model->get_operation_attribute(node_name, "p", p);
    if (p != 1 && p != 2) {
        return refuse_node(node_name, "LpNormalization", "attribute 'p' is %d: 1 and 2 are supported", p);
    }
    return new LpNormalization(axis, p, node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER,
                               get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
