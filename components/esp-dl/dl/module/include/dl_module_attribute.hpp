/**
 * @file dl_module_attribute.hpp
 * What deserialize() of many operators needs: constants that shape the output, axes.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_module_base.hpp"

namespace dl {
namespace module {

/** Whether an operator's list of integers is given, and where. */
typedef enum {
    INTS_ABSENT = 0,    ///< neither as an input nor as an attribute
    INTS_GIVEN = 1,     ///< read
    INTS_NOT_CONST = 2  ///< computed by another node, or of a type that holds no integers
} ints_t;

/**
 * Read a list of integers that newer operator sets pass as a constant input (int64 or int32) and older ones as an
 * attribute. Values beyond int are limited.
 * @param index input, or -1 for none
 * @param attribute name of the attribute, or nullptr for none
 */
ints_t get_ints(fbs::FbsModel *fbs_model, const std::string &node_name, int index, const char *attribute,
                std::vector<int> &values);

/**
 * The integers of a tensor that a module was constructed with, which is deleted: such modules own their parameters.
 * @return false, logged, if it holds none (int64 or int32); nullptr is an empty list
 */
bool take_ints(TensorBase *tensor, std::vector<int> &values);

/** The node's attribute quant_type; QUANT_TYPE_NONE if it is missing. */
quant_type_t get_quant_type(fbs::FbsModel *fbs_model, const std::string &node_name);

/** Make a negative axis count from the end. @return false outside [-rank, rank) */
inline bool normalize_axis(int &axis, int rank) {
    if (axis < -rank || axis >= rank) {
        return false;
    }
    axis += axis < 0 ? rank : 0;
    return true;
}

/** Elements from `axis` (counted from 0) to the end. */
inline int64_t elements_from(const std::vector<int> &shape, size_t axis) {
    int64_t elements = 1;
    for (size_t i = axis; i < shape.size(); i++) {
        elements *= shape[i];
    }
    return elements;
}

/** Is the tensor at this index a parameter, whose data check() may look at? */
inline bool is_constant(int tensor_index) {
    return tensor_index >= CONTEXT_PARAMETER_OFFSET;
}

/** Element i of a tensor of indices, int64 or int32. */
inline int64_t index_at(TensorBase *tensor, int64_t i) {
    return tensor->dtype == DATA_TYPE_INT64 ? tensor->get_element_ptr<int64_t>()[i]
                                            : tensor->get_element_ptr<int32_t>()[i];
}

/** Is it a tensor that index_at() can read? */
inline bool holds_indices(const TensorBase *tensor) {
    return tensor && (tensor->dtype == DATA_TYPE_INT64 || tensor->dtype == DATA_TYPE_INT32);
}

/** Elements between neighbours along each axis of a row-major tensor. */
inline std::vector<int64_t> strides_of(const std::vector<int> &shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (int i = (int)shape.size() - 2; i >= 0; i--) {
        strides[i] = strides[i + 1] * shape[i + 1];
    }
    return strides;
}

}  // namespace module
}  // namespace dl
