#include "dl_image_color.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "esp_log.h"

static const char *TAG = "dl_image_color";

namespace dl {
namespace image {

std::array<uint8_t, 3> rgb8882hsv(uint8_t r, uint8_t g, uint8_t b) {
    const int high = std::max({r, g, b});
    const int range = high - std::min({r, g, b});
    if (range == 0) {
        return {0, 0, (uint8_t)high};
    }
    int sixth;  // numerator of the hue within its sextant
    int base;   // start of the sextant, in steps of two degrees
    if (high == r) {
        sixth = g - b;
        base = 0;
    } else if (high == g) {
        sixth = b - r;
        base = 60;
    } else {
        sixth = r - g;
        base = 120;
    }
    // Kept positive, so that the division rounds the same way all around the circle.
    const int hue = ((base + 180) * 2 * range + 60 * sixth + range) / (2 * range) % 180;
    const int saturation = (255 * 2 * range + high) / (2 * high);
    return {(uint8_t)hue, (uint8_t)saturation, (uint8_t)high};
}

namespace {

uint8_t clip8(int v) {
    return (uint8_t)std::clamp(v, 0, 255);
}

uint16_t load16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

template <bool BigEndian, bool Swap>
void load_565(const uint8_t *p, uint8_t *rgb) {
    const uint16_t x = BigEndian ? swap_bytes16(load16(p)) : load16(p);
    rgb[Swap ? 2 : 0] = extract_channel1_from_rgb565le(x);
    rgb[1] = extract_channel2_from_rgb565le(x);
    rgb[Swap ? 0 : 2] = extract_channel3_from_rgb565le(x);
}

void yuv_to_rgb(int y, int u, int v, uint8_t *rgb) {
    // Full-range BT.601 in 12-bit fixed point.
    u -= 128;
    v -= 128;
    rgb[0] = clip8(y + ((5743 * v) >> 12));
    rgb[1] = clip8(y - ((1410 * u + 2925 * v) >> 12));
    rgb[2] = clip8(y + ((7258 * u) >> 12));
}

template <typename Load>
void for_columns(const int *columns, int n, uint8_t *rgb, Load load) {
    for (int i = 0; i < n; i++) {
        load(columns ? columns[i] : i, rgb + 3 * i);
    }
}

template <bool BigEndian, bool Swap>
void store_565(const uint8_t *rgb, int n, uint8_t *row) {
    for (int i = 0; i < n; i++, rgb += 3, row += 2) {
        uint16_t x = rgb8882rgb565(rgb[Swap ? 2 : 0], rgb[1], rgb[Swap ? 0 : 2]);
        row[BigEndian ? 1 : 0] = (uint8_t)x;
        row[BigEndian ? 0 : 1] = (uint8_t)(x >> 8);
    }
}

bool inside(const std::array<uint8_t, 3> &hsv, const hsv_range_t &range) {
    const bool hue = range.min[0] <= range.max[0] ? hsv[0] >= range.min[0] && hsv[0] <= range.max[0]
                                                  : hsv[0] >= range.min[0] || hsv[0] <= range.max[0];
    return hue && hsv[1] >= range.min[1] && hsv[1] <= range.max[1] && hsv[2] >= range.min[2] && hsv[2] <= range.max[2];
}

}  // namespace

bool read_row_rgb888(const uint8_t *row, pix_type_t type, const int *columns, int n, uint8_t *rgb) {
    switch (type) {
        case DL_IMAGE_PIX_TYPE_RGB888:
            if (!columns) {
                std::memcpy(rgb, row, (size_t)n * 3);
                return true;
            }
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) {
                const uint8_t *p = row + 3 * x;
                out[0] = p[0];
                out[1] = p[1];
                out[2] = p[2];
            });
            return true;
        case DL_IMAGE_PIX_TYPE_BGR888:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) {
                const uint8_t *p = row + 3 * x;
                out[0] = p[2];
                out[1] = p[1];
                out[2] = p[0];
            });
            return true;
        case DL_IMAGE_PIX_TYPE_GRAY:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) { out[0] = out[1] = out[2] = row[x]; });
            return true;
        case DL_IMAGE_PIX_TYPE_RGB565LE:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) { load_565<false, false>(row + 2 * x, out); });
            return true;
        case DL_IMAGE_PIX_TYPE_RGB565BE:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) { load_565<true, false>(row + 2 * x, out); });
            return true;
        case DL_IMAGE_PIX_TYPE_BGR565LE:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) { load_565<false, true>(row + 2 * x, out); });
            return true;
        case DL_IMAGE_PIX_TYPE_BGR565BE:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) { load_565<true, true>(row + 2 * x, out); });
            return true;
        case DL_IMAGE_PIX_TYPE_YUYV:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) {
                const uint8_t *pair = row + 4 * (x / 2);
                yuv_to_rgb(pair[2 * (x & 1)], pair[1], pair[3], out);
            });
            return true;
        case DL_IMAGE_PIX_TYPE_UYVY:
            for_columns(columns, n, rgb, [row](int x, uint8_t *out) {
                const uint8_t *pair = row + 4 * (x / 2);
                yuv_to_rgb(pair[1 + 2 * (x & 1)], pair[0], pair[2], out);
            });
            return true;
        default:
            return false;
    }
}

bool is_readable(const img_t &img) {
    if (!img.data || img.width == 0 || img.height == 0) {
        return false;
    }
    switch (img.pix_type) {
        case DL_IMAGE_PIX_TYPE_YUYV:
        case DL_IMAGE_PIX_TYPE_UYVY:
            return img.width % 2 == 0;
        default:
            const uint8_t pixel[8] = {};
            uint8_t rgb[3];
            return read_row_rgb888(pixel, img.pix_type, nullptr, 1, rgb);
    }
}

bool write_row_rgb888(const uint8_t *rgb, int n, pix_type_t type, uint8_t *row, const hsv_range_t &range) {
    switch (type) {
        case DL_IMAGE_PIX_TYPE_RGB888:
            std::memcpy(row, rgb, (size_t)n * 3);
            return true;
        case DL_IMAGE_PIX_TYPE_BGR888:
            for (int i = 0; i < n; i++, rgb += 3, row += 3) {
                row[0] = rgb[2];
                row[1] = rgb[1];
                row[2] = rgb[0];
            }
            return true;
        case DL_IMAGE_PIX_TYPE_GRAY:
            for (int i = 0; i < n; i++, rgb += 3) {
                row[i] = rgb8882gray(rgb[0], rgb[1], rgb[2]);
            }
            return true;
        case DL_IMAGE_PIX_TYPE_RGB565LE:
            store_565<false, false>(rgb, n, row);
            return true;
        case DL_IMAGE_PIX_TYPE_RGB565BE:
            store_565<true, false>(rgb, n, row);
            return true;
        case DL_IMAGE_PIX_TYPE_BGR565LE:
            store_565<false, true>(rgb, n, row);
            return true;
        case DL_IMAGE_PIX_TYPE_BGR565BE:
            store_565<true, true>(rgb, n, row);
            return true;
        case DL_IMAGE_PIX_TYPE_HSV:
            for (int i = 0; i < n; i++, rgb += 3, row += 3) {
                const std::array<uint8_t, 3> hsv = rgb8882hsv(rgb[0], rgb[1], rgb[2]);
                std::memcpy(row, hsv.data(), 3);
            }
            return true;
        case DL_IMAGE_PIX_TYPE_HSV_MASK:
            for (int i = 0; i < n; i++, rgb += 3) {
                row[i] = inside(rgb8882hsv(rgb[0], rgb[1], rgb[2]), range) ? 255 : 0;
            }
            return true;
        default:
            return false;
    }
}

esp_err_t convert_img(const img_t &src, const img_t &dst) {
    if (!src.data || !dst.data) {
        ESP_LOGE(TAG, "convert_img: a picture without memory");
        return ESP_ERR_INVALID_ARG;
    }
    if (src.width != dst.width || src.height != dst.height) {
        ESP_LOGE(TAG, "convert_img: %dx%d to %dx%d: sizes differ", src.width, src.height, dst.width, dst.height);
        return ESP_ERR_INVALID_SIZE;
    }
    if (src.pix_type == dst.pix_type) {
        std::memmove(dst.data, src.data, src.bytes());
        return ESP_OK;
    }
    if (!is_readable(src)) {
        ESP_LOGE(TAG, "convert_img: %s of %dx%d cannot be read", pix_type2str(src.pix_type).c_str(), src.width,
                 src.height);
        return ESP_ERR_NOT_SUPPORTED;
    }
    std::vector<uint8_t> rgb((size_t)src.width * 3);
    for (int y = 0; y < src.height; y++) {
        const uint8_t *in = (const uint8_t *)src.data + (size_t)y * src.row_step();
        uint8_t *out = (uint8_t *)dst.data + (size_t)y * dst.row_step();
        read_row_rgb888(in, src.pix_type, nullptr, src.width, rgb.data());
        if (!write_row_rgb888(rgb.data(), src.width, dst.pix_type, out)) {
            ESP_LOGE(TAG, "convert_img: %s to %s is not supported", pix_type2str(src.pix_type).c_str(),
                     pix_type2str(dst.pix_type).c_str());
            return ESP_ERR_NOT_SUPPORTED;
        }
    }
    return ESP_OK;
}

}  // namespace image
}  // namespace dl
