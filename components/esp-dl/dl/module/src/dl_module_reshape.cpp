#include "dl_module_reshape.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> Reshape::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    const std::vector<int> input = input_shapes.empty() ? std::vector<int>{} : input_shapes[0];
    std::vector<int> shape = m_shape;
    const int64_t elements = tool::shape_size(input);
    int64_t known = 1;
    int open = -1;
    bool valid = elements > 0 && !input_shapes.empty();
    for (size_t i = 0; valid && i < shape.size(); i++) {
        if (shape[i] == 0 && !m_allow_zero && i < input.size()) {
            shape[i] = input[i];
        }
        if (shape[i] == -1 && open < 0) {
            open = static_cast<int>(i);
        } else {
            valid = shape[i] > 0 && shape[i] <= elements / known;
            known *= valid ? shape[i] : 1;
        }
    }
    if (valid && open >= 0) {
        shape[open] = static_cast<int>(elements / known);
        known *= shape[open];
    }
    if (!valid || known != elements) {
        refuse("the shape %s cannot hold the input's shape %s", tool::shape_to_string(m_shape).c_str(),
               tool::shape_to_string(input).c_str());
        return {};
    }
    return {shape};
}

void Reshape::print() {
    ESP_LOGI("Reshape", "%s: shape %s", this->name.c_str(), tool::shape_to_string(m_shape).c_str());
}

Module *Reshape::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::vector<int> shape;
    int allow_zero = 0;
    fbs_model->get_operation_attribute(node_name, "allowzero", allow_zero);
    if (get_ints(fbs_model, node_name, 1, "shape", shape) != INTS_GIVEN) {
        return refuse_node(node_name, "Reshape", "input 1 (shape) must be a constant of int64");
    }
    return new Reshape(shape, allow_zero != 0, node_name.c_str(), MODULE_INPLACE_UNCHANGED_BUFFER,
                       get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
