/**
 * @file dl_base_pad.hpp
 * Padding of tensors of 1 to 4 dimensions. pads = [x1_begin, x2_begin, ..., x1_end, x2_end, ...].
 */
#pragma once

#include "dl_base.hpp"

namespace dl {
namespace base {

/**
 * Return the shape of the padded tensor, or {} if `pads` has not two numbers for each dimension or a dimension would
 * become negative.
 */
std::vector<int> get_pad_shape(const std::vector<int> &shape, const std::vector<int> &pads);

/**
 * Copy input_element, a tensor of input_shape, with padding to output_element. T is int8_t, int16_t or float. The modes
 * are constant, edge and reflect.
 */
template <typename T>
void pad1D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value);
template <typename T>
void pad2D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value);
template <typename T>
void pad3D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value);
template <typename T>
void pad4D(T *input_element, T *output_element, const std::vector<int> &input_shape, const std::vector<int> &pads,
           const padding_mode_t mode, const T const_value);

}  // namespace base
}  // namespace dl
