/**
 * @file dl_image_process.hpp
 * Crop, resize, letterbox, warp, convert, normalize and quantize a picture in one pass.
 */
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dl_image_color.hpp"
#include "dl_image_define.hpp"
#include "dl_math_matrix.hpp"
#include "esp_err.h"

namespace dl {
namespace image {

/**
 * What to do is set once, then transform() does it. The source is cropped, resized by the nearest pixel into the
 * destination less its border (or warped by a matrix), converted to the destination's pixel type; the border gets the
 * background colour.
 *
 * Nearest pixel: column x of the resized picture shows column min((int)(x * inverse scale), width - 1) of the crop, in
 * float arithmetic; rows likewise.
 *
 * Sources: RGB888, BGR888, GRAY, the 565 types, YUYV, UYVY. Destinations: the same less the YUV ones, HSV, HSV_MASK,
 * and the quantized types, which need set_norm_quant_param().
 */
class ImageTransformer {
public:
    ImageTransformer() = default;
    ImageTransformer(const ImageTransformer &) = delete;
    ImageTransformer &operator=(const ImageTransformer &) = delete;
    ImageTransformer(ImageTransformer &&) = default;
    ImageTransformer &operator=(ImageTransformer &&) = default;

    ImageTransformer &set_src_img(const img_t &src_img);
    ImageTransformer &set_dst_img(const img_t &dst_img);
    /** 2x3 or 3x3 matrix from source to destination coordinates, or with `inv` from destination to source. Replaces
     * crop and border. */
    ImageTransformer &set_warp_affine_matrix(const math::Matrix<float> &M, bool inv = false);
    /** {x1, y1, x2, y2}, x2 and y2 exclusive; {}: the whole picture. */
    ImageTransformer &set_src_img_crop_area(const std::vector<int> &crop_area);
    /** Rows and columns {top, bottom, left, right} of the destination that keep the background; {}: none. */
    ImageTransformer &set_dst_img_border(const std::vector<int> &border);
    /** Background colour as RGB or as grey, converted to the destination's type. */
    ImageTransformer &set_bg_value(const std::array<uint8_t, 3> &bg_value);
    ImageTransformer &set_bg_value(uint8_t bg_value);
    /**
     * For a quantized destination: value v becomes round((v - mean) * (1 / std) * 2^-exp), by the target's rule,
     * saturated.
     * @param quant_bits 8 or 16
     */
    ImageTransformer &set_norm_quant_param(const std::array<float, 3> &mean, const std::array<float, 3> &std, int exp,
                                           int quant_bits);
    ImageTransformer &set_norm_quant_param(float mean, float std, int exp, int quant_bits);
    ImageTransformer &set_hsv_thr(const std::array<uint8_t, 3> &hsv_min, const std::array<uint8_t, 3> &hsv_max);
    /** Forget everything that was set. */
    ImageTransformer &reset();

    const img_t &get_src_img() const { return m_src; }
    const img_t &get_dst_img() const { return m_dst; }
    math::Matrix<float> &get_warp_affine_matrix() { return m_matrix; }
    std::vector<int> &get_src_img_crop_area() { return m_crop; }
    std::vector<int> &get_dst_img_border() { return m_border; }
    /** Destination pixels per source pixel, or with `inv` the reverse. */
    float get_scale_x(bool inv = false) const;
    float get_scale_y(bool inv = false) const;

    /**
     * @return ESP_ERR_INVALID_ARG (no memory, crop or border outside the picture), ESP_ERR_NOT_SUPPORTED (pixel types),
     * with a log line; the destination is then unchanged
     */
    esp_err_t transform();

private:
    using RowWriter = void (ImageTransformer::*)(const uint8_t *rgb, int n, uint8_t *row) const;

    bool check() const;
    void prepare_columns();
    RowWriter row_writer() const;
    void resize_rows(RowWriter write);
    void warp_rows(RowWriter write);
    template <typename T, bool Swap>
    void write_quantized(const uint8_t *rgb, int n, uint8_t *row) const;
    template <typename T>
    void write_quantized_gray(const uint8_t *rgb, int n, uint8_t *row) const;
    void write_plain(const uint8_t *rgb, int n, uint8_t *row) const;

    img_t m_src = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
    img_t m_dst = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
    std::vector<int> m_crop;
    std::vector<int> m_border;
    std::array<uint8_t, 3> m_bg = {0, 0, 0};
    hsv_range_t m_hsv;
    math::Matrix<float> m_matrix;
    bool m_warp = false;
    bool m_matrix_is_inverse = false;

    int m_quant_bits = 0;  // 0: no table yet
    int m_quant_channels = 0;
    std::vector<int16_t> m_table;  // channel * 256 + value, for int16
    std::vector<int8_t> m_table8;  // the same for int8
    std::vector<int> m_columns;    // source column of each destination column
    bool m_columns_stale = true;
};

/**
 * Resize the crop area of src into dst, converting the pixel type. Bilinear works between RGB888, BGR888, GRAY and the
 * 565 types.
 * @param crop_area {x1, y1, x2, y2}, exclusive; {}: all
 */
esp_err_t resize(const img_t &src, const img_t &dst, interpolate_type_t type = DL_IMAGE_INTERPOLATE_NEAREST,
                 const std::vector<int> &crop_area = {});

}  // namespace image
}  // namespace dl
