// The checks that a FlatBuffer passes before anything else reads it. Each refusal is one log line with the name of the
// node or tensor, what was needed and what there is.

#include <cinttypes>
#include <unordered_set>

#include "dl_tool.hpp"
#include "esp_log.h"
#include "fbs_model.hpp"
#include "fbs_tensor.hpp"

static const char *TAG = "fbs_model";

namespace fbs {

const char *data_type_name(espdl::TensorDataType type) {
    const int number = static_cast<int>(type);
    return number > static_cast<int>(espdl::TensorDataType::UNDEFINED) &&
                   number <= static_cast<int>(espdl::TensorDataType::UINT64)
               ? espdl::EnumNameTensorDataType(type)
               : "";
}

namespace {

/** Return a name in quotes, for messages: they make an empty name visible. A long name, from a damaged file, is cut. */
std::string quoted(std::string_view name) {
    constexpr size_t limit = 120;
    std::string shown;
    for (char c : name.substr(0, limit)) {
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return "'" + shown + (name.size() > limit ? "...'" : "'");
}

/**
 * Are the vector's elements aligned? The verifier does not check that, and a damaged file may break it. An empty vector
 * has no elements.
 */
template <typename T>
bool is_aligned(const flatbuffers::Vector<T> *vector) {
    return length(vector) == 0 || (reinterpret_cast<uintptr_t>(vector->Data()) & (sizeof(T) - 1)) == 0;
}

bool check_exponents(const flatbuffers::Vector<int64_t> *exponents, const std::string &owner) {
    if (!is_aligned(exponents)) {
        ESP_LOGE(TAG, "%s: its exponents are not aligned, the file is damaged", owner.c_str());
        return false;
    }
    for (size_t i = 0; i < length(exponents); i++) {
        const int64_t exponent = exponents->Get(i);
        if (exponent < EXPONENT_MIN || exponent > EXPONENT_MAX) {
            ESP_LOGE(TAG, "%s: exponent %" PRId64 " (number %d) is outside [%d, %d]", owner.c_str(), exponent,
                     static_cast<int>(i), static_cast<int>(EXPONENT_MIN), static_cast<int>(EXPONENT_MAX));
            return false;
        }
    }
    return true;
}

std::string shape_text(const espdl::Tensor *tensor) {
    std::string shape = "[";
    for (size_t i = 0; i < length(tensor->dims()) && i < 16; i++) {
        shape += (i ? ", " : "") + std::to_string(tensor->dims()->Get(i));
    }
    return shape + "]";
}

bool check_tensor(const espdl::Tensor *tensor, const std::string &owner, raw_unit_t unit) {
    if (!is_aligned(tensor->dims()) || !is_aligned(tensor->int64_data()) || !is_aligned(tensor->double_data()) ||
        !is_aligned(tensor->uint64_data())) {
        ESP_LOGE(TAG, "%s: its numbers are not aligned, the file is damaged", owner.c_str());
        return false;
    }
    const char *type = data_type_name(tensor->data_type());
    // Only numbers of the enumeration are converted to dtype_t.
    const size_t element_bytes = *type ? dl::tool::dtype_size(static_cast<dl::dtype_t>(tensor->data_type())) : 0;
    if (!*type || element_bytes == 0) {
        ESP_LOGE(TAG, "%s: data type %d%s%s cannot be used", owner.c_str(), static_cast<int>(tensor->data_type()),
                 *type ? " " : "", type);
        return false;
    }
    const int64_t count = element_count(tensor);
    if (count < 0) {
        ESP_LOGE(TAG, "%s: shape %s has a negative dimension or more than %d elements", owner.c_str(),
                 shape_text(tensor).c_str(), INT_MAX);
        return false;
    }
    if (tensor->data_location() != espdl::DataLocation::DEFAULT || length(tensor->external_data()) > 0) {
        ESP_LOGE(TAG, "%s: its data is in another file, which is not supported", owner.c_str());
        return false;
    }
    const uint64_t needed = static_cast<uint64_t>(count) * element_bytes;
    const tensor_data_t data = find_data(tensor, unit);
    if (needed > INT_MAX) {
        ESP_LOGE(TAG, "%s: shape %s of %s is too large", owner.c_str(), shape_text(tensor).c_str(), type);
        return false;
    }
    if (needed > data.bytes) {
        ESP_LOGE(TAG, "%s: shape %s of %s needs %" PRIu64 " bytes, the file holds %d", owner.c_str(),
                 shape_text(tensor).c_str(), type, needed, static_cast<int>(data.bytes));
        return false;
    }
    if (!check_exponents(tensor->exponents(), owner)) {
        return false;
    }
    const size_t exponents = length(tensor->exponents());
    if (exponents > 1) {
        bool per_channel = false;
        for (size_t i = 0; i < length(tensor->dims()); i++) {
            per_channel |= static_cast<uint64_t>(tensor->dims()->Get(i)) == exponents;
        }
        if (!per_channel) {
            ESP_LOGE(TAG, "%s: %d exponents fit no dimension of shape %s", owner.c_str(), static_cast<int>(exponents),
                     shape_text(tensor).c_str());
            return false;
        }
    }
    return true;
}

bool check_tensors(const flatbuffers::Vector<flatbuffers::Offset<espdl::Tensor>> *tensors, const char *kind,
                   raw_unit_t unit) {
    std::unordered_set<std::string_view> names;
    for (size_t i = 0; i < length(tensors); i++) {
        const espdl::Tensor *tensor = tensors->Get(i);
        const std::string_view name = view(tensor->name());
        if (name.empty()) {
            ESP_LOGE(TAG, "%s number %d has no name", kind, static_cast<int>(i));
            return false;
        }
        const std::string owner = std::string(kind) + " " + quoted(name);
        if (!names.insert(name).second) {
            ESP_LOGE(TAG, "%s: the name is given twice", owner.c_str());
            return false;
        }
        if (!check_tensor(tensor, owner, unit)) {
            return false;
        }
    }
    return true;
}

/** @param fixed whether every dimension must have a value */
bool check_value_infos(const flatbuffers::Vector<flatbuffers::Offset<espdl::ValueInfo>> *infos, const char *kind,
                       bool fixed) {
    std::unordered_set<std::string_view> names;
    for (size_t i = 0; i < length(infos); i++) {
        const espdl::ValueInfo *info = infos->Get(i);
        const std::string_view name = view(info->name());
        if (name.empty()) {
            if (!fixed) {
                continue;  // the name of an input that a node leaves out
            }
            ESP_LOGE(TAG, "%s number %d has no name", kind, static_cast<int>(i));
            return false;
        }
        const std::string owner = std::string(kind) + " " + quoted(name);
        if (fixed && !names.insert(name).second) {
            ESP_LOGE(TAG, "%s: the name is given twice", owner.c_str());
            return false;
        }
        if (!check_exponents(info->exponents(), owner)) {
            return false;
        }
        const espdl::TensorTypeAndShape *type =
            info->value_info_type() ? info->value_info_type()->value_as_tensor_type() : nullptr;
        if (!type) {
            if (fixed) {
                ESP_LOGE(TAG, "%s: it is no tensor", owner.c_str());
                return false;
            }
            continue;
        }
        if (!*data_type_name(type->elem_type()) && (fixed || type->elem_type() != espdl::TensorDataType::UNDEFINED)) {
            ESP_LOGE(TAG, "%s: data type %d is unknown", owner.c_str(), static_cast<int>(type->elem_type()));
            return false;
        }
        int64_t count = 1;
        const auto *dims = type->shape() ? type->shape()->dim() : nullptr;
        for (size_t d = 0; d < length(dims); d++) {
            const espdl::DimensionValue *value = dims->Get(d)->value();
            if (!value || value->dim_type() != espdl::DimensionValueType::VALUE) {
                if (fixed) {
                    ESP_LOGE(TAG, "%s: dimension %d has no value", owner.c_str(), static_cast<int>(d));
                    return false;
                }
                continue;
            }
            const int64_t dim = value->dim_value();
            if (dim < 0 || dim > INT_MAX || (dim > 0 && count > INT_MAX / dim)) {
                ESP_LOGE(TAG, "%s: dimension %d of %" PRId64 " is negative or makes more than %d elements",
                         owner.c_str(), static_cast<int>(d), dim, INT_MAX);
                return false;
            }
            count *= dim > 0 ? dim : 1;
        }
    }
    return true;
}

bool check_attribute(const espdl::Attribute *attribute, const std::string &owner, raw_unit_t unit) {
    const std::string name = "attribute " + quoted(view(attribute->name())) + " of " + owner;
    if (view(attribute->name()).empty()) {
        ESP_LOGE(TAG, "%s: the attribute has no name", name.c_str());
        return false;
    }
    if (attribute->g() || length(attribute->graphs()) > 0 || attribute->attr_type() == espdl::AttributeType::GRAPH ||
        attribute->attr_type() == espdl::AttributeType::GRAPHS) {
        ESP_LOGE(TAG, "%s holds a subgraph, which is not supported", name.c_str());
        return false;
    }
    if (!view(attribute->ref_attr_name()).empty()) {
        ESP_LOGE(TAG, "%s refers to a function's attribute, which is not supported", name.c_str());
        return false;
    }
    if (!is_aligned(attribute->ints())) {
        ESP_LOGE(TAG, "%s: its numbers are not aligned, the file is damaged", name.c_str());
        return false;
    }
    if (attribute->t() && !check_tensor(attribute->t(), name, unit)) {
        return false;
    }
    return true;
}

bool check_nodes(const flatbuffers::Vector<flatbuffers::Offset<espdl::Node>> *nodes, raw_unit_t unit) {
    for (size_t i = 0; i < length(nodes); i++) {
        const espdl::Node *node = nodes->Get(i);
        const std::string owner =
            "node " + std::to_string(i) + " " + quoted(view(node->name())) + " (" + text(node->op_type()) + ")";
        if (view(node->op_type()).empty()) {
            ESP_LOGE(TAG, "%s has no operator type", owner.c_str());
            return false;
        }
        if (length(node->output()) == 0) {
            ESP_LOGE(TAG, "%s has no output", owner.c_str());
            return false;
        }
        for (size_t a = 0; a < length(node->attribute()); a++) {
            if (!check_attribute(node->attribute()->Get(a), owner, unit)) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

bool FbsModel::validate(const espdl::Model *model) const {
    const espdl::Graph *graph = model->graph();
    if (!graph) {
        ESP_LOGE(TAG, "The model holds no graph");
        return false;
    }
    return check_nodes(graph->node(), m_raw_unit) && check_tensors(graph->initializer(), "parameter", m_raw_unit) &&
           check_tensors(graph->test_inputs_value(), "test input", m_raw_unit) &&
           check_tensors(graph->test_outputs_value(), "test output", m_raw_unit) &&
           check_value_infos(graph->input(), "graph input", true) &&
           check_value_infos(graph->output(), "graph output", false) &&
           check_value_infos(graph->value_info(), "tensor", false);
}

}  // namespace fbs
