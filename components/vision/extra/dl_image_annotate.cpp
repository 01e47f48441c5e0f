#include "dl_image_annotate.hpp"

#include <algorithm>
#include <cstdlib>

#include "dl_image_draw.hpp"
#include "dl_image_fill.hpp"
#include "dl_image_font.hpp"

namespace dl {
namespace image {

void draw_filled_rectangle(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color) {
    if (can_draw(img, color)) {
        fill(img, std::min(x1, x2), std::min(y1, y2), std::max(x1, x2), std::max(y1, y2), color);
    }
}

void draw_line(const img_t &img, int x1, int y1, int x2, int y2, const std::vector<uint8_t> &color,
               uint8_t line_width) {
    // No picture is so large. A line beyond this would take forever, pixel by pixel, without being seen.
    constexpr int FAR = 1 << 18;
    for (int v : {x1, y1, x2, y2}) {
        if (v < -FAR || v > FAR) {
            return;
        }
    }
    if (!can_draw(img, color) || line_width == 0) {
        return;
    }
    const int before = (line_width - 1) / 2;
    const int after = line_width / 2;
    const int dx = x2 - x1;
    const int dy = y2 - y1;
    const int steps = std::max({std::abs(dx), std::abs(dy), 1});
    for (int i = 0; i <= steps; i++) {
        // The division rounds to the nearest pixel.
        const int x =
            x1 + static_cast<int>((2 * static_cast<int64_t>(dx) * i + (dx < 0 ? -steps : steps)) / (2 * steps));
        const int y =
            y1 + static_cast<int>((2 * static_cast<int64_t>(dy) * i + (dy < 0 ? -steps : steps)) / (2 * steps));
        fill(img, x - before, y - before, x + after, y + after, color);
    }
}

void draw_text(const img_t &img, int x, int y, const std::string &text, const std::vector<uint8_t> &color, int scale) {
    if (!can_draw(img, color) || scale <= 0) {
        return;
    }
    int64_t left = static_cast<int64_t>(x) + scale;
    for (char c : text) {
        const uint8_t *rows = font::glyph(c);
        for (int row = 0; row < font::HEIGHT; row++) {
            for (int column = 0; column < font::WIDTH; column++) {
                if (rows[row] >> (font::WIDTH - 1 - column) & 1) {
                    const int64_t px = left + static_cast<int64_t>(column) * scale;
                    const int64_t py = static_cast<int64_t>(y) + static_cast<int64_t>(row + 1) * scale;
                    fill(img, px, py, px + scale - 1, py + scale - 1, color);
                }
            }
        }
        left += static_cast<int64_t>(font::WIDTH + 1) * scale;
    }
}

int text_width(const std::string &text, int scale) {
    return (static_cast<int>(text.size()) * (font::WIDTH + 1) + 1) * scale;
}
int text_height(int scale) {
    return (font::HEIGHT + 2) * scale;
}

void draw_labeled_box(const img_t &img, const std::vector<int> &box, const std::string &text,
                      const std::vector<uint8_t> &color, const std::vector<uint8_t> &text_color) {
    if (box.size() != 4) {
        return;
    }
    const int scale = std::max(1, std::min(img.width, img.height) / 400);
    draw_hollow_rectangle(img, box[0], box[1], box[2], box[3], color, static_cast<uint8_t>(std::min(2 * scale, 255)));
    const int width = text_width(text, scale);
    const int height = text_height(scale);
    const int x = std::clamp(box[0], 0, std::max(0, img.width - width));
    const int y = box[1] >= height ? box[1] - height : std::max(box[1], 0);
    draw_filled_rectangle(img, x, y, x + width - 1, y + height - 1, color);
    draw_text(img, x, y, text, text_color, scale);
}

void draw_coco_skeleton(const img_t &img, const std::vector<int> &keypoint, const std::vector<uint8_t> &limb_color,
                        const std::vector<uint8_t> &point_color) {
    static constexpr uint8_t LIMBS[][2] = {
        {0, 1},  {0, 2},  {1, 3},  {2, 4},   {5, 6},   {5, 7},   {7, 9},   {6, 8},
        {8, 10}, {5, 11}, {6, 12}, {11, 12}, {11, 13}, {13, 15}, {12, 14}, {14, 16},
    };
    constexpr size_t KEYPOINTS = 17;
    if (keypoint.size() != 2 * KEYPOINTS) {
        return;
    }
    const int scale = std::max(1, std::min(img.width, img.height) / 400);
    auto seen = [&](int k) { return keypoint[2 * k] != 0 || keypoint[2 * k + 1] != 0; };
    for (const auto &limb : LIMBS) {
        const int a = limb[0];
        const int b = limb[1];
        if (seen(a) && seen(b)) {
            draw_line(img, keypoint[2 * a], keypoint[2 * a + 1], keypoint[2 * b], keypoint[2 * b + 1], limb_color,
                      static_cast<uint8_t>(std::min(2 * scale, 255)));
        }
    }
    for (size_t k = 0; k < KEYPOINTS; k++) {
        if (seen(static_cast<int>(k))) {
            draw_point(img, keypoint[2 * k], keypoint[2 * k + 1], point_color,
                       static_cast<uint8_t>(std::min(2 * scale, 255)));
        }
    }
}

}  // namespace image
}  // namespace dl
