/**
 * @file rewrite.hpp
 * Rewrites of the float graph: simplification, then the fusions that the chips' operators expect.
 */
#pragma once

#include <map>
#include <string>

#include "graph/graph.hpp"

namespace quantize {

/**
 * Shapes and types of all variables, from a run on zeros. Throws InvalidNode.
 * @param failed gets the operators that could not be computed, and why; "" behind such a one. Nothing is thrown then.
 */
void infer_shapes(Graph &graph, std::map<std::string, std::string> *failed = nullptr);
/** What older operator sets say in another way; infer_shapes() does it first. */
void modernize(Graph &graph);
/** Fold constants, drop operators that change nothing, merge chains. Shapes must be known. */
void simplify(Graph &graph);
/** Einsum becomes Transpose, Reshape, MatMul and ReduceSum; simplify() does it first. Throws Error. */
void decompose_einsum(Graph &graph);
/** Every Clip from 0 to 6 becomes a Relu. @return how many */
int relu6_becomes_relu(Graph &graph);
/**
 * Bias additions, batch normalization, Swish, RMSNormalization, LpNormalization, old attribute forms.
 * @param as_reference nothing that the reference quantizer leaves as it is
 */
void fuse_operators(Graph &graph, bool as_reference);
/**
 * LayerNormalization and Gelu from the operators that exporters take them apart into; operators that chips have in
 * another form only.
 */
void fuse_functions(Graph &graph);
/** InstanceNormalization and GroupNormalization become LayerNormalization between two Reshape. */
void decompose_norms(Graph &graph);
/** Expand and Tile, which chips do not have, become a Gather for each axis that they repeat, or a Reshape if there is
 * none. */
void repeat_by_gather(Graph &graph);
/** Every param slot gets its own copy of a shared param. */
void split_shared_params(Graph &graph);
/** ConvTranspose becomes InsertZeros and Conv. */
void decompose_conv_transpose(Graph &graph);

}  // namespace quantize
