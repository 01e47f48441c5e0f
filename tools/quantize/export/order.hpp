/**
 * @file order.hpp
 * Orders of axes: dimension i of a stored tensor is dimension order[i] of ONNX's.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace quantize {

using Order = std::vector<int64_t>;

Order identity(size_t rank);
bool is_identity(const Order &order);
/** For pictures and sequences; of other ranks ONNX's order. */
Order channels_last(size_t rank);
Order inverse(const Order &order);
/** The transposition that brings storage order `from` to storage order `to`. */
Order between(const Order &from, const Order &to);

}  // namespace quantize
