/**
 * @file dl_base_elemwise.hpp
 * Operations on corresponding elements of two tensors that are broadcast to 1 to 4 dimensions, for an app's own
 * modules. A module's forward() calls get_elemwise_operation_args(), and then one of the functions elemwise_*()
 * (dl_base_add.hpp, ...) with each of the arguments that it returns. The results are those of the library's modules.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

#include <vector>

#include "dl_base.hpp"
#include "dl_define.hpp"
#include "dl_tensor_base.hpp"

namespace dl {
namespace base {

/**
 * Two inputs, an output, and how to walk through them. d0 is the last dimension, d3 the first. In an input, a stride of
 * 0 means that the elements are used again for each index of that dimension; so does an input's d0 of 1 where the
 * output's is larger.
 */
template <typename in_feature_t, typename out_feature_t = in_feature_t>
struct elemwiseArgsType {
    in_feature_t *input0_element = nullptr;
    in_feature_t *input1_element = nullptr;
    out_feature_t *output_element = nullptr;

    int input0_d0 = 1;
    int input0_d1_stride = 0;
    int input0_d2_stride = 0;
    int input0_d3_stride = 0;

    int input1_d0 = 1;
    int input1_d1_stride = 0;
    int input1_d2_stride = 0;
    int input1_d3_stride = 0;

    int output_d0 = 1;
    int output_d1 = 1;
    int output_d2 = 1;
    int output_d3 = 1;

    int dims = 1;         ///< 1 to 4
    int c_div_x_1 = 0;    ///< vectors of 16 bytes in a row, minus one
    int c_div_2x_1 = 0;   ///< pairs of such vectors in a row, minus one
    int c_left_x_1 = 0;   ///< 1 if a row has a vector without a pair, else 0
    int c_remainder = 0;  ///< bytes of a row behind the last vector

    int mul_shift = 0;         ///< for a product: the output's exponent minus those of both inputs
    float input0_scale = 1;    ///< DL_SCALE(exponent)
    float input1_scale = 1;    ///< DL_SCALE(exponent)
    float output_rescale = 1;  ///< DL_RESCALE(exponent)
    in_feature_t *table = nullptr;

    int compare_mask = 1;  ///< the result of a comparison that is true
};

/**
 * Return the arguments for two inputs and their output. If the inputs do not broadcast to the output's shape, or it has
 * more than four dimensions, the vector is empty and a log line says so.
 */
template <typename in_feature_t, typename out_feature_t = in_feature_t>
std::vector<elemwiseArgsType<in_feature_t, out_feature_t>> get_elemwise_operation_args(
    TensorBase *output, TensorBase *input0, TensorBase *input1, const runtime_mode_t runtime_mode = RUNTIME_MODE_AUTO);

/**
 * Call elemwise_func(output, input0, input1, args) for each row: each stretch of the last dimension. args->input0_d0
 * and args->input1_d0 tell the function whether an input is a whole row or one element.
 */
template <typename in_feature_t, typename out_feature_t = in_feature_t>
void elemwise_loop_4d(elemwiseArgsType<in_feature_t, out_feature_t> *args,
                      ImplFunc_t<out_feature_t, in_feature_t, in_feature_t> elemwise_func) {
    for (int i = 0; i < args->output_d3; i++) {
        for (int j = 0; j < args->output_d2; j++) {
            for (int k = 0; k < args->output_d1; k++) {
                const int64_t row = (static_cast<int64_t>(i) * args->output_d2 + j) * args->output_d1 + k;
                elemwise_func(args->output_element + row * args->output_d0,
                              args->input0_element + static_cast<int64_t>(i) * args->input0_d3_stride +
                                  static_cast<int64_t>(j) * args->input0_d2_stride +
                                  static_cast<int64_t>(k) * args->input0_d1_stride,
                              args->input1_element + static_cast<int64_t>(i) * args->input1_d3_stride +
                                  static_cast<int64_t>(j) * args->input1_d2_stride +
                                  static_cast<int64_t>(k) * args->input1_d1_stride,
                              args);
            }
        }
    }
}
/** elemwise_loop_4d() for fewer dimensions: the missing ones have length 1. */
template <typename in_feature_t, typename out_feature_t = in_feature_t>
void elemwise_loop_3d(elemwiseArgsType<in_feature_t, out_feature_t> *args,
                      ImplFunc_t<out_feature_t, in_feature_t, in_feature_t> elemwise_func) {
    elemwise_loop_4d<in_feature_t, out_feature_t>(args, elemwise_func);
}
template <typename in_feature_t, typename out_feature_t = in_feature_t>
void elemwise_loop_2d(elemwiseArgsType<in_feature_t, out_feature_t> *args,
                      ImplFunc_t<out_feature_t, in_feature_t, in_feature_t> elemwise_func) {
    elemwise_loop_4d<in_feature_t, out_feature_t>(args, elemwise_func);
}
template <typename in_feature_t, typename out_feature_t = in_feature_t>
void elemwise_loop_1d(elemwiseArgsType<in_feature_t, out_feature_t> *args,
                      ImplFunc_t<out_feature_t, in_feature_t, in_feature_t> elemwise_func) {
    elemwise_loop_4d<in_feature_t, out_feature_t>(args, elemwise_func);
}

}  // namespace base
}  // namespace dl
