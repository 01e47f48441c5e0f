/**
 * @file dl_base_shape.hpp
 * Shapes of results. For shapes that do not fit, each function logs a line and returns {}.
 */
#pragma once

#include "dl_base.hpp"

namespace dl {
namespace base {

/** Return the shape that both shapes broadcast to, by ONNX's rules. */
std::vector<int> get_multidirectional_broadcasting_shape(const std::vector<int> &shape1,
                                                         const std::vector<int> &shape2);
/** Return shape1, if shape2 broadcasts to it. */
std::vector<int> get_unidirectional_broadcasting_shape(const std::vector<int> &shape1, const std::vector<int> &shape2);
/**
 * Return the shape of a slice, by ONNX's rules. Without `axes`, the slice is along the first ones; without `step`, the
 * step is 1.
 */
std::vector<int> get_slice_shape(const std::vector<int> &shape, const std::vector<int> &start,
                                 const std::vector<int> &end, const std::vector<int> &axes = {},
                                 const std::vector<int> &step = {});

}  // namespace base
}  // namespace dl
