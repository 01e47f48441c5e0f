/**
 * @file dl_base_weights.hpp
 * The layouts in which .espdl files keep the weights of Conv, Gemm and MatMul, and functions that copy them to one
 * plain order.
 *
 * Below, A is 16 for int8 and 8 for int16; h and w are the height and width of the kernel, c is the number of input
 * channels of one output channel, n the number of output channels.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_base_host_buffer.hpp"
#include "dl_define.hpp"

namespace dl {
namespace base {

typedef enum {
    /** Dims [h,w,c,n] kept as [n/A][h][w][c][A], then the n%A left over as [n%A][h][w][c]. Depthwise: dims [h,w,n,1]
     * kept as [n/A][h][w][A], then [h][w][n%A]. ESP32-S3 and ESP32-P4. */
    WEIGHT_LAYOUT_BLOCKED,
    /** The same dims kept as [n][h][w][c]; depthwise: [h][w][n]. Chips without vector unit. */
    WEIGHT_LAYOUT_PLAIN,
    /** Dims and order [n,c,h,w] (Conv), [c,n] (Gemm, MatMul): ONNX's own, for float32. */
    WEIGHT_LAYOUT_ONNX,
} weight_layout_t;

/**
 * Find the layout that a tag names, and check that it fits the tensor and the target.
 * @param tag       without "layout ==> "; "" where the file gives none: the plain layout
 * @param dtype     of the weights
 * @param rank      of the spatial part's tag: 4 for HWC, 3 for WC; 0: either
 * @param depthwise groups of one channel
 * @param n         output channels
 * @param reason    set on failure: what was needed, what there was
 * @return false if the tag is unknown or belongs to another type, rank, channel count or chip
 */
bool parse_weight_layout(const std::string &tag, dtype_t dtype, int rank, bool depthwise, int n,
                         weight_layout_t *layout, std::string *reason);

/** Elements of a vector register of the chip: 16 for int8, 8 for int16. */
inline int weight_block(dtype_t dtype) {
    return dtype == DATA_TYPE_INT8 ? 16 : 8;
}

/** Where element (n, k) of a matrix of `rows` by `depth` elements lies in `layout`. k counts h, w and c, in this order.
 */
inline size_t weight_index(weight_layout_t layout, int block, int rows, int depth, int n, int k) {
    switch (layout) {
        case WEIGHT_LAYOUT_BLOCKED: {
            const int whole = rows / block * block;
            return n < whole ? (static_cast<size_t>(n / block) * depth + k) * block + n % block
                             : static_cast<size_t>(n) * depth + k;
        }
        case WEIGHT_LAYOUT_PLAIN:
            return static_cast<size_t>(n) * depth + k;
        default:
            return static_cast<size_t>(k) * rows + n;
    }
}

/** Copy weights of Conv to [n][h][w][c]. `element` is the number of bytes of an element. */
void unpack_conv_weights(weight_layout_t layout, int block, size_t element, int n, int h, int w, int c,
                         const void *source, void *destination);
/** Copy depthwise weights to [h][w][n]. */
void unpack_depthwise_weights(weight_layout_t layout, int block, size_t element, int n, int h, int w,
                              const void *source, void *destination);
/** Copy a matrix of MatMul or Gemm, n rows of k elements, to [n][k]. */
void unpack_matrix(weight_layout_t layout, int block, size_t element, int n, int k, const void *source,
                   void *destination);

}  // namespace base
}  // namespace dl
