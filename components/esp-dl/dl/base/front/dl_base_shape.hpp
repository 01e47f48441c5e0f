/**
 * @file dl_base_shape.hpp
 * Shapes of results. Shapes that do not fit give {}, with a log line.
 */
#pragma once

#include "dl_base.hpp"

namespace dl {
namespace base {

/** Shape that both broadcast to, as in ONNX. */
std::vector<int> get_multidirectional_broadcasting_shape(const std::vector<int> &shape1,
                                                         const std::vector<int> &shape2);
/** shape1, if shape2 broadcasts to it. */
std::vector<int> get_unidirectional_broadcasting_shape(const std::vector<int> &shape1, const std::vector<int> &shape2);
/** Shape of a slice, as in ONNX: axes none: the first ones; step none: 1. */
std::vector<int> get_slice_shape(const std::vector<int> &shape, const std::vector<int> &start,
                                 const std::vector<int> &end, const std::vector<int> &axes = {},
                                 const std::vector<int> &step = {});

}  // namespace base
}  // namespace dl
