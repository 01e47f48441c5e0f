/**
 * @file dl_detect_define.hpp
 * What a detector finds, and where a network looks for it.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_define.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace detect {

/** One thing found. Coordinates are pixels of the picture that was given. */
struct result_t {
    int category;                     ///< index of the class
    float score;                      ///< 0 to 1
    std::vector<int> box;             ///< left, top, right, bottom
    std::vector<int> keypoint;        ///< x, y of each; 0, 0: not seen
    std::vector<float> mask_coeff{};  ///< segmentation: weights of the prototypes
    std::vector<uint8_t>
        mask{};  ///< segmentation: 0 or 1 for each pixel of the box (right - left columns, bottom - top rows)

    /** Move the box into a picture of this size. */
    void limit_box(int width, int height);
    /** Move the keypoints into a picture of this size. */
    void limit_keypoint(int width, int height);
    /** Width times height of the box; 0 without one. */
    int box_area() const { return box.size() == 4 ? (box[2] - box[0]) * (box[3] - box[1]) : 0; }
};

/** For sorting: best first. */
inline bool greater_box(const result_t &a, const result_t &b) {
    return a.score > b.score;
}

/** One output scale of a network without anchors: cell (x, y) is centred on (x * stride_x + offset_x, y * stride_y +
 * offset_y). */
typedef struct {
    int stride_y;
    int stride_x;
    int offset_y;
    int offset_x;
} anchor_point_stage_t;

/** One output scale of a network with anchors. */
typedef struct {
    int stride_y;
    int stride_x;
    int offset_y;
    int offset_x;
    std::vector<std::vector<int>> anchor_shape;  ///< {height, width} of each anchor
} anchor_box_stage_t;

}  // namespace detect
}  // namespace dl
