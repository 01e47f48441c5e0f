#include "dl_module_flatten.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Flatten::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("an input is needed");
        return {};
    }
    const std::vector<int> &shape = input_shapes[0];
    const int rank = static_cast<int>(shape.size());
    const int axis = m_axis < 0 ? m_axis + rank : m_axis;
    if (axis < 0 || axis > rank) {  // ONNX allows the rank itself here
        refuse("axis %d is outside the input's shape %s", m_axis, tool::shape_to_string(shape).c_str());
        return {};
    }
    const int64_t inner = elements_from(shape, axis);
    const int64_t all = elements_from(shape, 0);
    return {{static_cast<int>(inner ? all / inner : 0), static_cast<int>(inner)}};
}

void Flatten::print() {
    ESP_LOGI("Flatten", "%s: axis %d", this->name.c_str(), m_axis);
}

Module *Flatten::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = 1;
    fbs_model->get_operation_attribute(node_name, "axis", axis);
    return new Flatten(node_name.c_str(), axis, MODULE_INPLACE_UNCHANGED_BUFFER, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
