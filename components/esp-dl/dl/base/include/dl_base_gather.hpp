/**
 * @file dl_base_gather.hpp
 * Operators that move runs of elements by an index: Gather, Pad, ReverseSequence, ScatterND.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_copy.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

/** dst[o, k, :] = src[o, indices[k], :]. */
struct GatherArgs {
    const void *src = nullptr;  ///< [outer, length, run]
    void *dst = nullptr;        ///< [outer, indices, run]
    int64_t length = 1;
    int64_t run = 1;
    std::vector<int64_t> indices;  ///< 0 to length - 1
    CopyTypes types;
    int units = 0;  ///< outer * indices
};
BoundKernel<GatherArgs> select_gather(GatherArgs &args);

/** dst[i0, i1, ..., :] = src[source[0][i0], source[1][i1], ..., :], or the constant where a source is -1. */
struct PadArgs {
    const void *src = nullptr;
    void *dst = nullptr;
    uint8_t constant[8] = {};  ///< one element of dst
    /** For each axis and output coordinate: the input coordinate, or -1 for the constant. There is at least one axis.
     */
    std::vector<std::vector<int>> source;
    std::vector<int64_t> src_strides;  ///< strides of these axes, in elements
    int64_t run = 1;                   ///< elements of all axes behind them
    CopyTypes types;
    int units = 0;  ///< output coordinates of all axes but the last

    /** A part of a unit that lies within the input or outside of it, in bytes. */
    struct Stretch {
        int64_t from;  ///< from where the last axis of the input begins; -1: the constant
        int64_t length;
    };
    std::vector<Stretch> stretches;  ///< set by the optimized kernels' prepare(): what a unit consists of
};
BoundKernel<PadArgs> select_pad(PadArgs &args);

/** The first lengths[b] elements along the time axis of batch entry b are reversed; the others stay as they are. */
struct ReverseSequenceArgs {
    const void *src = nullptr;  ///< [batch, time, run] or [time, batch, run]
    void *dst = nullptr;
    int batch = 1;
    int time = 1;
    int64_t run = 1;
    bool time_first = false;
    std::vector<int> lengths;  ///< 0 to time, one per batch entry
    CopyTypes types;
    int units = 0;  ///< batch * time
};
BoundKernel<ReverseSequenceArgs> select_reverse_sequence(ReverseSequenceArgs &args);

typedef enum { SCATTER_NONE, SCATTER_ADD, SCATTER_MUL, SCATTER_MAX, SCATTER_MIN } scatter_t;

/** dst = data; then dst[offsets[i] ...] (op)= updates[i, :], in this order. */
struct ScatterArgs {
    const void *data = nullptr;
    const void *updates = nullptr;  ///< [offsets, run]
    void *dst = nullptr;
    int64_t size = 0;              ///< elements of data and dst
    std::vector<int64_t> offsets;  ///< elements from the start of dst; -1: this update is left out
    int64_t run = 1;
    scatter_t reduction = SCATTER_NONE;
    CopyTypes types;         ///< data to dst
    CopyTypes update_types;  ///< updates to dst
    /**
     * Reductions only: the real values of dst, `size` of them. Several updates of one element are then rounded once.
     */
    float *sums = nullptr;
    int units = 1;
};
BoundKernel<ScatterArgs> select_scatter(ScatterArgs &args);

}  // namespace base
}  // namespace dl
