/**
 * @file dl_detect_define.hpp
 * The result of a detector, and the grids of cells of a network.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_define.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace detect {

/** One object that was found. Coordinates are pixels of the picture that the app handed in. */
struct result_t {
    int category;                     ///< index of the class
    float score;                      ///< 0 to 1
    std::vector<int> box;             ///< left, top, right, bottom
    std::vector<int> keypoint;        ///< x and y of each keypoint; 0, 0: not seen
    std::vector<float> mask_coeff{};  ///< segmentation: weights of the prototypes
    std::vector<uint8_t>
        mask{};  ///< segmentation: 0 or 1 for each pixel of the box (right - left columns, bottom - top rows)

    /** Limit the box to a picture of this size. */
    void limit_box(int width, int height);
    /** Limit the keypoints to a picture of this size. */
    void limit_keypoint(int width, int height);
    /** Return width times height of the box, or 0 if there is no box. */
    int box_area() const { return box.size() == 4 ? (box[2] - box[0]) * (box[3] - box[1]) : 0; }
};

/** An order for sorting: the best result first. */
inline bool greater_box(const result_t &a, const result_t &b) {
    return a.score > b.score;
}

/**
 * One grid of cells of a network without anchors. The centre of cell (x, y) is (x * stride_x + offset_x, y * stride_y +
 * offset_y).
 */
typedef struct {
    int stride_y;
    int stride_x;
    int offset_y;
    int offset_x;
} anchor_point_stage_t;

/** One grid of cells of a network with anchors. */
typedef struct {
    int stride_y;
    int stride_x;
    int offset_y;
    int offset_x;
    std::vector<std::vector<int>> anchor_shape;  ///< {height, width} of each anchor
} anchor_box_stage_t;

}  // namespace detect
}  // namespace dl
