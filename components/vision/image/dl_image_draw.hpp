/**
 * @file dl_image_draw.hpp
 * Points and frames on a picture. dl_image_annotate.hpp has lines and text.
 *
 * A colour is given by the bytes of a pixel as the picture stores it, low address first: R, G, B for RGB888; B, G, R
 * for BGR888; one byte for GRAY; two for the 565 types. What lies outside the picture is not drawn. With a colour of
 * the wrong length, a log line is written and nothing is drawn.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_image_define.hpp"

namespace dl {
namespace image {

/** Draw a disc. Radius 0 is one pixel. */
void draw_point(const img_t &img, int x, int y, const std::vector<uint8_t> &color, uint8_t radius);

/** Draw a frame. The middle of its lines lies on the rectangle's edges. */
void draw_hollow_rectangle(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color,
                           uint8_t line_width);

}  // namespace image
}  // namespace dl
