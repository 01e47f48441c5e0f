#include "dl_module_scatter_nd.hpp"

#include <algorithm>

namespace dl {
namespace module {

static const char *const s_reduction_names[] = {"none", "add", "mul", "max", "min"};

ScatterND::ScatterND(const std::string &reduction, const char *name, module_inplace_t inplace, quant_type_t quant_type)
    : Module(name, inplace, quant_type) {
    const int known =
        static_cast<int>(std::find(s_reduction_names, s_reduction_names + 5, reduction) - s_reduction_names);
    m_known = known < 5;
    m_reduction = m_known ? static_cast<base::scatter_t>(known) : base::SCATTER_NONE;
}

std::vector<std::vector<int>> ScatterND::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (!m_known) {
        refuse("the reduction is unknown: none, add, mul, max and min are supported");
        return {};
    }
    if (input_shapes.size() != 3 || input_shapes[1].empty()) {
        refuse("data, indices of rank 1 or more, and updates are needed");
        return {};
    }
    const std::vector<int> &data = input_shapes[0];
    const std::vector<int> &indices = input_shapes[1];
    const int depth = indices.back();
    std::vector<int> updates(indices.begin(), indices.end() - 1);
    if (depth >= 0 && depth <= static_cast<int>(data.size())) {
        updates.insert(updates.end(), data.begin() + depth, data.end());
    }
    if (depth < 1 || depth > static_cast<int>(data.size()) || updates != input_shapes[2]) {
        refuse("indices %s and updates %s do not suit data %s", tool::shape_to_string(indices).c_str(),
               tool::shape_to_string(input_shapes[2]).c_str(), tool::shape_to_string(data).c_str());
        return {};
    }
    return {data};
}

bool ScatterND::offset_of(ModelContext *context, int64_t i, int64_t *offset) const {
    const std::vector<int> &shape = input(context, 0)->shape;
    TensorBase *indices = input(context, 1);
    const int depth = indices->shape.back();
    *offset = 0;
    for (int k = 0; k < depth; k++) {
        int64_t index = index_at(indices, i * depth + k);
        index += index < 0 ? shape[k] : 0;
        if (index < 0 || index >= shape[k]) {
            return false;
        }
        *offset += index * elements_from(shape, k + 1);
    }
    return true;
}

esp_err_t ScatterND::check(ModelContext *context) {
    TensorBase *data = input(context, 0);
    TensorBase *indices = input(context, 1);
    TensorBase *updates = input(context, 2);
    TensorBase *out = output(context);
    if (!data || !updates || !out || !holds_indices(indices)) {
        return refuse("data, indices of int64 or int32, updates and an output are needed");
    }
    if (data->size == 0 || indices->size == 0 || data->shape.size() > 8) {
        return refuse("the shape %s with %d indices is not supported: elements and a rank up to 8 are needed",
                      tool::shape_to_string(data->shape).c_str(), indices->size);
    }
    auto is_number = [](TensorBase *tensor) {
        return tensor->dtype == DATA_TYPE_INT8 || tensor->dtype == DATA_TYPE_INT16 || tensor->dtype == DATA_TYPE_FLOAT;
    };
    if (!base::copy_supports(data->dtype, out->dtype) || !base::copy_supports(updates->dtype, out->dtype) ||
        (m_reduction != base::SCATTER_NONE && (!is_number(data) || !is_number(updates) || !is_number(out)))) {
        return refuse("%s and %s cannot be made %s with reduction %s", data->get_dtype_string(),
                      updates->get_dtype_string(), out->get_dtype_string(), s_reduction_names[m_reduction]);
    }
    const int64_t count = indices->size / indices->shape.back();
    for (int64_t i = 0; is_constant(m_inputs_index[1]) && i < count; i++) {
        int64_t offset;
        if (!offset_of(context, i, &offset)) {
            return refuse("entry %lld of the indices lies outside the data %s", static_cast<long long>(i),
                          tool::shape_to_string(data->shape).c_str());
        }
    }
    return ESP_OK;
}

esp_err_t ScatterND::prepare(ModelContext *context) {
    TensorBase *data = input(context, 0);
    TensorBase *out = output(context);
    m_args.size = data->size;
    m_args.run = elements_from(data->shape, input(context, 1)->shape.back());
    m_args.reduction = m_reduction;
    m_args.types = base::CopyTypes(data, out);
    m_args.update_types = base::CopyTypes(input(context, 2), out);
    if (m_reduction != base::SCATTER_NONE && (!m_sums || m_sums->size != data->size)) {
        m_sums.reset(new TensorBase(data->shape, nullptr, 0, DATA_TYPE_FLOAT));
        if (!m_sums->data) {
            m_sums.reset();
            return ESP_ERR_NO_MEM;
        }
    }
    m_args.sums = m_sums ? m_sums->get_element_ptr<float>() : nullptr;
    m_kernel = base::select_scatter(m_args);
    m_apart.prepare(data, out);
    return ESP_OK;
}

void ScatterND::forward(ModelContext *context, runtime_mode_t) {
    TensorBase *indices = input(context, 1);
    const int64_t count = indices->size / indices->shape.back();
    m_args.data = m_apart.read(input(context, 0));
    m_args.dst = output(context)->get_element_ptr();
    m_args.updates = input(context, 2)->get_element_ptr();
    m_args.offsets.resize(count);
    for (int64_t i = 0; i < count; i++) {
        if (!offset_of(context, i, &m_args.offsets[i])) {
            m_args.offsets[i] = -1;
        }
    }
    m_kernel.run(m_args, 0, m_args.units);
}

void ScatterND::print() {
    ESP_LOGI("ScatterND", "%s: reduction %s", this->name.c_str(), s_reduction_names[m_reduction]);
}

Module *ScatterND::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::string reduction = "none";
    fbs_model->get_operation_attribute(node_name, "reduction", reduction);
    if (std::find(s_reduction_names, s_reduction_names + 5, reduction) == s_reduction_names + 5) {
        return refuse_node(node_name, "ScatterND",
                           "attribute 'reduction' is '%s': none, add, mul, max and min are supported",
                           reduction.c_str());
    }
    return new ScatterND(reduction, node_name.c_str(), MODULE_INPLACE_CHANGED_BUFFER,
                         get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
