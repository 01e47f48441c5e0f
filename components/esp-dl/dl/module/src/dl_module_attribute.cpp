#include "dl_module_attribute.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>

namespace dl {
namespace module {

ints_t get_ints(fbs::FbsModel *fbs_model, const std::string &node_name, int index, const char *attribute,
                std::vector<int> &values) {
    if (attribute && fbs_model->get_operation_attribute(node_name, attribute, values) == ESP_OK) {
        return INTS_GIVEN;
    }
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    if (index < 0 || fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs) != ESP_OK ||
        index >= static_cast<int>(inputs.size()) || inputs[index].empty()) {
        return INTS_ABSENT;
    }
    const std::string &name = inputs[index];
    const dtype_t dtype = fbs_model->get_tensor_dtype(name);
    const uint8_t *data = static_cast<const uint8_t *>(fbs_model->get_tensor_raw_data(name));
    if (!fbs_model->is_parameter(name) || (dtype != DATA_TYPE_INT64 && dtype != DATA_TYPE_INT32)) {
        return INTS_NOT_CONST;
    }
    const int64_t count = tool::shape_size(fbs_model->get_tensor_shape(name));
    if (count < 0 || (count > 0 && !data)) {
        return INTS_NOT_CONST;
    }
    values.clear();
    for (int64_t i = 0; i < count; i++) {
        int64_t value;
        if (dtype == DATA_TYPE_INT64) {
            memcpy(&value, data + i * 8, 8);
        } else {
            int32_t value32;
            memcpy(&value32, data + i * 4, 4);
            value = value32;
        }
        values.push_back(static_cast<int>(std::clamp<int64_t>(value, INT_MIN, INT_MAX)));
    }
    return INTS_GIVEN;
}

bool take_ints(TensorBase *tensor, std::vector<int> &values) {
    const std::unique_ptr<TensorBase> owned(tensor);
    values.clear();
    if (tensor && !holds_indices(tensor)) {
        ESP_LOGE("Module", "a list of integers is a tensor of int64 or int32, not of %s", tensor->get_dtype_string());
        return false;
    }
    for (int i = 0; tensor && i < tensor->size; i++) {
        values.push_back(static_cast<int>(std::clamp<int64_t>(index_at(tensor, i), INT_MIN, INT_MAX)));
    }
    return true;
}

quant_type_t get_quant_type(fbs::FbsModel *fbs_model, const std::string &node_name) {
    quant_type_t quant_type = QUANT_TYPE_NONE;
    fbs_model->get_operation_attribute(node_name, "quant_type", quant_type);
    return quant_type;
}

}  // namespace module
}  // namespace dl
