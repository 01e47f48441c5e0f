/**
 * @file fbs_tensor.hpp
 * Functions about tensors of a FlatBuffer, for the checks and the look-ups.
 */
#pragma once

#include <climits>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "dl_define.hpp"
#include "espdl_generated.h"

namespace fbs {

/** Return the text of a FlatBuffers string, or "" if it is absent. */
inline std::string_view view(const flatbuffers::String *s) {
    return s ? std::string_view(s->c_str(), s->size()) : std::string_view();
}

inline std::string text(const flatbuffers::String *s) {
    return std::string(view(s));
}

/** Return the length of a FlatBuffers vector, or 0 if it is absent. */
template <typename T>
inline size_t length(const flatbuffers::Vector<T> *v) {
    return v ? v->size() : 0;
}

/**
 * Return the number of elements, or -1 if a dimension is negative or there are more than INT_MAX elements. A tensor
 * without dimensions has one.
 */
inline int64_t element_count(const espdl::Tensor *tensor) {
    int64_t count = 1;
    bool empty = false;
    for (size_t i = 0; i < length(tensor->dims()); i++) {
        const int64_t dim = tensor->dims()->Get(i);
        if (dim < 0 || dim > INT_MAX) {
            return -1;
        }
        if (dim == 0) {
            empty = true;
        } else if (count > INT_MAX / dim) {
            return -1;
        } else {
            count *= dim;
        }
    }
    return empty ? 0 : count;
}

/** The address of a tensor's elements, and the bytes that the file has of them. */
struct tensor_data_t {
    const void *data;
    size_t bytes;
};

/** The bytes of an element of raw_data: sixteen, or one in files of ESP-DL 3.0 (see espdl.fbs). */
enum class raw_unit_t : size_t { SIXTEEN = 16, ONE = 1 };

/** Return raw_data if the file has it, else the typed field whose elements have the layout of data_type. */
inline tensor_data_t find_data(const espdl::Tensor *tensor, raw_unit_t unit) {
    // Data() points to the first struct of the vector, which may lie anywhere in a damaged file. So the struct is never
    // dereferenced.
    if (tensor->raw_data()) {
        return {tensor->raw_data()->Data(),
                static_cast<size_t>(tensor->raw_data()->size()) * static_cast<size_t>(unit)};
    }
    switch (tensor->data_type()) {
        case espdl::TensorDataType::FLOAT:
            return {tensor->float_data() ? tensor->float_data()->Data() : nullptr, length(tensor->float_data()) * 4};
        case espdl::TensorDataType::INT32:
            return {tensor->int32_data() ? tensor->int32_data()->Data() : nullptr, length(tensor->int32_data()) * 4};
        case espdl::TensorDataType::INT64:
            return {tensor->int64_data() ? tensor->int64_data()->Data() : nullptr, length(tensor->int64_data()) * 8};
        case espdl::TensorDataType::DOUBLE:
            return {tensor->double_data() ? tensor->double_data()->Data() : nullptr, length(tensor->double_data()) * 8};
        case espdl::TensorDataType::UINT64:
            return {tensor->uint64_data() ? tensor->uint64_data()->Data() : nullptr, length(tensor->uint64_data()) * 8};
        case espdl::TensorDataType::INT8:
        case espdl::TensorDataType::UINT8:
        case espdl::TensorDataType::INT16:
        case espdl::TensorDataType::UINT16:
        case espdl::TensorDataType::BOOL:
            // As in ONNX, narrow integers may be in int32_data. Files of ESP-DL 3.0 have the limits of a Clip so. One
            // such number begins with the bytes of its narrow form; of several, the rest would have to be moved.
            return {tensor->int32_data() ? tensor->int32_data()->Data() : nullptr,
                    length(tensor->int32_data()) == 1 ? 4u : 0u};
        default:
            return {nullptr, 0};
    }
}

/** Return the name of an element type for messages, or "" for a number outside the enumeration. */
const char *data_type_name(espdl::TensorDataType type);

/** The range of exponents. Others come from a damaged file: 2^127 is the largest power of two that a float can hold. */
constexpr int64_t EXPONENT_MIN = -128;
constexpr int64_t EXPONENT_MAX = 127;

}  // namespace fbs
