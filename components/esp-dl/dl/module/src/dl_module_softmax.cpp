#include "dl_module_softmax.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Softmax::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    int axis = m_axis;
    if (input_shapes.empty() || !normalize_axis(axis, static_cast<int>(input_shapes[0].size()))) {
        refuse("axis %d is outside the input's shape %s", m_axis,
               input_shapes.empty() ? "(missing)" : tool::shape_to_string(input_shapes[0]).c_str());
        return {};
    }
    return {input_shapes[0]};
}

esp_err_t Softmax::check(ModelContext *context) {
    const esp_err_t result = check_tensors(context, 1, 1, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
    return result == ESP_OK && input(context, 0)->size == 0 ? refuse("a tensor without elements cannot be computed")
                                                            : result;
}

esp_err_t Softmax::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(in->shape.size()));
    m_args.length = in->shape[axis];
    m_args.inner = elements_from(in->shape, axis + 1);
    m_args.is_log = m_is_log;
    m_args.types = m_types = m_fused_types = base::CopyTypes(in, out);
    m_args.units = static_cast<int>(in->size / m_args.length);
    m_kernel = base::select_softmax(m_args);
    return ESP_OK;
}

void Softmax::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.src = input(context, 0)->get_element_ptr();
    m_args.dst = output(context)->get_element_ptr();
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

bool Softmax::fuse(const Module *next, const FusionDescription &description, ModelContext *context) {
    TensorBase *y = output(context);
    TensorBase *next_y = next->m_outputs_index.empty() ? nullptr : context->get_tensor(next->m_outputs_index[0]);
    // The fused result is the same: the float is rounded once, here or in the next module. It must lie where the floats
    // would: at any other address, the memory plan may still keep another tensor while this module runs.
    if (!description.only_converts || !y || !next_y || y->dtype != DATA_TYPE_FLOAT ||
        next_y->get_element_ptr() != y->get_element_ptr()) {
        return false;
    }
    m_fused_types = base::CopyTypes(input(context, 0), next_y);
    set_fused(true);
    return true;
}

void Softmax::set_fused(bool fused) {
    m_args.types = fused ? m_fused_types : m_types;
    m_kernel = base::select_softmax(m_args);
}

void Softmax::print() {
    ESP_LOGI("Softmax", "%s (%s): axis %d", this->name.c_str(), op_type.c_str(), m_axis);
}

Module *Softmax::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = -1;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    return new Softmax(node_name.c_str(), axis, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

Module *LogSoftmax::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = -1;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    return new LogSoftmax(node_name.c_str(), axis, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
