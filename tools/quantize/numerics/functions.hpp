/**
 * @file functions.hpp
 * What operators compute, in LibTorch.
 */
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.hpp"

namespace quantize {

using Inputs = std::vector<torch::Tensor>;
using Function = std::function<Inputs(const Op &, const Inputs &)>;
/** By operator. */
using Functions = std::map<std::string, Function>;

// One table per family of operators.
Functions elementwise_functions();
Functions normalization_functions();
Functions shape_functions();
Functions window_functions();
Functions reductions();

/**
 * GRU and LSTM with gates in 16 bits at 2^-9; `high_precision` on the P4 leaves that out.
 * @param exact with the chip's sums and functions, to the last bit
 */
Inputs recurrent(const Op &op, const Inputs &in, const Record *output_record, Target target, bool exact = false);

// What the functions share.

/** Throws Error with the node's name and type before the reason. */
[[noreturn]] void refuse(const Op &op, const std::string &why);
/** A constant's elements. */
std::vector<int64_t> ints(const torch::Tensor &t);
/** An input that must be there. */
const torch::Tensor &need(const Op &op, const Inputs &in, size_t i);
bool given(const Inputs &in, size_t i);
/** Constant integers of an input, else of an attribute. */
std::optional<std::vector<int64_t>> list(const Op &op, const Inputs &in, size_t i, const char *attribute);
/** 0, 1, ... */
std::vector<int64_t> all_axes(const torch::Tensor &x);

/** A function of one tensor. */
template <typename F1>
Function unary(F1 f) {
    return [f](const Op &op, const Inputs &in) { return Inputs{f(need(op, in, 0))}; };
}

/** A function of two tensors. */
template <typename F2>
Function binary(F2 f) {
    return [f](const Op &op, const Inputs &in) { return Inputs{f(need(op, in, 0), need(op, in, 1))}; };
}

}  // namespace quantize
