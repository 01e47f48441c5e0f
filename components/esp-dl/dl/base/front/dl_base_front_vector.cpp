#include <algorithm>

#include "dl_base_broadcast.hpp"
#include "dl_base_dotprod.hpp"
#include "dl_base_lut.hpp"
#include "dl_base_pad.hpp"
#include "dl_base_reduce.hpp"
#include "dl_base_shape.hpp"
#include "dl_base_unary.hpp"
#include "dl_rounding.hpp"

static const char *TAG = "dl_base";

namespace dl {
namespace base {

namespace {

template <typename A, typename B>
void integer_dotprod(const A *a, const B *b, int16_t *out, int length, int shift) {
    int64_t sum = 0;
    for (int i = 0; i < length; i++) {
        sum += static_cast<int64_t>(a[i]) * b[i];
    }
    *out = with_rounding([&](auto rounding) { return requantize<int16_t, decltype(rounding)>(sum, shift); });
}

/** Return step(... step(step(first, x0), x1) ...) over elements that are `stride` apart. */
template <typename Sum, typename T, typename F>
Sum fold(const T *input, int32_t size, int32_t stride, Sum first, F step) {
    for (int32_t i = 0; i < size; i++) {
        first = step(first, input[static_cast<int64_t>(i) * stride]);
    }
    return first;
}

template <typename Sum, typename T>
Sum sum_of_squares(const T *input, int32_t size, int32_t stride) {
    return fold(input, size, stride, Sum{}, [](Sum sum, T x) { return sum + static_cast<Sum>(x) * x; });
}

template <typename Sum, typename T>
Sum sum_of_magnitudes(const T *input, int32_t size, int32_t stride) {
    return fold(input, size, stride, Sum{},
                [](Sum sum, T x) { return sum + (x < 0 ? -static_cast<Sum>(x) : static_cast<Sum>(x)); });
}

template <typename T>
T largest_magnitude(const T *input, int32_t size, int32_t stride) {
    return fold(input, size, stride, T{}, [](T top, T x) {
        // The least integer's magnitude is one above the greatest integer: it saturates.
        const T magnitude = std::is_integral_v<T> && x == std::numeric_limits<T>::min()
                                ? std::numeric_limits<T>::max()
                                : static_cast<T>(x < 0 ? -x : x);
        return std::max(top, magnitude);
    });
}

template <typename T>
T greatest(const T *input, int32_t size, int32_t stride, T first) {
    return fold(input, size, stride, first, [](T top, T x) { return std::max(top, x); });
}

template <typename T>
T least(const T *input, int32_t size, int32_t stride, T first) {
    return fold(input, size, stride, first, [](T bottom, T x) { return std::min(bottom, x); });
}

template <typename T>
void pad(T *from, T *to, const std::vector<int> &shape, const std::vector<int> &pads, padding_mode_t mode, T value,
         size_t rank) {
    const std::vector<int> padded = get_pad_shape(shape, pads);
    if (shape.size() != rank || padded.empty()) {
        ESP_LOGE(TAG, "%zu dimensions are padded: shape %s and pads %s do not fit", rank,
                 vector_to_string(shape).c_str(), vector_to_string(pads).c_str());
        return;
    }
    const dtype_t dtype = std::is_same_v<T, int8_t>    ? DATA_TYPE_INT8
                          : std::is_same_v<T, int16_t> ? DATA_TYPE_INT16
                                                       : DATA_TYPE_FLOAT;
    TensorBase output(padded, to, 0, dtype, false);
    TensorBase constant({1}, &value, 0, dtype, false);
    output.pad(from, shape, pads, mode, &constant);
}

}  // namespace

void dotprod(int8_t *input0_ptr, int8_t *input1_ptr, int16_t *output_ptr, int length, int shift) {
    integer_dotprod(input0_ptr, input1_ptr, output_ptr, length, shift);
}

void dotprod(int8_t *input0_ptr, int16_t *input1_ptr, int16_t *output_ptr, int length, int shift) {
    integer_dotprod(input0_ptr, input1_ptr, output_ptr, length, shift);
}

void dotprod(int16_t *input0_ptr, int16_t *input1_ptr, int16_t *output_ptr, int length, int shift) {
    integer_dotprod(input0_ptr, input1_ptr, output_ptr, length, shift);
}

void dotprod(float *input0_ptr, float *input1_ptr, float *output_ptr, int length, int) {
    float sum = 0;
    for (int i = 0; i < length; i++) {
        sum += input0_ptr[i] * input1_ptr[i];
    }
    *output_ptr = sum;
}

void lut_s8(int8_t *output, const int8_t *input, int32_t size, const int8_t *table) {
    for (int32_t i = 0; i < size; i++) {
        output[i] = table[input[i] + 128];
    }
}

void lut_s16_nearest_neighbor(int16_t *output, const int16_t *input, int32_t size, const int16_t *table, int32_t step) {
    if (step < 1 || step > 32768 || (step & (step - 1)) != 0) {
        ESP_LOGE(TAG, "a table of int16 cannot have step %d: a power of two up to 32768 is needed",
                 static_cast<int>(step));
        return;
    }
    const int shift = __builtin_ctz(step);
    with_rounding([&](auto rounding) {
        for (int32_t i = 0; i < size; i++) {
            output[i] = table[shift_and_round<decltype(rounding)>(static_cast<int64_t>(input[i]) + 32768, shift)];
        }
    });
}

int32_t reduce_l2(int8_t *input, int32_t size, int32_t stride) {
    return sum_of_squares<int32_t>(input, size, stride);
}

int64_t reduce_l2(int16_t *input, int32_t size, int32_t stride) {
    return sum_of_squares<int64_t>(input, size, stride);
}

float reduce_l2(float *input, int32_t size, int32_t stride) {
    return sum_of_squares<float>(input, size, stride);
}

int8_t reduce_max(int8_t *input, int32_t size, int32_t stride) {
    return greatest<int8_t>(input, size, stride, INT8_MIN);
}

int16_t reduce_max(int16_t *input, int32_t size, int32_t stride) {
    return greatest<int16_t>(input, size, stride, INT16_MIN);
}

float reduce_max(float *input, int32_t size, int32_t stride) {
    return greatest<float>(input, size, stride, -INFINITY);
}

int8_t reduce_min(int8_t *input, int32_t size, int32_t stride) {
    return least<int8_t>(input, size, stride, INT8_MAX);
}

int16_t reduce_min(int16_t *input, int32_t size, int32_t stride) {
    return least<int16_t>(input, size, stride, INT16_MAX);
}

float reduce_min(float *input, int32_t size, int32_t stride) {
    return least<float>(input, size, stride, INFINITY);
}

int8_t reduce_abs_max(int8_t *input, int32_t size, int32_t stride) {
    return largest_magnitude(input, size, stride);
}

int16_t reduce_abs_max(int16_t *input, int32_t size, int32_t stride) {
    return largest_magnitude(input, size, stride);
}

float reduce_abs_max(float *input, int32_t size, int32_t stride) {
    return largest_magnitude(input, size, stride);
}

int32_t reduce_sum(int8_t *input, int32_t size, int32_t stride) {
    return fold(input, size, stride, static_cast<int32_t>(0), [](int32_t sum, int8_t x) { return sum + x; });
}

int64_t reduce_sum(int16_t *input, int32_t size, int32_t stride) {
    return fold(input, size, stride, static_cast<int64_t>(0), [](int64_t sum, int16_t x) { return sum + x; });
}

float reduce_sum(float *input, int32_t size, int32_t stride) {
    return fold(input, size, stride, 0.0f, [](float sum, float x) { return sum + x; });
}

int32_t reduce_l1(int8_t *input, int32_t size, int32_t stride) {
    return sum_of_magnitudes<int32_t>(input, size, stride);
}

int64_t reduce_l1(int16_t *input, int32_t size, int32_t stride) {
    return sum_of_magnitudes<int64_t>(input, size, stride);
}

float reduce_l1(float *input, int32_t size, int32_t stride) {
    return sum_of_magnitudes<float>(input, size, stride);
}

int8_t reduce_mean(int8_t *input, int32_t size, int32_t stride) {
    return size > 0 ? static_cast<int8_t>(
                          tool::round(static_cast<float>(reduce_sum(input, size, stride)) / static_cast<float>(size)))
                    : 0;
}

int16_t reduce_mean(int16_t *input, int32_t size, int32_t stride) {
    return size > 0 ? static_cast<int16_t>(
                          tool::round(static_cast<float>(reduce_sum(input, size, stride)) / static_cast<float>(size)))
                    : 0;
}

float reduce_mean(float *input, int32_t size, int32_t stride) {
    return size > 0 ? reduce_sum(input, size, stride) / size : 0;
}

std::vector<int> get_multidirectional_broadcasting_shape(const std::vector<int> &shape1,
                                                         const std::vector<int> &shape2) {
    std::vector<int> out;
    if (!broadcast_shape({shape1, shape2}, out)) {
        ESP_LOGE(TAG, "shapes %s and %s do not broadcast", vector_to_string(shape1).c_str(),
                 vector_to_string(shape2).c_str());
        return {};
    }
    return out;
}

std::vector<int> get_unidirectional_broadcasting_shape(const std::vector<int> &shape1, const std::vector<int> &shape2) {
    std::vector<int> out;
    if (!broadcast_shape({shape1, shape2}, out) || out != shape1) {
        ESP_LOGE(TAG, "shape %s does not broadcast to %s", vector_to_string(shape2).c_str(),
                 vector_to_string(shape1).c_str());
        return {};
    }
    return out;
}

std::vector<int> get_slice_shape(const std::vector<int> &shape, const std::vector<int> &start,
                                 const std::vector<int> &end, const std::vector<int> &axes,
                                 const std::vector<int> &step) {
    std::vector<int> out = shape;
    const int rank = static_cast<int>(shape.size());
    if (start.size() != end.size() || (!axes.empty() && axes.size() != start.size()) ||
        (!step.empty() && step.size() != start.size()) || start.size() > shape.size()) {
        ESP_LOGE(TAG, "slice of %s: start, end, axes and step must be equally many", vector_to_string(shape).c_str());
        return {};
    }
    for (size_t i = 0; i < start.size(); i++) {
        int axis = axes.empty() ? static_cast<int>(i) : axes[i];
        axis += axis < 0 ? rank : 0;
        const int64_t by = step.empty() ? 1 : step[i];
        if (axis < 0 || axis >= rank || by == 0) {
            ESP_LOGE(TAG, "slice of %s: axis %d with step %d", vector_to_string(shape).c_str(), axis,
                     static_cast<int>(by));
            return {};
        }
        const int64_t length = shape[axis];
        // Negative indices count from the end. An index outside is moved to the nearest one inside.
        auto place = [&](int64_t index, int64_t low, int64_t high) {
            return std::clamp(index < 0 ? index + length : index, low, high);
        };
        const int64_t first = by > 0 ? place(start[i], 0, length) : place(start[i], -1, length - 1);
        const int64_t last = by > 0 ? place(end[i], 0, length) : place(end[i], -1, length - 1);
        const int64_t span = by > 0 ? last - first : first - last;
        const int64_t stride = by > 0 ? by : -by;
        out[axis] = span > 0 ? static_cast<int>((span + stride - 1) / stride) : 0;
    }
    return out;
}

std::vector<int> get_pad_shape(const std::vector<int> &shape, const std::vector<int> &pads) {
    if (pads.size() != 2 * shape.size()) {
        return {};
    }
    std::vector<int> padded;
    for (size_t i = 0; i < shape.size(); i++) {
        const int64_t length = static_cast<int64_t>(shape[i]) + pads[i] + pads[shape.size() + i];
        if (length < 0 || length > INT_MAX) {
            return {};
        }
        padded.push_back(static_cast<int>(length));
    }
    return padded;
}

template <typename T>
void pad1D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value) {
    pad(input_element, output_element, input_shape, pads, mode, const_value, 1);
}
template void pad1D<int8_t>(int8_t *, int8_t *, const std::vector<int> &, const std::vector<int> &,
                            const padding_mode_t, const int8_t);
template void pad1D<int16_t>(int16_t *, int16_t *, const std::vector<int> &, const std::vector<int> &,
                             const padding_mode_t, const int16_t);
template void pad1D<float>(float *, float *, const std::vector<int> &, const std::vector<int> &, const padding_mode_t,
                           const float);

template <typename T>
void pad2D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value) {
    pad(input_element, output_element, input_shape, pads, mode, const_value, 2);
}
template void pad2D<int8_t>(int8_t *, int8_t *, const std::vector<int> &, const std::vector<int> &,
                            const padding_mode_t, const int8_t);
template void pad2D<int16_t>(int16_t *, int16_t *, const std::vector<int> &, const std::vector<int> &,
                             const padding_mode_t, const int16_t);
template void pad2D<float>(float *, float *, const std::vector<int> &, const std::vector<int> &, const padding_mode_t,
                           const float);

template <typename T>
void pad3D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value) {
    pad(input_element, output_element, input_shape, pads, mode, const_value, 3);
}
template void pad3D<int8_t>(int8_t *, int8_t *, const std::vector<int> &, const std::vector<int> &,
                            const padding_mode_t, const int8_t);
template void pad3D<int16_t>(int16_t *, int16_t *, const std::vector<int> &, const std::vector<int> &,
                             const padding_mode_t, const int16_t);
template void pad3D<float>(float *, float *, const std::vector<int> &, const std::vector<int> &, const padding_mode_t,
                           const float);

template <typename T>
void pad4D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value) {
    pad(input_element, output_element, input_shape, pads, mode, const_value, 4);
}
template void pad4D<int8_t>(int8_t *, int8_t *, const std::vector<int> &, const std::vector<int> &,
                            const padding_mode_t, const int8_t);
template void pad4D<int16_t>(int16_t *, int16_t *, const std::vector<int> &, const std::vector<int> &,
                             const padding_mode_t, const int16_t);
template void pad4D<float>(float *, float *, const std::vector<int> &, const std::vector<int> &, const padding_mode_t,
                           const float);

}  // namespace base
}  // namespace dl
