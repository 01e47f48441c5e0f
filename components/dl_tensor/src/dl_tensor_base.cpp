#include "dl_tensor_base.hpp"

#include <algorithm>
#include <climits>
#include <cmath>

#include "esp_log.h"
#include "esp_random.h"

static const char *TAG = "dl_tensor";

namespace dl {

const char *activation_type_to_string(activation_type_t type) {
    static const char *const s_names[] = {"Linear", "ReLU", "LeakyReLU", "PReLU"};
    return type >= Linear && type <= PReLU ? s_names[type] : "unknown";
}

const char *quant_type_to_string(quant_type_t type) {
    static const char *const s_names[] = {"none", "float32", "symm 8bit", "symm 16bit", "symm 32bit"};
    return type >= QUANT_TYPE_NONE && type <= QUANT_TYPE_SYMM_32BIT ? s_names[type] : "unknown";
}

ExponentInfo::ExponentInfo(const std::vector<int> &exponents) {
    if (exponents.empty()) {
        return;
    }
    m_exponent = exponents[0];
    if (exponents.size() > 1) {
        m_size = static_cast<int>(exponents.size());
        m_exponents = new int[exponents.size()];
        std::copy(exponents.begin(), exponents.end(), m_exponents);
    }
}

ExponentInfo::ExponentInfo(const ExponentInfo &other) {
    *this = other;
}

ExponentInfo::ExponentInfo(ExponentInfo &&other) noexcept {
    *this = std::move(other);
}

ExponentInfo &ExponentInfo::operator=(const ExponentInfo &other) {
    if (this == &other) {
        return *this;
    }
    int *copy = nullptr;
    if (other.m_exponents) {
        copy = new int[other.m_size];
        std::copy(other.m_exponents, other.m_exponents + other.m_size, copy);
    }
    delete[] m_exponents;
    m_exponent = other.m_exponent;
    m_size = other.m_size;
    m_exponents = copy;
    return *this;
}

ExponentInfo &ExponentInfo::operator=(ExponentInfo &&other) noexcept {
    if (this != &other) {
        delete[] m_exponents;
        m_exponent = other.m_exponent;
        m_size = other.m_size;
        m_exponents = other.m_exponents;
        other.m_exponents = nullptr;
        other.m_size = 0;
    }
    return *this;
}

ExponentInfo &ExponentInfo::operator=(int value) {
    delete[] m_exponents;
    m_exponents = nullptr;
    m_size = 0;
    m_exponent = value;
    return *this;
}

bool ExponentInfo::operator==(const ExponentInfo &other) const {
    return channel_size() == other.channel_size() && std::equal(data(), data() + channel_size(), other.data());
}

static std::vector<int> offsets_of(const std::vector<int> &shape) {
    std::vector<int> offsets(shape.size(), 1);
    for (int i = static_cast<int>(shape.size()) - 2; i >= 0; i--) {
        offsets[i] = offsets[i + 1] * shape[i + 1];
    }
    return offsets;
}

TensorBase::TensorBase(std::vector<int> shape, const void *element, int exponent, dtype_t dtype, bool deep,
                       uint32_t caps)
    : TensorBase(std::move(shape), element, std::vector<int>{exponent}, dtype, deep, caps) {}

TensorBase::TensorBase(std::vector<int> new_shape, const void *element, const std::vector<int> &exponents,
                       dtype_t dtype, bool deep, uint32_t caps)
    : size(0), dtype(dtype), exponent(exponents), auto_free(false), data(nullptr), cache(nullptr), caps(caps) {
    const int64_t elements = tool::shape_size(new_shape);
    if (elements < 0) {
        ESP_LOGE(TAG, "shape %s is no tensor's shape", tool::shape_to_string(new_shape).c_str());
        shape = {0};
        axis_offset = {1};
        return;
    }
    shape = std::move(new_shape);
    axis_offset = offsets_of(shape);
    size = static_cast<int>(elements);
    if (!deep) {
        data = const_cast<void *>(element);
        return;
    }
    const size_t bytes = static_cast<size_t>(size) * get_dtype_bytes();
    data = element ? tool::malloc_aligned(bytes, caps) : tool::calloc_aligned(size, get_dtype_bytes(), caps);
    auto_free = data != nullptr;
    if (data && element) {
        memcpy(data, element, bytes);
    }
}

TensorBase::~TensorBase() {
    if (auto_free) {
        heap_caps_free(data);
    }
}

int TensorBase::get_aligned_size() const {
    const int bytes = static_cast<int>(get_dtype_bytes());
    return bytes ? get_aligned_bytes() / bytes : 0;
}

namespace {

/** Call f with a value of the C++ type of dtype. @return false for types without one */
template <typename F>
bool with_dtype(dtype_t dtype, F &&f) {
    switch (dtype) {
        case DATA_TYPE_FLOAT:
            f(float{});
            return true;
        case DATA_TYPE_DOUBLE:
            f(double{});
            return true;
        case DATA_TYPE_INT8:
            f(int8_t{});
            return true;
        case DATA_TYPE_UINT8:
        case DATA_TYPE_BOOL:
            f(uint8_t{});
            return true;
        case DATA_TYPE_INT16:
            f(int16_t{});
            return true;
        case DATA_TYPE_UINT16:
            f(uint16_t{});
            return true;
        case DATA_TYPE_INT32:
            f(int32_t{});
            return true;
        case DATA_TYPE_UINT32:
            f(uint32_t{});
            return true;
        case DATA_TYPE_INT64:
            f(int64_t{});
            return true;
        case DATA_TYPE_UINT64:
            f(uint64_t{});
            return true;
        default:
            return false;
    }
}

template <typename To, typename From, typename Rounding>
void convert(To *to, int to_exponent, const From *from, int from_exponent, int n) {
    if constexpr (std::is_same_v<To, From>) {
        if (to_exponent == from_exponent || std::is_floating_point_v<To>) {
            memcpy(to, from, static_cast<size_t>(n) * sizeof(To));
            return;
        }
    }
    const float scale = DL_SCALE(from_exponent);
    const float inverse = DL_RESCALE(to_exponent);
    for (int i = 0; i < n; i++) {
        if constexpr (std::is_floating_point_v<To>) {
            to[i] = std::is_floating_point_v<From> ? static_cast<To>(from[i]) : static_cast<To>(from[i] * scale);
        } else if constexpr (std::is_floating_point_v<From>) {
            to[i] = saturate_float<To>(Rounding::round(static_cast<float>(from[i]) * inverse));
        } else {
            to[i] = requantize<To, Rounding>(static_cast<int64_t>(from[i]), to_exponent - from_exponent);
        }
    }
}

}  // namespace

bool TensorBase::assign(TensorBase *tensor) {
    if (!tensor) {
        ESP_LOGE(TAG, "assign: no tensor given");
        return false;
    }
    if (tensor->get_element_ptr() == get_element_ptr() && tensor->dtype == dtype && tensor->exponent == exponent &&
        tensor->size == size) {
        return true;
    }
    if (tensor->dtype == dtype && tensor->exponent == exponent && tensor->size == size && tensor->get_element_ptr() &&
        get_element_ptr()) {
        memmove(get_element_ptr(), tensor->get_element_ptr(), get_bytes());
        return true;
    }
    return assign(tensor->shape, tensor->get_element_ptr(), tensor->exponent, tensor->dtype);
}

bool TensorBase::assign(std::vector<int> from_shape, const void *element, int from_exponent, dtype_t from_dtype) {
    const int64_t elements = tool::shape_size(from_shape);
    if (elements != size) {
        ESP_LOGE(TAG, "assign: shape %s cannot be assigned to shape %s", tool::shape_to_string(from_shape).c_str(),
                 tool::shape_to_string(shape).c_str());
        return false;
    }
    if (!element || !get_element_ptr()) {
        ESP_LOGE(TAG, "assign: %s tensor has no data", element ? "this" : "the other");
        return false;
    }
    bool converted = false;
    with_rounding([&](auto rounding) {
        with_dtype(dtype, [&](auto to) {
            converted = with_dtype(from_dtype, [&](auto from) {
                convert<decltype(to), decltype(from), decltype(rounding)>(
                    static_cast<decltype(to) *>(get_element_ptr()), exponent,
                    static_cast<const decltype(from) *>(element), from_exponent, size);
            });
        });
    });
    if (!converted) {
        ESP_LOGE(TAG, "assign: %s cannot be converted to %s", tool::dtype_to_string(from_dtype), get_dtype_string());
    }
    return converted;
}

TensorBase &TensorBase::set_element_ptr(void *new_data) {
    if (auto_free && data != new_data) {
        heap_caps_free(data);
    }
    auto_free = auto_free && data == new_data;
    data = new_data;
    cache = nullptr;
    return *this;
}

TensorBase &TensorBase::set_shape(const std::vector<int> new_shape) {
    const int64_t elements = tool::shape_size(new_shape);
    if (elements < 0) {
        ESP_LOGE(TAG, "shape %s is no tensor's shape", tool::shape_to_string(new_shape).c_str());
        return *this;
    }
    shape = new_shape;
    axis_offset = offsets_of(shape);
    size = static_cast<int>(elements);
    return *this;
}

std::vector<int> TensorBase::get_axis_index(int element_index) const {
    std::vector<int> index(shape.size());
    for (size_t i = shape.size(); i > 0; i--) {
        const int extent = std::max(1, shape[i - 1]);
        index[i - 1] = element_index % extent;
        element_index /= extent;
    }
    return index;
}

TensorBase *TensorBase::reshape(std::vector<int> new_shape) {
    int64_t known = 1;
    int unknown = -1;
    for (size_t i = 0; i < new_shape.size(); i++) {
        if (new_shape[i] == -1 && unknown < 0) {
            unknown = static_cast<int>(i);
        } else if (new_shape[i] < 0 || (known *= new_shape[i]) > INT_MAX) {
            known = -1;
            break;
        }
    }
    if (unknown >= 0 && known > 0 && size % known == 0) {
        new_shape[unknown] = size / static_cast<int>(known);
        known = size;
    }
    if (known != size || (unknown >= 0 && new_shape[unknown] < 0)) {
        ESP_LOGE(TAG, "reshape: %s does not hold the elements of %s", tool::shape_to_string(new_shape).c_str(),
                 tool::shape_to_string(shape).c_str());
        return this;
    }
    return &set_shape(new_shape);
}

namespace {

/** Call f(index in memory, coordinates) for every element of a shape, in row-major order. */
template <typename F>
void for_each_coordinate(const std::vector<int> &shape, F &&f) {
    const int64_t n = tool::shape_size(shape);
    std::vector<int> at(shape.size(), 0);
    for (int64_t i = 0; i < n; i++) {
        f(static_cast<int>(i), at);
        for (int axis = static_cast<int>(shape.size()) - 1; axis >= 0 && ++at[axis] == shape[axis]; axis--) {
            at[axis] = 0;
        }
    }
}

}  // namespace

template <typename T>
TensorBase *TensorBase::flip(const std::vector<int> &axes) {
    std::vector<bool> flipped(shape.size(), false);
    for (int axis : axes) {
        const int positive = axis < 0 ? axis + static_cast<int>(shape.size()) : axis;
        if (positive < 0 || positive >= static_cast<int>(shape.size())) {
            ESP_LOGE(TAG, "flip: axis %d is outside shape %s", axis, tool::shape_to_string(shape).c_str());
            return this;
        }
        flipped[positive] = true;
    }
    T *elements = get_element_ptr<T>();
    for_each_coordinate(shape, [&](int index, const std::vector<int> &at) {
        int other = 0;
        for (size_t i = 0; i < shape.size(); i++) {
            other += axis_offset[i] * (flipped[i] ? shape[i] - 1 - at[i] : at[i]);
        }
        if (index < other) {
            std::swap(elements[index], elements[other]);
        }
    });
    return this;
}

template TensorBase *TensorBase::flip<int8_t>(const std::vector<int> &);
template TensorBase *TensorBase::flip<uint8_t>(const std::vector<int> &);
template TensorBase *TensorBase::flip<int16_t>(const std::vector<int> &);
template TensorBase *TensorBase::flip<uint16_t>(const std::vector<int> &);
template TensorBase *TensorBase::flip<int32_t>(const std::vector<int> &);
template TensorBase *TensorBase::flip<int64_t>(const std::vector<int> &);
template TensorBase *TensorBase::flip<float>(const std::vector<int> &);
template TensorBase *TensorBase::flip<double>(const std::vector<int> &);

/** Complete a permutation of the axes and check it. @return false if `perm` does not name each axis once */
static bool normalize_perm(std::vector<int> &perm, size_t rank) {
    if (perm.empty()) {
        for (int i = static_cast<int>(rank) - 1; i >= 0; i--) {
            perm.push_back(i);
        }
    }
    std::vector<bool> used(rank, false);
    for (int &axis : perm) {
        axis = axis < 0 ? axis + static_cast<int>(rank) : axis;
        if (axis < 0 || axis >= static_cast<int>(rank) || used[axis]) {
            return false;
        }
        used[axis] = true;
    }
    return perm.size() == rank;
}

template <typename T>
TensorBase *TensorBase::transpose(T *input_element, std::vector<int> &input_shape, std::vector<int> &input_axis_offset,
                                  std::vector<int> &perm) {
    if (!normalize_perm(perm, input_shape.size()) || input_axis_offset.size() != input_shape.size() ||
        tool::shape_size(input_shape) != size || sizeof(T) != get_dtype_bytes() || !get_element_ptr() ||
        !input_element || static_cast<void *>(input_element) == get_element_ptr()) {
        ESP_LOGE(TAG, "transpose: shape %s by %s does not fit into %s %s", tool::shape_to_string(input_shape).c_str(),
                 tool::shape_to_string(perm).c_str(), get_dtype_string(), tool::shape_to_string(shape).c_str());
        return this;
    }
    std::vector<int> new_shape(perm.size());
    for (size_t i = 0; i < perm.size(); i++) {
        new_shape[i] = input_shape[perm[i]];
    }
    set_shape(new_shape);
    T *elements = get_element_ptr<T>();
    for_each_coordinate(shape, [&](int index, const std::vector<int> &at) {
        int from = 0;
        for (size_t i = 0; i < perm.size(); i++) {
            from += input_axis_offset[perm[i]] * at[i];
        }
        elements[index] = input_element[from];
    });
    return this;
}

TensorBase *TensorBase::transpose(TensorBase *input, std::vector<int> perm) {
    if (!input || input->dtype != dtype) {
        ESP_LOGE(TAG, "transpose: the input is missing or of another type than %s", get_dtype_string());
        return this;
    }
    if (!with_dtype(dtype, [&](auto value) {
            transpose(input->get_element_ptr<decltype(value)>(), input->shape, input->axis_offset, perm);
        })) {
        ESP_LOGE(TAG, "transpose: type %s is not supported", get_dtype_string());
    }
    return this;
}

bool TensorBase::is_same_shape(TensorBase *tensor) const {
    return tensor && tensor->shape == shape;
}

template <typename T>
bool TensorBase::compare_elements(const T *gt_elements, float epsilon, bool verbose) {
    constexpr int MOST_LINES = 10;
    const T *elements = get_element_ptr<T>();
    if (!elements || !gt_elements) {
        return elements == gt_elements || size == 0;
    }
    int differences = 0;
    for (int i = 0; i < size; i++) {
        const double a = static_cast<double>(elements[i]);
        const double b = static_cast<double>(gt_elements[i]);
        const bool same = a == b || (a != a && b != b) || std::abs(a - b) <= epsilon;
        if (same) {
            continue;
        }
        if (verbose && differences < MOST_LINES) {
            ESP_LOGE(TAG, "element %d at %s: %g, expected %g", i,
                     tool::shape_to_string(get_element_coordinates(i)).c_str(), a, b);
        }
        differences++;
    }
    if (verbose && differences) {
        ESP_LOGE(TAG, "%d of %d elements differ by more than %g", differences, size, static_cast<double>(epsilon));
    }
    return differences == 0;
}

template bool TensorBase::compare_elements<int8_t>(const int8_t *, float, bool);
template bool TensorBase::compare_elements<uint8_t>(const uint8_t *, float, bool);
template bool TensorBase::compare_elements<int16_t>(const int16_t *, float, bool);
template bool TensorBase::compare_elements<uint16_t>(const uint16_t *, float, bool);
template bool TensorBase::compare_elements<int32_t>(const int32_t *, float, bool);
template bool TensorBase::compare_elements<uint32_t>(const uint32_t *, float, bool);
template bool TensorBase::compare_elements<int64_t>(const int64_t *, float, bool);
template bool TensorBase::compare_elements<uint64_t>(const uint64_t *, float, bool);
template bool TensorBase::compare_elements<float>(const float *, float, bool);
template bool TensorBase::compare_elements<double>(const double *, float, bool);

bool TensorBase::equal(TensorBase *tensor, float epsilon, bool verbose) {
    if (!tensor) {
        return false;
    }
    if (!is_same_shape(tensor) || tensor->dtype != dtype || tensor->exponent != exponent) {
        if (verbose) {
            ESP_LOGE(TAG, "%s %s exponent %d is not comparable with %s %s exponent %d", get_dtype_string(),
                     tool::shape_to_string(shape).c_str(), static_cast<int>(exponent), tensor->get_dtype_string(),
                     tool::shape_to_string(tensor->shape).c_str(), static_cast<int>(tensor->exponent));
        }
        return false;
    }
    bool same = false;
    with_dtype(dtype, [&](auto value) {
        same = compare_elements(tensor->get_element_ptr<decltype(value)>(), epsilon, verbose);
    });
    return same;
}

namespace {

struct AxisSlice {
    int start, step, count;
};

/**
 * Resolve a slice's arguments by ONNX's rules: negative indices count from the end, indices out of range are limited.
 * @return false if the arguments name no slice
 */
bool resolve_slice(const std::vector<int> &shape, const std::vector<int> &start, const std::vector<int> &end,
                   const std::vector<int> &axes, const std::vector<int> &step, std::vector<AxisSlice> &out) {
    const int rank = static_cast<int>(shape.size());
    out.clear();
    for (int dim : shape) {
        out.push_back({0, 1, dim});
    }
    if (start.size() != end.size() || (!axes.empty() && axes.size() != start.size()) ||
        (!step.empty() && step.size() != start.size()) || (axes.empty() && static_cast<int>(start.size()) > rank)) {
        return false;
    }
    for (size_t i = 0; i < start.size(); i++) {
        int axis = axes.empty() ? static_cast<int>(i) : axes[i];
        axis = axis < 0 ? axis + rank : axis;
        const int64_t by = step.empty() ? 1 : step[i];
        if (axis < 0 || axis >= rank || by == 0) {
            return false;
        }
        const int64_t dim = shape[axis];
        const int64_t low = by > 0 ? 0 : -1;
        const int64_t high = by > 0 ? dim : dim - 1;
        int64_t from = start[i] < 0 ? start[i] + dim : start[i];
        int64_t to = end[i] < 0 ? end[i] + dim : end[i];
        from = std::clamp(from, by > 0 ? static_cast<int64_t>(0) : static_cast<int64_t>(-1), high);
        to = std::clamp(to, low, high < low ? low : (by > 0 ? dim : high));
        const int64_t span = by > 0 ? to - from : from - to;
        const int64_t stride = by > 0 ? by : -by;
        out[axis] = {static_cast<int>(from), static_cast<int>(by),
                     span > 0 ? static_cast<int>((span + stride - 1) / stride) : 0};
    }
    return true;
}

}  // namespace

void TensorBase::slice(TensorBase *input, TensorBase *output, const std::vector<int> &start,
                       const std::vector<int> &end, const std::vector<int> &axes, const std::vector<int> &step) {
    std::vector<AxisSlice> slices;
    if (!input || !output || !resolve_slice(input->shape, start, end, axes, step, slices)) {
        ESP_LOGE(TAG, "slice: tensors or start, end, axes, step are no slice");
        return;
    }
    std::vector<int> new_shape;
    for (const AxisSlice &slice : slices) {
        new_shape.push_back(slice.count);
    }
    if (tool::shape_size(new_shape) != output->size || output->dtype != input->dtype ||
        (output->size && (!input->get_element_ptr() || !output->get_element_ptr()))) {
        ESP_LOGE(TAG, "slice: a result of %s %s does not fit into %s %s", input->get_dtype_string(),
                 tool::shape_to_string(new_shape).c_str(), output->get_dtype_string(),
                 tool::shape_to_string(output->shape).c_str());
        return;
    }
    output->set_shape(new_shape);
    const size_t bytes = input->get_dtype_bytes();
    const uint8_t *from = static_cast<const uint8_t *>(input->get_element_ptr());
    uint8_t *to = static_cast<uint8_t *>(output->get_element_ptr());
    for_each_coordinate(new_shape, [&](int index, const std::vector<int> &at) {
        int64_t offset = 0;
        for (size_t i = 0; i < slices.size(); i++) {
            offset += static_cast<int64_t>(input->axis_offset[i]) * (slices[i].start + at[i] * slices[i].step);
        }
        memcpy(to + index * bytes, from + offset * bytes, bytes);
    });
}

TensorBase *TensorBase::slice(const std::vector<int> &start, const std::vector<int> &end, const std::vector<int> &axes,
                              const std::vector<int> &step) {
    std::vector<AxisSlice> slices;
    if (!resolve_slice(shape, start, end, axes, step, slices)) {
        ESP_LOGE(TAG, "slice: start, end, axes, step are no slice of %s", tool::shape_to_string(shape).c_str());
        return nullptr;
    }
    std::vector<int> new_shape;
    for (const AxisSlice &slice : slices) {
        new_shape.push_back(slice.count);
    }
    TensorBase *output = new TensorBase(new_shape, nullptr, static_cast<int>(exponent), dtype, true, caps);
    if (!output->data) {
        delete output;
        return nullptr;
    }
    output->exponent = exponent;
    slice(this, output, start, end, axes, step);
    return output;
}

template <typename T>
TensorBase *TensorBase::pad(T *input_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
                            const padding_mode_t mode, TensorBase *const_value) {
    const size_t rank = input_shape.size();
    bool valid = pads.size() == 2 * rank && input_element && sizeof(T) == get_dtype_bytes() &&
                 (mode == PADDING_CONSTANT || mode == PADDING_REFLECT || mode == PADDING_EDGE) &&
                 (!const_value || (const_value->dtype == dtype && const_value->size >= 1));
    std::vector<int> new_shape(rank);
    std::vector<int> input_offset = offsets_of(input_shape);
    for (size_t i = 0; valid && i < rank; i++) {
        new_shape[i] = input_shape[i] + pads[i] + pads[i + rank];
        valid = new_shape[i] >= 0;
        if (mode == PADDING_REFLECT) {
            valid = valid && pads[i] < input_shape[i] && pads[i + rank] < input_shape[i];
        } else if (mode == PADDING_EDGE) {
            valid = valid && input_shape[i] > 0;
        }
    }
    if (!valid || tool::shape_size(new_shape) != size || (size && !get_element_ptr())) {
        ESP_LOGE(TAG, "pad: %s by %s does not fit into %s", tool::shape_to_string(input_shape).c_str(),
                 tool::shape_to_string(pads).c_str(), tool::shape_to_string(shape).c_str());
        return this;
    }
    set_shape(new_shape);
    const T value = const_value ? const_value->get_element<T>(0) : T();
    T *elements = get_element_ptr<T>();
    for_each_coordinate(shape, [&](int index, const std::vector<int> &at) {
        int from = 0;
        for (size_t i = 0; i < rank; i++) {
            int x = at[i] - pads[i];
            if (x < 0 || x >= input_shape[i]) {
                if (mode == PADDING_CONSTANT) {
                    elements[index] = value;
                    return;
                }
                const int last = input_shape[i] - 1;
                x = mode == PADDING_EDGE ? std::clamp(x, 0, last) : (x < 0 ? -x : 2 * last - x);
            }
            from += input_offset[i] * x;
        }
        elements[index] = input_element[from];
    });
    return this;
}

template TensorBase *TensorBase::pad<int8_t>(int8_t *, const std::vector<int> &, const std::vector<int> &,
                                             const padding_mode_t, TensorBase *);
template TensorBase *TensorBase::pad<uint8_t>(uint8_t *, const std::vector<int> &, const std::vector<int> &,
                                              const padding_mode_t, TensorBase *);
template TensorBase *TensorBase::pad<int16_t>(int16_t *, const std::vector<int> &, const std::vector<int> &,
                                              const padding_mode_t, TensorBase *);
template TensorBase *TensorBase::pad<int32_t>(int32_t *, const std::vector<int> &, const std::vector<int> &,
                                              const padding_mode_t, TensorBase *);
template TensorBase *TensorBase::pad<float>(float *, const std::vector<int> &, const std::vector<int> &,
                                            const padding_mode_t, TensorBase *);

TensorBase *TensorBase::pad(TensorBase *input, const std::vector<int> &pads, const padding_mode_t mode,
                            TensorBase *const_value) {
    if (!input || input->dtype != dtype) {
        ESP_LOGE(TAG, "pad: the input is missing or of another type than %s", get_dtype_string());
        return this;
    }
    if (!with_dtype(dtype, [&](auto value) {
            pad(input->get_element_ptr<decltype(value)>(), input->shape, pads, mode, const_value);
        })) {
        ESP_LOGE(TAG, "pad: type %s is not supported", get_dtype_string());
    }
    return this;
}

int TensorBase::get_element_index(const std::vector<int> &axis_index) const {
    if (axis_index.size() != shape.size()) {
        return -1;
    }
    int index = 0;
    for (size_t i = 0; i < shape.size(); i++) {
        if (axis_index[i] < 0 || axis_index[i] >= shape[i]) {
            return -1;
        }
        index += axis_index[i] * axis_offset[i];
    }
    return index;
}

std::vector<int> TensorBase::get_element_coordinates(int index) const {
    std::vector<int> coordinates(shape.size(), 0);
    for (size_t i = 0; i < shape.size() && axis_offset[i] > 0; i++) {
        coordinates[i] = index / axis_offset[i];
        index %= axis_offset[i];
    }
    return coordinates;
}

template <typename T>
T TensorBase::get_element(int index) {
    const T *elements = get_element_ptr<T>();
    return elements && index >= 0 && index < size && sizeof(T) == get_dtype_bytes() ? elements[index] : T();
}

template <typename T>
T TensorBase::get_element(const std::vector<int> &axis_index) {
    return get_element<T>(get_element_index(axis_index));
}

#define INSTANTIATE_GET_ELEMENT(T)              \
    template T TensorBase::get_element<T>(int); \
    template T TensorBase::get_element<T>(const std::vector<int> &);
INSTANTIATE_GET_ELEMENT(int8_t)
INSTANTIATE_GET_ELEMENT(uint8_t)
INSTANTIATE_GET_ELEMENT(bool)
INSTANTIATE_GET_ELEMENT(int16_t)
INSTANTIATE_GET_ELEMENT(uint16_t)
INSTANTIATE_GET_ELEMENT(int32_t)
INSTANTIATE_GET_ELEMENT(uint32_t)
INSTANTIATE_GET_ELEMENT(int64_t)
INSTANTIATE_GET_ELEMENT(uint64_t)
INSTANTIATE_GET_ELEMENT(float)
INSTANTIATE_GET_ELEMENT(double)

void TensorBase::memset(int value) {
    if (get_element_ptr()) {
        ::memset(get_element_ptr(), value, get_bytes());
    }
}

void TensorBase::rand() {
    if (get_element_ptr()) {
        esp_fill_random(get_element_ptr(), get_bytes());
    }
}

size_t TensorBase::set_preload_addr(void *addr, size_t bytes) {
    const size_t needed = get_aligned_bytes();
    if (!addr || bytes < needed) {
        cache = nullptr;
        return 0;
    }
    cache = addr;
    return needed;
}

void TensorBase::preload() {
    if (cache && data) {
        tool::copy_memory(cache, data, get_bytes());
    }
}

void TensorBase::reset_bias_layout(quant_type_t, bool) {}

void TensorBase::push(TensorBase *new_tensor, int dim) {
    const int rank = static_cast<int>(shape.size());
    dim = dim < 0 ? dim + rank : dim;
    bool valid = new_tensor && static_cast<int>(new_tensor->shape.size()) == rank && dim >= 0 && dim < rank &&
                 new_tensor->dtype == dtype && get_element_ptr() && new_tensor->get_element_ptr();
    for (int i = 0; valid && i < rank; i++) {
        valid = i == dim ? new_tensor->shape[i] <= shape[i] : new_tensor->shape[i] == shape[i];
    }
    if (!valid) {
        ESP_LOGE(TAG, "push: %s does not fit into %s along axis %d",
                 new_tensor ? tool::shape_to_string(new_tensor->shape).c_str() : "no tensor",
                 tool::shape_to_string(shape).c_str(), dim);
        return;
    }
    int outer = 1;
    for (int i = 0; i < dim; i++) {
        outer *= shape[i];
    }
    const size_t frame = static_cast<size_t>(axis_offset[dim]) * get_dtype_bytes();
    const size_t whole = frame * shape[dim];
    const size_t added = frame * new_tensor->shape[dim];
    uint8_t *to = static_cast<uint8_t *>(get_element_ptr());
    const uint8_t *from = static_cast<const uint8_t *>(new_tensor->get_element_ptr());
    for (int i = 0; i < outer; i++) {
        memmove(to + i * whole, to + i * whole + added, whole - added);
        memcpy(to + (i + 1) * whole - added, from + i * added, added);
    }
}

void TensorBase::print(bool print_data) {
    ESP_LOGI(TAG, "shape %s, %s, exponent %d%s, %d elements, data %p", tool::shape_to_string(shape).c_str(),
             get_dtype_string(), static_cast<int>(exponent), exponent.is_per_channel() ? " and more (per channel)" : "",
             size, get_element_ptr());
    if (!print_data || !get_element_ptr()) {
        return;
    }
    const int row = shape.empty() || shape.back() <= 0 ? 1 : shape.back();
    with_dtype(dtype, [&](auto value) {
        const auto *elements = get_element_ptr<decltype(value)>();
        for (int i = 0; i < size; i += row) {
            std::string line;
            for (int j = i; j < i + row; j++) {
                line += (j > i ? ", " : "") + std::to_string(elements[j]);
            }
            ESP_LOGI(TAG, "%s: %s", tool::shape_to_string(get_element_coordinates(i)).c_str(), line.c_str());
        }
    });
}

}  // namespace dl
