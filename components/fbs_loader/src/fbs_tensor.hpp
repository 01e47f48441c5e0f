/**
 * @file fbs_tensor.hpp
 * What the checks and the look-ups need to know about a tensor table.
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

/** The text of a FlatBuffers string, "" where there is none. */
inline std::string_view view(const flatbuffers::String *s) {
    return s ? std::string_view(s->c_str(), s->size()) : std::string_view();
}

inline std::string text(const flatbuffers::String *s) {
    return std::string(view(s));
}

/** Length of a FlatBuffers vector, 0 where there is none. */
template <typename T>
inline size_t length(const flatbuffers::Vector<T> *v) {
    return v ? v->size() : 0;
}

/** Number of elements; -1 if a dimension is negative or there are more than INT_MAX. No dimensions: one element. */
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

/** Where a tensor's elements are, and how many bytes of them the file holds. */
struct tensor_data_t {
    const void *data;
    size_t bytes;
};

/** raw_data if the file has it, else the typed field whose elements are laid out like data_type. */
inline tensor_data_t find_data(const espdl::Tensor *tensor) {
    // data() of a vector of structs points at the first struct, wherever a damaged file puts it: never dereference the
    // struct.
    if (tensor->raw_data()) {
        return {tensor->raw_data()->Data(), static_cast<size_t>(tensor->raw_data()->size()) * 16};
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
        default:
            return {nullptr, 0};
    }
}

/** Name of an element type as a message shows it; numbers outside the enumeration give "". */
const char *data_type_name(espdl::TensorDataType type);

/** Exponents beyond these mean a damaged file: 2^127 is the largest power a float holds. */
constexpr int64_t EXPONENT_MIN = -128;
constexpr int64_t EXPONENT_MAX = 127;

}  // namespace fbs
