#include "dl_module_squeeze.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Squeeze::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("an input is needed");
        return {};
    }
    const std::vector<int> &shape = input_shapes[0];
    std::vector<bool> drop(shape.size(), m_axes.empty());
    for (int axis : m_axes) {
        // An axis of more than one element stays, and one that does not exist is ignored.
        if (normalize_axis(axis, static_cast<int>(shape.size()))) {
            drop[axis] = true;
        }
    }
    std::vector<int> squeezed;
    for (size_t i = 0; i < shape.size(); i++) {
        if (!drop[i] || shape[i] != 1) {
            squeezed.push_back(shape[i]);
        }
    }
    return {squeezed};
}

void Squeeze::print() {
    ESP_LOGI("Squeeze", "%s: axes %s", this->name.c_str(), tool::shape_to_string(m_axes).c_str());
}

Module *Squeeze::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::vector<int> axes;
    if (get_ints(fbs_model, node_name, 1, "axes", axes) == INTS_NOT_CONST) {
        return refuse_node(node_name, "Squeeze", "input 1 (axes) must be a constant of int64");
    }
    return new Squeeze(axes, node_name.c_str(), MODULE_INPLACE_UNCHANGED_BUFFER, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
