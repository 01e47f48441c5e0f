#include "dl_image_process.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dl_define.hpp"
#include "dl_rounding.hpp"
#include "esp_log.h"

static const char *TAG = "dl_image_process";

namespace dl {
namespace image {

namespace {

struct Extent {
    int x;
    int y;
    int width;
    int height;
};

// Crop areas are {x1, y1, x2, y2}; {}: all of the picture.
Extent crop_extent(const std::vector<int> &crop, const img_t &img) {
    if (crop.empty()) {
        return {0, 0, img.width, img.height};
    }
    return {crop[0], crop[1], crop[2] - crop[0], crop[3] - crop[1]};
}

// Borders are {top, bottom, left, right}; {}: none.
Extent inner_extent(const std::vector<int> &border, const img_t &img) {
    if (border.empty()) {
        return {0, 0, img.width, img.height};
    }
    return {border[2], border[0], img.width - border[2] - border[3], img.height - border[0] - border[1]};
}

bool check_crop(const std::vector<int> &crop, const img_t &src) {
    if (crop.empty()) {
        return true;
    }
    if (crop.size() != 4 || crop[0] < 0 || crop[1] < 0 || crop[2] > src.width || crop[3] > src.height ||
        crop[0] >= crop[2] || crop[1] >= crop[3]) {
        ESP_LOGE(TAG, "crop area [%d, %d, %d, %d] is not within a picture of %dx%d", crop.size() > 0 ? crop[0] : 0,
                 crop.size() > 1 ? crop[1] : 0, crop.size() > 2 ? crop[2] : 0, crop.size() > 3 ? crop[3] : 0, src.width,
                 src.height);
        return false;
    }
    return true;
}

bool check_src(const img_t &src) {
    if (!is_readable(src)) {
        ESP_LOGE(TAG, "source: cannot read %s of %dx%d%s", pix_type2str(src.pix_type).c_str(), src.width, src.height,
                 src.data ? "" : " without memory");
        return false;
    }
    return true;
}

int nearest(int i, float inverse_scale, int n) {
    return std::min((int)((float)i * inverse_scale), n - 1);
}

}  // namespace

ImageTransformer &ImageTransformer::set_src_img(const img_t &src_img) {
    m_columns_stale = m_columns_stale || m_src.width != src_img.width || m_src.height != src_img.height;
    m_src = src_img;
    return *this;
}

ImageTransformer &ImageTransformer::set_dst_img(const img_t &dst_img) {
    m_columns_stale = true;
    m_dst = dst_img;
    return *this;
}

ImageTransformer &ImageTransformer::set_warp_affine_matrix(const math::Matrix<float> &M, bool inv) {
    m_matrix = M;
    m_matrix_is_inverse = inv;
    m_warp = M.h > 0;
    return *this;
}

ImageTransformer &ImageTransformer::set_src_img_crop_area(const std::vector<int> &crop_area) {
    m_columns_stale = m_columns_stale || m_crop != crop_area;
    m_crop = crop_area;
    return *this;
}

ImageTransformer &ImageTransformer::set_dst_img_border(const std::vector<int> &border) {
    m_columns_stale = m_columns_stale || m_border != border;
    m_border = border;
    return *this;
}

ImageTransformer &ImageTransformer::set_bg_value(const std::array<uint8_t, 3> &bg_value) {
    m_bg = bg_value;
    return *this;
}

ImageTransformer &ImageTransformer::set_bg_value(uint8_t bg_value) {
    return set_bg_value({bg_value, bg_value, bg_value});
}

ImageTransformer &ImageTransformer::set_hsv_thr(const std::array<uint8_t, 3> &hsv_min,
                                                const std::array<uint8_t, 3> &hsv_max) {
    m_hsv = {hsv_min, hsv_max};
    return *this;
}

ImageTransformer &ImageTransformer::set_norm_quant_param(const std::array<float, 3> &mean,
                                                         const std::array<float, 3> &std, int exp, int quant_bits) {
    m_quant_bits = quant_bits;
    m_quant_channels = 3;
    m_table.clear();
    m_table8.clear();
    const float inv_scale = DL_RESCALE(exp);
    for (int channel = 0; channel < 3; channel++) {
        const float inv_std = 1.f / std[channel];
        for (int v = 0; v < 256; v++) {
            const float normalized = ((float)v - mean[channel]) * inv_std;
            if (quant_bits == 8) {
                m_table8.push_back(quantize<int8_t>(normalized, inv_scale));
            } else {
                m_table.push_back(quantize<int16_t>(normalized, inv_scale));
            }
        }
    }
    return *this;
}

ImageTransformer &ImageTransformer::set_norm_quant_param(float mean, float std, int exp, int quant_bits) {
    set_norm_quant_param({mean, mean, mean}, {std, std, std}, exp, quant_bits);
    m_quant_channels = 1;
    return *this;
}

ImageTransformer &ImageTransformer::reset() {
    *this = ImageTransformer();
    return *this;
}

float ImageTransformer::get_scale_x(bool inv) const {
    // Two divisions rather than one and its reciprocal: their rounding decides now and then which pixel is nearest.
    const float in_dst = (float)inner_extent(m_border, m_dst).width;
    const float in_src = (float)crop_extent(m_crop, m_src).width;
    return inv ? in_src / in_dst : in_dst / in_src;
}

float ImageTransformer::get_scale_y(bool inv) const {
    // Two divisions rather than one and its reciprocal: their rounding decides now and then which pixel is nearest.
    const float in_dst = (float)inner_extent(m_border, m_dst).height;
    const float in_src = (float)crop_extent(m_crop, m_src).height;
    return inv ? in_src / in_dst : in_dst / in_src;
}

bool ImageTransformer::check() const {
    if (!check_src(m_src)) {
        return false;
    }
    if (!m_dst.data || m_dst.width == 0 || m_dst.height == 0) {
        ESP_LOGE(TAG, "destination: %dx%d%s", m_dst.width, m_dst.height, m_dst.data ? "" : " without memory");
        return false;
    }
    if (m_warp) {
        if (m_matrix.w != 3 || (m_matrix.h != 2 && m_matrix.h != 3)) {
            ESP_LOGE(TAG, "an affine matrix is 2x3 or 3x3, not %dx%d", m_matrix.h, m_matrix.w);
            return false;
        }
        return true;
    }
    if (!check_crop(m_crop, m_src)) {
        return false;
    }
    if (m_border.empty()) {
        return true;
    }
    const bool four = m_border.size() == 4;
    const Extent inner = four ? inner_extent(m_border, m_dst) : Extent{0, 0, 0, 0};
    if (!four || inner.width <= 0 || inner.height <= 0 || *std::min_element(m_border.begin(), m_border.end()) < 0) {
        ESP_LOGE(TAG, "the border leaves nothing of a picture of %dx%d", m_dst.width, m_dst.height);
        return false;
    }
    return true;
}

void ImageTransformer::prepare_columns() {
    if (!m_columns_stale) {
        return;
    }
    const Extent crop = crop_extent(m_crop, m_src);
    const Extent inner = inner_extent(m_border, m_dst);
    const float inverse_scale = get_scale_x(true);
    m_columns.resize(inner.width);
    for (int i = 0; i < inner.width; i++) {
        m_columns[i] = crop.x + nearest(i, inverse_scale, crop.width);
    }
    m_columns_stale = false;
}

template <typename T, bool Swap>
void ImageTransformer::write_quantized(const uint8_t *rgb, int n, uint8_t *row) const {
    const T *table;
    if constexpr (sizeof(T) == 1) {
        table = m_table8.data();
    } else {
        table = m_table.data();
    }
    // The table belongs to the model's channel, whichever colour that is.
    const T *channel0 = table;
    const T *channel1 = table + 256;
    const T *channel2 = table + 512;
    T *out = (T *)row;
    for (int i = 0; i < n; i++, rgb += 3, out += 3) {
        out[0] = channel0[rgb[Swap ? 2 : 0]];
        out[1] = channel1[rgb[1]];
        out[2] = channel2[rgb[Swap ? 0 : 2]];
    }
}

template <typename T>
void ImageTransformer::write_quantized_gray(const uint8_t *rgb, int n, uint8_t *row) const {
    const T *table;
    if constexpr (sizeof(T) == 1) {
        table = m_table8.data();
    } else {
        table = m_table.data();
    }
    T *out = (T *)row;
    for (int i = 0; i < n; i++, rgb += 3) {
        out[i] = table[rgb8882gray(rgb[0], rgb[1], rgb[2])];
    }
}

void ImageTransformer::write_plain(const uint8_t *rgb, int n, uint8_t *row) const {
    write_row_rgb888(rgb, n, m_dst.pix_type, row, m_hsv);
}

ImageTransformer::RowWriter ImageTransformer::row_writer() const {
    const bool color_table = m_quant_channels == 3;
    const bool table8 = m_quant_bits == 8 && m_quant_channels > 0;
    const bool table16 = m_quant_bits == 16 && m_quant_channels > 0;
    switch (m_dst.pix_type) {
        case DL_IMAGE_PIX_TYPE_RGB888_QINT8:
            return table8 && color_table ? &ImageTransformer::write_quantized<int8_t, false> : nullptr;
        case DL_IMAGE_PIX_TYPE_BGR888_QINT8:
            return table8 && color_table ? &ImageTransformer::write_quantized<int8_t, true> : nullptr;
        case DL_IMAGE_PIX_TYPE_RGB888_QINT16:
            return table16 && color_table ? &ImageTransformer::write_quantized<int16_t, false> : nullptr;
        case DL_IMAGE_PIX_TYPE_BGR888_QINT16:
            return table16 && color_table ? &ImageTransformer::write_quantized<int16_t, true> : nullptr;
        case DL_IMAGE_PIX_TYPE_GRAY_QINT8:
            return table8 && !color_table ? &ImageTransformer::write_quantized_gray<int8_t> : nullptr;
        case DL_IMAGE_PIX_TYPE_GRAY_QINT16:
            return table16 && !color_table ? &ImageTransformer::write_quantized_gray<int16_t> : nullptr;
        default: {
            const uint8_t black[3] = {};
            uint8_t pixel[8];
            return write_row_rgb888(black, 1, m_dst.pix_type, pixel) ? &ImageTransformer::write_plain : nullptr;
        }
    }
}

void ImageTransformer::resize_rows(RowWriter write) {
    prepare_columns();
    const Extent crop = crop_extent(m_crop, m_src);
    const Extent inner = inner_extent(m_border, m_dst);
    const float inverse_scale = get_scale_y(true);
    const size_t pixel = m_dst.col_step();
    const size_t left = inner.x * pixel;
    const size_t right = (m_dst.width - inner.x - inner.width) * pixel;
    std::vector<uint8_t> rgb((size_t)m_dst.width * 3);
    std::vector<uint8_t> background;  // one row of it; written only where there is a border
    if (!m_border.empty()) {
        background.resize(m_dst.row_step());
        for (int i = 0; i < m_dst.width; i++) {
            std::memcpy(&rgb[3 * i], m_bg.data(), 3);
        }
        (this->*write)(rgb.data(), m_dst.width, background.data());
    }
    uint8_t *out = (uint8_t *)m_dst.data;
    const uint8_t *written = nullptr;  // the destination's row that shows source row `shown`
    int shown = -1;
    for (int y = 0; y < m_dst.height; y++, out += m_dst.row_step()) {
        if (y < inner.y || y >= inner.y + inner.height) {
            std::memcpy(out, background.data(), background.size());
            continue;
        }
        const int row = crop.y + nearest(y - inner.y, inverse_scale, crop.height);
        if (row == shown) {
            std::memcpy(out, written, m_dst.row_step());
            continue;
        }
        read_row_rgb888((const uint8_t *)m_src.data + (size_t)row * m_src.row_step(), m_src.pix_type, m_columns.data(),
                        inner.width, rgb.data());
        (this->*write)(rgb.data(), inner.width, out + left);
        if (left + right > 0) {
            std::memcpy(out, background.data(), left);
            std::memcpy(out + m_dst.row_step() - right, background.data(), right);
        }
        shown = row;
        written = out;
    }
}

void ImageTransformer::warp_rows(RowWriter write) {
    // Destination to source coordinates.
    math::Matrix<float> inverse = math::Matrix<float>::identity(3);
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 3; j++) {
            inverse.array[i][j] = m_matrix.array[i][j];
        }
    }
    if (!m_matrix_is_inverse) {
        inverse = inverse.inverse();
    }
    std::vector<uint8_t> rgb((size_t)m_dst.width * 3);
    for (int y = 0; y < m_dst.height; y++) {
        for (int x = 0; x < m_dst.width; x++) {
            uint8_t *pixel = &rgb[3 * x];
            std::memcpy(pixel, m_bg.data(), 3);
            if (inverse.h == 0) {
                continue;  // singular: everything is background
            }
            const float *m0 = inverse.array[0];
            const float *m1 = inverse.array[1];
            const float sx = std::floor(m0[0] * x + m0[1] * y + m0[2] + 0.5f);
            const float sy = std::floor(m1[0] * x + m1[1] * y + m1[2] + 0.5f);
            if (sx >= 0 && sx < m_src.width && sy >= 0 && sy < m_src.height) {
                const int column = (int)sx;
                read_row_rgb888((const uint8_t *)m_src.data + (size_t)(int)sy * m_src.row_step(), m_src.pix_type,
                                &column, 1, pixel);
            }
        }
        (this->*write)(rgb.data(), m_dst.width, (uint8_t *)m_dst.data + (size_t)y * m_dst.row_step());
    }
}

esp_err_t ImageTransformer::transform() {
    if (!check()) {
        return ESP_ERR_INVALID_ARG;
    }
    const RowWriter write = row_writer();
    if (!write) {
        ESP_LOGE(TAG, "destination: cannot write %s%s", pix_type2str(m_dst.pix_type).c_str(),
                 m_dst.pix_quant() ? ": no table of that type was set" : "");
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (m_warp) {
        warp_rows(write);
    } else {
        resize_rows(write);
    }
    return ESP_OK;
}

esp_err_t resize(const img_t &src, const img_t &dst, interpolate_type_t type, const std::vector<int> &crop_area) {
    if (type == DL_IMAGE_INTERPOLATE_NEAREST) {
        return ImageTransformer().set_src_img(src).set_dst_img(dst).set_src_img_crop_area(crop_area).transform();
    }
    if (!check_src(src) || !check_crop(crop_area, src) || !dst.data || dst.width == 0 || dst.height == 0) {
        ESP_LOGE(TAG, "resize: %dx%d to %dx%d", src.width, src.height, dst.width, dst.height);
        return ESP_ERR_INVALID_ARG;
    }
    const Extent crop = crop_extent(crop_area, src);
    // Pixel centres of both pictures coincide at the corners' outer edges; 8-bit weights.
    struct Tap {
        int low;
        int high;
        int weight;  // of `high`, out of 256
    };
    auto tap = [](int i, int n_out, int n_in) -> Tap {
        const float at = std::clamp(((float)i + 0.5f) * n_in / n_out - 0.5f, 0.f, (float)(n_in - 1));
        const int low = (int)at;
        return {low, std::min(low + 1, n_in - 1), (int)((at - low) * 256.f)};
    };
    const int bytes = crop.width * 3;
    std::vector<int> columns(crop.width);
    for (int i = 0; i < crop.width; i++) {
        columns[i] = crop.x + i;
    }
    std::vector<uint8_t> low_row(bytes);
    std::vector<uint8_t> high_row(bytes);
    std::vector<uint8_t> out(dst.width * 3);
    for (int y = 0; y < dst.height; y++) {
        const Tap v = tap(y, dst.height, crop.height);
        const uint8_t *rows = (const uint8_t *)src.data + (size_t)crop.y * src.row_step();
        read_row_rgb888(rows + (size_t)v.low * src.row_step(), src.pix_type, columns.data(), crop.width,
                        low_row.data());
        read_row_rgb888(rows + (size_t)v.high * src.row_step(), src.pix_type, columns.data(), crop.width,
                        high_row.data());
        for (int x = 0; x < dst.width; x++) {
            const Tap h = tap(x, dst.width, crop.width);
            for (int c = 0; c < 3; c++) {
                const int top = low_row[3 * h.low + c] * (256 - h.weight) + low_row[3 * h.high + c] * h.weight;
                const int bottom = high_row[3 * h.low + c] * (256 - h.weight) + high_row[3 * h.high + c] * h.weight;
                out[3 * x + c] = (uint8_t)((top * (256 - v.weight) + bottom * v.weight + (1 << 15)) >> 16);
            }
        }
        if (!write_row_rgb888(out.data(), dst.width, dst.pix_type, (uint8_t *)dst.data + (size_t)y * dst.row_step())) {
            ESP_LOGE(TAG, "resize: cannot write %s", pix_type2str(dst.pix_type).c_str());
            return ESP_ERR_NOT_SUPPORTED;
        }
    }
    return ESP_OK;
}

}  // namespace image
}  // namespace dl
