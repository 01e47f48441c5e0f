/**
 * @file streaming.hpp
 * From a network that reads a whole sequence to one that reads it in chunks, and remembers what its windows reach back
 * for.
 */
#pragma once

#include <map>

#include "graph/graph.hpp"
#include "import/onnx_import.hpp"

namespace quantize {

/** Where the frames of a tensor are in the stream: frame j of the whole sequence is frame j + delay of the stream. */
struct Frames {
    int64_t axis;    ///< in ONNX's order
    int64_t length;  ///< of the whole sequence
    int64_t chunk;   ///< frames in one chunk
    int64_t delay;   ///< negative: the first frames are padding, and never come
    int64_t first;   ///< frames from this one on, which also counts padding, are those of the whole sequence
    int64_t end;     ///< and before this one: later ones depend on padding at the sequence's end
};

/**
 * Inserts StreamingCache in front of each window that reaches back over frames, and takes the window's padding along
 * them away. The graph was quantized; its shapes stay those of the whole sequence, and so run, it computes what the
 * chip computes in chunks. Throws Error for a node that needs more than a window of frames.
 * @param chunks by input; an input that is left out is the same for all chunks
 * @return what depends on frames
 */
std::map<const Var *, Frames> insert_caches(Graph &graph, const InputShapes &chunks);

/** The last step: constants that hold a number of frames get that of a chunk. Shapes are those of a chunk by now. */
void fix_frames(Graph &graph, const std::map<const Var *, Frames> &frames);

}  // namespace quantize
