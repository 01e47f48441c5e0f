#include "dl_module_gather.hpp"

#include <algorithm>

namespace dl {
namespace module {

std::vector<std::vector<int>> Gather::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() == 1 && m_indices) {
        input_shapes.push_back(m_indices->shape);
    }
    int axis = m_axis;
    if (input_shapes.size() != 2 || !normalize_axis(axis, static_cast<int>(input_shapes[0].size()))) {
        refuse("data and indices are needed, and axis %d within the shape of the data", m_axis);
        return {};
    }
    std::vector<int> shape = input_shapes[0];
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, input_shapes[1].begin(), input_shapes[1].end());
    return {shape};
}

esp_err_t Gather::check(ModelContext *context) {
    TensorBase *data = input(context, 0);
    TensorBase *indices = input(context, 1);
    TensorBase *out = output(context);
    if (!data || !out || !holds_indices(indices)) {
        return refuse("data, indices of int64 or int32, and an output are needed");
    }
    if (data->size == 0 || out->size == 0) {
        return refuse("a tensor without elements cannot be computed");
    }
    if (data->shape.size() > 8 || out->shape.size() > 8) {
        return refuse("ranks up to 8 are supported: %zu and %zu given", data->shape.size(), out->shape.size());
    }
    if (!base::copy_supports(data->dtype, out->dtype)) {
        return refuse("%s cannot be copied to %s", data->get_dtype_string(), out->get_dtype_string());
    }
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(data->shape.size()));
    for (int64_t i = 0; is_constant(m_inputs_index[1]) && i < indices->size; i++) {
        const int64_t index = index_at(indices, i);
        if (index < -data->shape[axis] || index >= data->shape[axis]) {
            return refuse("index %lld is outside axis %d of the shape %s", static_cast<long long>(index), m_axis,
                          tool::shape_to_string(data->shape).c_str());
        }
    }
    return ESP_OK;
}

esp_err_t Gather::prepare(ModelContext *context) {
    TensorBase *data = input(context, 0);
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(data->shape.size()));
    m_args.length = data->shape[axis];
    m_args.run = elements_from(data->shape, axis + 1);
    m_args.indices.assign(input(context, 1)->size, 0);
    m_args.types = base::CopyTypes(data, output(context));
    m_args.units = static_cast<int>(output(context)->size / m_args.run);
    m_kernel = base::select_gather(m_args);
    return ESP_OK;
}

void Gather::forward(ModelContext *context, runtime_mode_t mode) {
    TensorBase *indices = input(context, 1);
    for (size_t i = 0; i < m_args.indices.size(); i++) {
        const int64_t index = index_at(indices, static_cast<int64_t>(i));
        m_args.indices[i] = std::clamp<int64_t>(index < 0 ? index + m_args.length : index, 0, m_args.length - 1);
    }
    m_args.src = input(context, 0)->get_element_ptr();
    m_args.dst = output(context)->get_element_ptr();
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void Gather::run(std::vector<TensorBase *> inputs, std::vector<TensorBase *> outputs, runtime_mode_t mode) {
    if (inputs.size() == 1 && m_indices) {
        inputs.push_back(m_indices.get());
    }
    Module::run(inputs, outputs, mode);
}

void Gather::print() {
    ESP_LOGI("Gather", "%s: axis %d", this->name.c_str(), m_axis);
}

Module *Gather::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = 0;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    return new Gather(nullptr, axis, node_name.c_str(), MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
