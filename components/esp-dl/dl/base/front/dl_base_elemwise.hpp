/**
 * @file dl_base_elemwise.hpp
 * Operations on corresponding elements of two broadcast tensors of 1 to 4 dimensions, as a module of one's own calls
 * them: get_elemwise_operation_args() in forward(), then an elemwise_*() of dl_base_add.hpp and its like for each
 * element of what it gives. Results are those of the library's modules.
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

/** Two inputs, an output, and how they are walked: d0 is the last dimension. A stride of 0, and a d0 of 1 beside an
 * output's of more, means that one element serves all of that dimension. */
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
    int c_div_x_1 = 0;    ///< vectors of 16 bytes in a row, less one
    int c_div_2x_1 = 0;   ///< pairs of such vectors, less one
    int c_left_x_1 = 0;   ///< vectors without a pair
    int c_remainder = 0;  ///< bytes behind the last vector

    int mul_shift = 0;         ///< of a product: output's exponent less those of both inputs
    float input0_scale = 1;    ///< DL_SCALE(exponent)
    float input1_scale = 1;    ///< DL_SCALE(exponent)
    float output_rescale = 1;  ///< DL_RESCALE(exponent)
    in_feature_t *table = nullptr;

    int compare_mask = 1;  ///< what a comparison that holds writes
};

/** Arguments for two tensors and an output that they broadcast to; empty, with a log line, if they do not, or have more
 * than four dimensions. */
template <typename in_feature_t, typename out_feature_t = in_feature_t>
std::vector<elemwiseArgsType<in_feature_t, out_feature_t>> get_elemwise_operation_args(
    TensorBase *output, TensorBase *input0, TensorBase *input1, const runtime_mode_t runtime_mode = RUNTIME_MODE_AUTO);

/** Calls elemwise_func(output, input0, input1, args) for each row, the last dimension; its args says of each input
 * whether it is a row or one element (input0_d0, input1_d0). */
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
/** The same for fewer dimensions: those that are not there have length 1. */
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
