/**
 * @file dl_image_draw.hpp
 * Points and frames on a picture. Lines, text and the like: dl_image_annotate.hpp.
 *
 * A colour is a pixel as the picture stores it: three bytes for RGB888 (or B, G, R for BGR888), one for GRAY, two for
 * the 565 types, low address first. Whatever lies outside the picture is not drawn; a colour of the wrong length draws
 * nothing, and is logged.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_image_define.hpp"

namespace dl {
namespace image {

/** A disc; radius 0 is one pixel. */
void draw_point(const img_t &img, int x, int y, const std::vector<uint8_t> &color, uint8_t radius);

/** A frame whose lines are centred on the edges. */
void draw_hollow_rectangle(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color,
                           uint8_t line_width);

}  // namespace image
}  // namespace dl
