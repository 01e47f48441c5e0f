#include "dl_module_unsqueeze.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Unsqueeze::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.empty()) {
        refuse("an input is needed");
        return {};
    }
    const std::vector<int> &shape = input_shapes[0];
    const int rank = static_cast<int>(shape.size() + m_axes.size());
    std::vector<bool> added(rank, false);
    for (int axis : m_axes) {
        if (!normalize_axis(axis, rank) || added[axis]) {
            refuse("axes %s cannot be added to the shape %s", tool::shape_to_string(m_axes).c_str(),
                   tool::shape_to_string(shape).c_str());
            return {};
        }
        added[axis] = true;
    }
    std::vector<int> unsqueezed;
    size_t next = 0;
    for (int i = 0; i < rank; i++) {
        unsqueezed.push_back(added[i] ? 1 : shape[next++]);
    }
    return {unsqueezed};
}

void Unsqueeze::print() {
    ESP_LOGI("Unsqueeze", "%s: axes %s", this->name.c_str(), tool::shape_to_string(m_axes).c_str());
}

Module *Unsqueeze::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::vector<int> axes;
    if (get_ints(fbs_model, node_name, 1, "axes", axes) != INTS_GIVEN) {
        return refuse_node(node_name, "Unsqueeze", "input 1 (axes) must be a constant of int64");
    }
    return new Unsqueeze(axes, node_name.c_str(), MODULE_INPLACE_UNCHANGED_BUFFER,
                         get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
