/**
 * @file dl_base_pad.hpp
 * Padding of 1 to 4 dimensions: pads = [x1_begin, x2_begin, ..., x1_end, x2_end, ...].
 */
#pragma once

#include "dl_base.hpp"

namespace dl {
namespace base {

/** Shape of the padded tensor; {} if there are not two numbers for each dimension or one becomes negative. */
std::vector<int> get_pad_shape(const std::vector<int> &shape, const std::vector<int> &pads);

/** Pad input_element of input_shape into output_element. T: int8_t, int16_t, float. Constant, edge, reflect. */
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
