/**
 * @file dl_module_attribute.hpp
 * What deserialize() of many operators needs: lists of integers, axes, indices.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_module_base.hpp"

namespace dl {
namespace module {

/** Is a list of integers of an operator known? */
typedef enum {
    INTS_ABSENT = 0,    ///< the node has neither the input nor the attribute
    INTS_GIVEN = 1,     ///< read
    INTS_NOT_CONST = 2  ///< the input is computed by another node, or its type holds no integers
} ints_t;

/**
 * Read a list of integers. Newer operator sets give it as a constant input, int64 or int32, older ones as an attribute.
 * Values beyond the range of int are limited to it.
 * @param index input, or -1 for none
 * @param attribute name of the attribute, or nullptr for none
 */
ints_t get_ints(fbs::FbsModel *fbs_model, const std::string &node_name, int index, const char *attribute,
                std::vector<int> &values);

/**
 * Read the integers of a tensor that a module was constructed with, and delete the tensor: such modules own their
 * parameters. nullptr is an empty list.
 * @return false, with a log line, if the tensor is neither int64 nor int32
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

/** Number of elements of the axes from `axis`, counted from 0, to the last. */
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

/** Can index_at() read this tensor? */
inline bool holds_indices(const TensorBase *tensor) {
    return tensor && (tensor->dtype == DATA_TYPE_INT64 || tensor->dtype == DATA_TYPE_INT32);
}

/** Strides of a row-major tensor: for each axis, the elements from one index to the next. */
inline std::vector<int64_t> strides_of(const std::vector<int> &shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (int i = static_cast<int>(shape.size()) - 2; i >= 0; i--) {
        strides[i] = strides[i + 1] * shape[i + 1];
    }
    return strides;
}

}  // namespace module
}  // namespace dl
