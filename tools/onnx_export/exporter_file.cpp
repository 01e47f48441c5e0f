// What the file says of its tensors and nodes.

#include <algorithm>
#include <cmath>

#include "exporter.hpp"

namespace onnx_export {

std::vector<int> Exporter::shape_of(const std::string &name) {
    return m_in.is_parameter(name) ? m_in.get_tensor_shape(name) : m_in.get_value_info_shape(name);
}

dl::dtype_t Exporter::dtype_of(const std::string &name) {
    return m_in.is_parameter(name) ? m_in.get_tensor_dtype(name) : m_in.get_value_info_dtype(name);
}

int Exporter::exponent_of(const std::string &name) {
    if (!m_in.is_parameter(name)) {
        return is_quantized(name) ? m_in.get_value_info_exponent(name) : 0;
    }
    const std::vector<int> exponents = m_in.get_tensor_exponents(name);
    return exponents.empty() ? 0 : exponents[0];
}

std::vector<int> Exporter::ints_of(const Node &node, size_t index, const char *name) {
    std::vector<int> values;
    if (m_in.get_operation_attribute(node.name, name, values) == ESP_OK || !node.has_input(index)) {
        return values;
    }
    if (!m_in.is_parameter(node.in[index])) {
        refuse(node, std::string(name) + " is no constant");
    }
    for (float number : constant(node.in[index]).values) {
        values.push_back(static_cast<int>(std::clamp<double>(number, INT32_MIN, INT32_MAX)));
    }
    return values;
}

int Exporter::axis_of(const Node &node, int fallback) {
    const int axis = attribute(node, "axis", fallback), rank = static_cast<int>(rank_of(node.in[0]));
    if (axis < -rank || axis >= rank) {
        refuse(node, "axis " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank));
    }
    return axis < 0 ? axis + rank : axis;
}

bool Exporter::is_channels_last(const std::string &tensor) {
    for (const Node &node : m_nodes) {
        if (node.in.size() && node.in[0] == tensor && reads_channels_last(node.type)) {
            return true;
        }
    }
    return false;
}

Constant Exporter::constant(const std::string &name) {
    Constant result;
    const std::vector<int> shape = shape_of(name);
    result.dims.assign(shape.begin(), shape.end());
    result.values.resize(count_of(name));
    const void *raw = m_in.get_tensor_raw_data(name);
    if (!raw && !result.values.empty()) {
        throw Error("parameter '" + name + "' has no data");
    }
    const float scale = is_quantized(name) ? std::ldexp(1.0f, exponent_of(name)) : 1.0f;
    for (size_t i = 0; i < result.values.size(); i++) {
        switch (dtype_of(name)) {
            case dl::DATA_TYPE_INT8:
                result.values[i] = static_cast<const int8_t *>(raw)[i] * scale;
                break;
            case dl::DATA_TYPE_INT16:
                result.values[i] = static_cast<const int16_t *>(raw)[i] * scale;
                break;
            case dl::DATA_TYPE_INT32:
                result.values[i] = static_cast<float>(static_cast<const int32_t *>(raw)[i]);
                break;
            case dl::DATA_TYPE_INT64:
                result.values[i] = static_cast<float>(static_cast<const int64_t *>(raw)[i]);
                break;
            case dl::DATA_TYPE_FLOAT:
                result.values[i] = static_cast<const float *>(raw)[i];
                break;
            case dl::DATA_TYPE_BOOL:
                result.values[i] = static_cast<const bool *>(raw)[i];
                break;
            default:
                throw Error("parameter '" + name + "' is of a type without ONNX form");
        }
    }
    return result;
}

}  // namespace onnx_export
