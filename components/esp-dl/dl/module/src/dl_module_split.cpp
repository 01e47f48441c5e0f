#include "dl_module_split.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Split::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("an input is needed");
        return {};
    }
    const std::vector<int> &shape = input_shapes[0];
    int axis = m_axis;
    if (!normalize_axis(axis, static_cast<int>(shape.size()))) {
        refuse("axis %d is outside the input's shape %s", m_axis, tool::shape_to_string(shape).c_str());
        return {};
    }
    std::vector<int> split = m_split;
    if (split.empty() && m_outputs > 0) {
        const int length = (shape[axis] + m_outputs - 1) / m_outputs;
        split.assign(m_outputs, length);
        split.back() = shape[axis] - length * (m_outputs - 1);
    }
    std::vector<std::vector<int>> shapes;
    int64_t sum = 0;
    for (int length : split) {
        if (length <= 0) {
            refuse("split %s holds a part without elements", tool::shape_to_string(split).c_str());
            return {};
        }
        sum += length;
        shapes.push_back(shape);
        shapes.back()[axis] = length;
    }
    if (sum != shape[axis]) {
        refuse("split %s does not add up to the %d elements along axis %d", tool::shape_to_string(split).c_str(),
               shape[axis], m_axis);
        return {};
    }
    return shapes;
}

esp_err_t Split::prepare(ModelContext *context) {
    std::vector<std::vector<int>> input_shapes = {input(context, 0)->shape};
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(input_shapes[0].size()));
    std::vector<int> lengths;
    for (const std::vector<int> &shape : get_output_shape(input_shapes)) {
        lengths.push_back(shape[axis]);
    }
    return prepare_parts(context, lengths);
}

void Split::print() {
    ESP_LOGI("Split", "%s: axis %d, split %s", this->name.c_str(), m_axis, tool::shape_to_string(m_split).c_str());
}

Module *Split::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = 0;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    std::vector<int> split;
    if (get_ints(fbs_model, node_name, 1, "split", split) == INTS_NOT_CONST) {
        return refuse_node(node_name, "Split", "input 1 (split) must be a constant of int64");
    }
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs);
    if (!split.empty() && split.size() != outputs.size()) {
        return refuse_node(node_name, "Split", "split has %zu entries for %zu outputs", split.size(), outputs.size());
    }
    return new Split(split, axis, static_cast<int>(outputs.size()), node_name.c_str(), MODULE_NON_INPLACE,
                     get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
