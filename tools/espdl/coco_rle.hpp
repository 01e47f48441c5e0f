/**
 * @file coco_rle.hpp
 * Masks as COCO has them: run lengths, column by column, beginning with a run of zeros.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace espdl_tool::coco {

struct Rle {
    uint32_t height = 0, width = 0;
    std::vector<uint32_t> counts;  ///< lengths of runs; the first one is of zeros. Their sum is height x width
};

/** Pixels that are set. */
uint64_t rle_area(const Rle &mask);

/** {x, y, width, height} of what is set; zeros for an empty mask. */
struct RleBox {
    double x = 0, y = 0, width = 0, height = 0;
};
RleBox rle_box(const Rle &mask);

/** @param pixels row by row, height x width of them; not 0: set */
Rle rle_from_pixels(const uint8_t *pixels, uint32_t height, uint32_t width);
std::vector<uint8_t> rle_to_pixels(const Rle &mask);

/**
 * What COCO counts as the inside of a polygon: its border is drawn on a grid five times as fine, and a pixel belongs to
 * it if its centre does.
 * @param xy x, y of each corner
 * @return false if there are less than three corners, or one lies absurdly far outside
 */
bool rle_from_polygon(const std::vector<double> &xy, uint32_t height, uint32_t width, Rle &mask);

/** Union of masks of one size; {} for none. */
Rle rle_union(const std::vector<Rle> &masks);

/** COCO's text form ("counts" of results). */
std::string rle_to_text(const Rle &mask);
/** @return false if the text is none, or its runs are not as long as height x width together */
bool rle_from_text(const std::string &text, uint32_t height, uint32_t width, Rle &mask);
/** Whether the runs are as long as height x width together. */
bool rle_is_complete(const Rle &mask);

/** Intersection over union, of a detection with a ground truth; with a crowd: over the detection's area. -1 for masks
 * of different sizes. */
double rle_iou(const Rle &detection, const Rle &truth, bool crowd);

}  // namespace espdl_tool::coco
