/**
 * @file dl_image_annotate.hpp
 * Lines, text, labels and skeletons on a picture. Colours are given as in dl_image_draw.hpp.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dl_image_define.hpp"

namespace dl {
namespace image {

/** Fill the rectangle from (x1, y1) to (x2, y2), both included. */
void draw_filled_rectangle(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color);

void draw_line(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color, uint8_t line_width);

/**
 * Draw text in a 5x7 font, magnified by `scale`. A byte that is not printable ASCII becomes a box.
 * @param x, y top-left corner
 */
void draw_text(const img_t &img, int x, int y, const std::string &text, const std::vector<uint8_t> &color,
               int scale = 1);
/** Return the size of a text in pixels, with a margin of one font pixel on each side. */
int text_width(const std::string &text, int scale = 1);
int text_height(int scale = 1);

/** Draw a box and a text on a ground of the box's colour. The text is above the box or, if there is no room, inside. */
void draw_labeled_box(const img_t &img, const std::vector<int> &box, const std::string &text,
                      const std::vector<uint8_t> &color, const std::vector<uint8_t> &text_color);

/** Draw COCO's 17 keypoints and the limbs between them. A keypoint at 0, 0 was not seen and is left out. */
void draw_coco_skeleton(const img_t &img, const std::vector<int> &keypoint, const std::vector<uint8_t> &limb_color,
                        const std::vector<uint8_t> &point_color);

}  // namespace image
}  // namespace dl
