/**
 * @file dl_image_fill.hpp
 * The two functions that all drawing uses: check a colour, fill a rectangle.
 */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "dl_image_define.hpp"
#include "esp_log.h"

namespace dl {
namespace image {

/** Can the colour be a pixel of the picture? If not, a log line says why. */
inline bool can_draw(const img_t &img, const std::vector<uint8_t> &color) {
    if (!img.data || color.empty() || static_cast<int>(color.size()) != img.col_step()) {
        ESP_LOGE("dl_image_draw", "a colour of %zu bytes on %s of %dx%d%s: %d are needed", color.size(),
                 pix_type2str(img.pix_type).c_str(), img.width, img.height, img.data ? "" : " without memory",
                 img.col_step());
        return false;
    }
    return true;
}

/** Fill rows y1 to y2 and columns x1 to x2, as far as they lie in the picture. can_draw() has approved the colour. */
inline void fill(const img_t &img, int64_t x1, int64_t y1, int64_t x2, int64_t y2, const std::vector<uint8_t> &color) {
    x1 = std::max<int64_t>(x1, 0);
    y1 = std::max<int64_t>(y1, 0);
    x2 = std::min<int64_t>(x2, img.width - 1);
    y2 = std::min<int64_t>(y2, img.height - 1);
    for (int64_t y = y1; y <= y2; y++) {
        uint8_t *p = static_cast<uint8_t *>(img.data) + y * img.row_step() + x1 * img.col_step();
        for (int64_t x = x1; x <= x2; x++, p += color.size()) {
            std::memcpy(p, color.data(), color.size());
        }
    }
}

}  // namespace image
}  // namespace dl
