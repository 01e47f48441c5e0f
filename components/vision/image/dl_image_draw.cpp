#include "dl_image_draw.hpp"

#include <utility>

#include "dl_image_fill.hpp"

namespace dl {
namespace image {

void draw_point(const img_t &img, int x, int y, const std::vector<uint8_t> &color, uint8_t radius) {
    if (!can_draw(img, color)) {
        return;
    }
    for (int dy = -radius; dy <= radius; dy++) {
        int dx = 0;
        while ((dx + 1) * (dx + 1) + dy * dy <= radius * radius) {
            dx++;
        }
        if (dx * dx + dy * dy <= radius * radius) {
            fill(img, static_cast<int64_t>(x) - dx, static_cast<int64_t>(y) + dy, static_cast<int64_t>(x) + dx,
                 static_cast<int64_t>(y) + dy, color);
        }
    }
}

void draw_hollow_rectangle(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color,
                           uint8_t line_width) {
    if (!can_draw(img, color) || line_width == 0) {
        return;
    }
    if (x1 > x2) {
        std::swap(x1, x2);
    }
    if (y1 > y2) {
        std::swap(y1, y2);
    }
    const int64_t before = (line_width - 1) / 2;
    const int64_t after = line_width / 2;
    fill(img, x1 - before, y1 - before, x2 + after, y1 + after, color);
    fill(img, x1 - before, y2 - before, x2 + after, y2 + after, color);
    fill(img, x1 - before, y1 - before, x1 + after, y2 + after, color);
    fill(img, x2 - before, y1 - before, x2 + after, y2 + after, color);
}

}  // namespace image
}  // namespace dl
