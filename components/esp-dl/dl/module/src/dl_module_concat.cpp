#include "dl_module_concat.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Concat::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("at least one input is needed");
        return {};
    }
    std::vector<int> shape = input_shapes[0];
    int axis = m_axis;
    if (!normalize_axis(axis, static_cast<int>(shape.size()))) {
        refuse("axis %d is outside the input's shape %s", m_axis, tool::shape_to_string(shape).c_str());
        return {};
    }
    int64_t length = 0;
    for (const std::vector<int> &other : input_shapes) {
        std::vector<int> rest = other;
        if (rest.size() == shape.size()) {
            length += rest[axis];
            rest[axis] = shape[axis];
        }
        if (rest != shape || length > INT32_MAX) {
            refuse("inputs of the shapes %s and %s cannot be joined along axis %d",
                   tool::shape_to_string(shape).c_str(), tool::shape_to_string(other).c_str(), m_axis);
            return {};
        }
    }
    shape[axis] = static_cast<int>(length);
    return {shape};
}

esp_err_t Concat::prepare(ModelContext *context) {
    int axis = m_axis;
    normalize_axis(axis, static_cast<int>(output(context)->shape.size()));
    std::vector<int> lengths;
    for (size_t i = 0; i < m_inputs_index.size(); i++) {
        lengths.push_back(input(context, i)->shape[axis]);
    }
    return prepare_parts(context, lengths);
}

void Concat::print() {
    ESP_LOGI("Concat", "%s: axis %d", this->name.c_str(), m_axis);
}

Module *Concat::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int axis = 0;
    if (fbs_model->get_operation_attribute(node_name, "axis", axis) != ESP_OK) {
        return refuse_node(node_name, "Concat", "attribute 'axis' is needed and missing");
    }
    return new Concat(node_name.c_str(), axis, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
