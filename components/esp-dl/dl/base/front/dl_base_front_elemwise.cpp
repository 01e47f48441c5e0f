#include "dl_base_add.hpp"
#include "dl_base_and.hpp"
#include "dl_base_broadcast.hpp"
#include "dl_base_div.hpp"
#include "dl_base_elementwise.hpp"
#include "dl_base_equal.hpp"
#include "dl_base_greater.hpp"
#include "dl_base_greaterorequal.hpp"
#include "dl_base_less.hpp"
#include "dl_base_lessorequal.hpp"
#include "dl_base_max.hpp"
#include "dl_base_min.hpp"
#include "dl_base_mod.hpp"
#include "dl_base_mul.hpp"
#include "dl_base_or.hpp"
#include "dl_base_pow.hpp"
#include "dl_base_sub.hpp"
#include "dl_base_xor.hpp"

static const char *TAG = "dl_base";

namespace dl {
namespace base {

namespace {

template <typename T>
constexpr dtype_t dtype_of() {
    return std::is_same_v<T, int8_t>    ? DATA_TYPE_INT8
           : std::is_same_v<T, int16_t> ? DATA_TYPE_INT16
           : std::is_same_v<T, bool>    ? DATA_TYPE_BOOL
                                        : DATA_TYPE_FLOAT;
}

// Return the four lengths of an input, outermost first, as its strides imply them.
std::vector<int> input_shape(const int *strides, int d0, const std::vector<int> &output) {
    std::vector<int> shape = {strides[0] ? output[0] : 1, strides[1] ? output[1] : 1, strides[2] ? output[2] : 1, d0};
    return shape;
}

template <typename In, typename Out>
void run(elementwise_t op, elemwiseArgsType<In, Out> *args) {
    const std::vector<int> out = {args->output_d3, args->output_d2, args->output_d1, args->output_d0};
    const int strides0[] = {args->input0_d3_stride, args->input0_d2_stride, args->input0_d1_stride};
    const int strides1[] = {args->input1_d3_stride, args->input1_d2_stride, args->input1_d1_stride};
    ElementwiseArgs kernel_args;
    kernel_args.op = op;
    kernel_args.walk =
        Broadcast({input_shape(strides0, args->input0_d0, out), input_shape(strides1, args->input1_d0, out)}, out);
    kernel_args.in = {{dtype_of<In>(), std::ilogb(args->input0_scale), args->input0_scale, args->input0_element},
                      {dtype_of<In>(), std::ilogb(args->input1_scale), args->input1_scale, args->input1_element}};
    kernel_args.out = {dtype_of<Out>(), -std::ilogb(args->output_rescale), args->output_rescale, args->output_element};
    const BoundKernel<ElementwiseArgs> kernel = select_elementwise(kernel_args);
    if (!kernel) {
        ESP_LOGE(TAG, "no kernel computes element-wise operation %d in %s", static_cast<int>(op),
                 dtype_to_string(dtype_of<In>()));
        return;
    }
    kernel.run(kernel_args, 0, kernel_args.walk.units);
}

}  // namespace

template <typename In, typename Out>
std::vector<elemwiseArgsType<In, Out>> get_elemwise_operation_args(TensorBase *output, TensorBase *input0,
                                                                   TensorBase *input1, const runtime_mode_t) {
    std::vector<int> shape;
    if (!output || !input0 || !input1 || !broadcast_shape({input0->shape, input1->shape}, shape) || shape.size() > 4 ||
        shape != output->shape) {
        ESP_LOGE(TAG, "element-wise: inputs %s and %s do not broadcast to the output's %s of at most four dimensions",
                 input0 ? vector_to_string(input0->shape).c_str() : "(none)",
                 input1 ? vector_to_string(input1->shape).c_str() : "(none)",
                 output ? vector_to_string(output->shape).c_str() : "(none)");
        return {};
    }
    elemwiseArgsType<In, Out> args;
    args.input0_element = static_cast<In *>(input0->get_element_ptr());
    args.input1_element = static_cast<In *>(input1->get_element_ptr());
    args.output_element = static_cast<Out *>(output->get_element_ptr());
    args.dims = shape.empty() ? 1 : static_cast<int>(shape.size());

    // Lengths and strides of four dimensions, innermost first. A dimension along which elements are used again has
    // stride 0.
    auto lengths = [](const std::vector<int> &from, int i) {
        return i < static_cast<int>(from.size()) ? from[from.size() - 1 - i] : 1;
    };
    int *const out[] = {&args.output_d0, &args.output_d1, &args.output_d2, &args.output_d3};
    for (int i = 0; i < 4; i++) {
        *out[i] = lengths(shape, i);
    }
    auto strides = [&](const std::vector<int> &from, int *d0, int *d1, int *d2, int *d3) {
        int *const to[] = {d1, d2, d3};
        *d0 = lengths(from, 0);
        int64_t stride = *d0;
        for (int i = 1; i < 4; i++) {
            *to[i - 1] = lengths(from, i) > 1 ? static_cast<int>(stride) : 0;
            stride *= lengths(from, i);
        }
    };
    strides(input0->shape, &args.input0_d0, &args.input0_d1_stride, &args.input0_d2_stride, &args.input0_d3_stride);
    strides(input1->shape, &args.input1_d0, &args.input1_d1_stride, &args.input1_d2_stride, &args.input1_d3_stride);

    const int lanes = 16 / static_cast<int>(sizeof(In));
    args.c_div_x_1 = args.output_d0 / lanes - 1;
    args.c_div_2x_1 = args.output_d0 / (2 * lanes) - 1;
    args.c_left_x_1 = args.output_d0 / lanes % 2;
    args.c_remainder = args.output_d0 % lanes * static_cast<int>(sizeof(In));
    args.mul_shift = output->get_exponent() - input0->get_exponent() - input1->get_exponent();
    args.input0_scale = DL_SCALE(input0->get_exponent());
    args.input1_scale = DL_SCALE(input1->get_exponent());
    args.output_rescale = DL_RESCALE(output->get_exponent());
    return {args};
}

template std::vector<elemwiseArgsType<int8_t>> get_elemwise_operation_args<int8_t>(TensorBase *, TensorBase *,
                                                                                   TensorBase *, const runtime_mode_t);
template std::vector<elemwiseArgsType<int16_t>> get_elemwise_operation_args<int16_t>(TensorBase *, TensorBase *,
                                                                                     TensorBase *,
                                                                                     const runtime_mode_t);
template std::vector<elemwiseArgsType<float>> get_elemwise_operation_args<float>(TensorBase *, TensorBase *,
                                                                                 TensorBase *, const runtime_mode_t);
template std::vector<elemwiseArgsType<int8_t, bool>> get_elemwise_operation_args<int8_t, bool>(TensorBase *,
                                                                                               TensorBase *,
                                                                                               TensorBase *,
                                                                                               const runtime_mode_t);
template std::vector<elemwiseArgsType<int16_t, bool>> get_elemwise_operation_args<int16_t, bool>(TensorBase *,
                                                                                                 TensorBase *,
                                                                                                 TensorBase *,
                                                                                                 const runtime_mode_t);
template std::vector<elemwiseArgsType<float, bool>> get_elemwise_operation_args<float, bool>(TensorBase *, TensorBase *,
                                                                                             TensorBase *,
                                                                                             const runtime_mode_t);

void elemwise_add(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_ADD, args);
}

void elemwise_add(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_ADD, args);
}

void elemwise_add(elemwiseArgsType<float> *args) {
    run(ELEMENTWISE_ADD, args);
}

void elemwise_sub(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_SUB, args);
}

void elemwise_sub(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_SUB, args);
}

void elemwise_sub(elemwiseArgsType<float> *args) {
    run(ELEMENTWISE_SUB, args);
}

void elemwise_mul(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_MUL, args);
}

void elemwise_mul(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_MUL, args);
}

void elemwise_mul(elemwiseArgsType<float> *args) {
    run(ELEMENTWISE_MUL, args);
}

void elemwise_div(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_DIV, args);
}

void elemwise_div(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_DIV, args);
}

void elemwise_div(elemwiseArgsType<float> *args) {
    run(ELEMENTWISE_DIV, args);
}

void elemwise_pow(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_POW, args);
}

void elemwise_pow(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_POW, args);
}

void elemwise_pow(elemwiseArgsType<float> *args) {
    run(ELEMENTWISE_POW, args);
}

void elemwise_max(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_MAX, args);
}

void elemwise_max(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_MAX, args);
}

void elemwise_min(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_MIN, args);
}

void elemwise_min(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_MIN, args);
}

void elemwise_and(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_AND, args);
}

void elemwise_and(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_AND, args);
}

void elemwise_or(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_OR, args);
}

void elemwise_or(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_OR, args);
}

void elemwise_xor(elemwiseArgsType<int8_t> *args) {
    run(ELEMENTWISE_XOR, args);
}

void elemwise_xor(elemwiseArgsType<int16_t> *args) {
    run(ELEMENTWISE_XOR, args);
}

void elemwise_equal(elemwiseArgsType<int8_t, bool> *args) {
    run(ELEMENTWISE_EQUAL, args);
}

void elemwise_equal(elemwiseArgsType<int16_t, bool> *args) {
    run(ELEMENTWISE_EQUAL, args);
}

void elemwise_greater(elemwiseArgsType<int8_t, bool> *args) {
    run(ELEMENTWISE_GREATER, args);
}

void elemwise_greater(elemwiseArgsType<int16_t, bool> *args) {
    run(ELEMENTWISE_GREATER, args);
}

void elemwise_greaterorequal(elemwiseArgsType<int8_t, bool> *args) {
    run(ELEMENTWISE_GREATER_OR_EQUAL, args);
}

void elemwise_greaterorequal(elemwiseArgsType<int16_t, bool> *args) {
    run(ELEMENTWISE_GREATER_OR_EQUAL, args);
}

void elemwise_less(elemwiseArgsType<int8_t, bool> *args) {
    run(ELEMENTWISE_LESS, args);
}

void elemwise_less(elemwiseArgsType<int16_t, bool> *args) {
    run(ELEMENTWISE_LESS, args);
}

void elemwise_lessorequal(elemwiseArgsType<int8_t, bool> *args) {
    run(ELEMENTWISE_LESS_OR_EQUAL, args);
}

void elemwise_lessorequal(elemwiseArgsType<int16_t, bool> *args) {
    run(ELEMENTWISE_LESS_OR_EQUAL, args);
}

template <typename T>
void elemwise_mod(elemwiseArgsType<T> *args) {
    run(ELEMENTWISE_FMOD, args);
}
template void elemwise_mod<int8_t>(elemwiseArgsType<int8_t> *args);
template void elemwise_mod<int16_t>(elemwiseArgsType<int16_t> *args);
template void elemwise_mod<float>(elemwiseArgsType<float> *args);

}  // namespace base
}  // namespace dl
