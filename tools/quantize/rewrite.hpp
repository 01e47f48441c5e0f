/**
 * @file rewrite.hpp
 * Rewrites of the float graph: simplification, then the fusions that the chips' operators expect.
 */
#pragma once

#include "executor.hpp"
#include "graph.hpp"

namespace quantize {

/** Fold constants, drop operators that change nothing, merge chains. */
void simplify(Graph &graph);
/** Bias additions, batch normalization, Swish, RMSNormalization, LpNormalization, old attribute forms. */
void fuse_operators(Graph &graph);
/** Every param slot gets its own copy of a shared param. */
void split_shared_params(Graph &graph);
/** ConvTranspose becomes InsertZeros and Conv. */
void decompose_conv_transpose(Graph &graph);

}  // namespace quantize
