/**
 * @file dl_image_process.hpp
 * Crop, resize, letterbox, warp, convert, normalize and quantize a picture in one pass.
 */
#pragma once

#include <algorithm>
#include <array>
#include <cassert>  // here and below: what apps that include this header find in ESP-DL's
#include <cstdint>
#include <cstring>
#include <optional>
#include <variant>
#include <vector>

#include "dl_image_caps.hpp"
#include "dl_image_color.hpp"
#include "dl_image_define.hpp"
#include "dl_image_pixel_cvt_dispatch.hpp"
#include "dl_math_matrix.hpp"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_timer.h"

namespace dl {
namespace image {

/**
 * What to do is set by the setters, and transform() does it. The source's crop area is resized, by the nearest pixel,
 * to the inner destination: the destination without its border. With a matrix, it is warped instead. Pixels are
 * converted to the destination's type. The border gets the background colour.
 *
 * When resizing, column x shows column min((int)(x * inverse scale), width - 1) of the crop area, computed in float;
 * rows likewise. When warping, the inverse matrix gives x and y, rounded, in fixed point with ten fractional bits. A
 * pixel whose source is outside the crop area gets the background colour.
 *
 * Conversions are those of pix_cvt_t, and those from GRAY to colours, which get three equal channels. A quantized
 * destination needs set_norm_quant_param(), a mask set_hsv_thr(). The one called last counts.
 */
class ImageTransformer {
public:
    ImageTransformer() = default;
    ImageTransformer(const ImageTransformer &) = delete;
    ImageTransformer &operator=(const ImageTransformer &) = delete;
    ImageTransformer(ImageTransformer &&) noexcept = default;
    ImageTransformer &operator=(ImageTransformer &&) noexcept = default;
    ~ImageTransformer() = default;

    ImageTransformer &set_src_img(const img_t &src_img);
    /**
     * Set a source in NV12. It is converted like YUYV, to every type but YUYV and UYVY. get_src_img() is then a YUYV
     * picture without memory.
     */
    ImageTransformer &set_src_nv12(const nv12_img_t &src_img);
    ImageTransformer &set_dst_img(const img_t &dst_img);
    /**
     * Set the 2x3 or 3x3 matrix that maps the source's crop area to the inner destination, or with `inv` the reverse.
     * With an empty matrix, transform() resizes. A singular one gives background everywhere.
     */
    ImageTransformer &set_warp_affine_matrix(const math::Matrix<float> &M, bool inv = false);
    /** Set the crop area {x1, y1, x2, y2}. x2 and y2 are exclusive; {} is the whole picture. */
    ImageTransformer &set_src_img_crop_area(const std::vector<int> &crop_area);
    /** Set how many rows and columns {top, bottom, left, right} of the destination are border; {}: none. */
    ImageTransformer &set_dst_img_border(const std::vector<int> &border);
    /**
     * Set the background colour, as RGB or as grey. It is converted to the destination's type, and black by default.
     * For YUYV and UYVY it cannot be set: the background is zeros.
     */
    ImageTransformer &set_bg_value(const std::array<uint8_t, 3> &bg_value);
    ImageTransformer &set_bg_value(uint8_t bg_value);
    /**
     * Set the parameters of a quantized destination: see NormQuant.
     * @param mean, std values in the order of the destination's channels
     * @param quant_bits 8 or 16
     */
    ImageTransformer &set_norm_quant_param(const std::array<float, 3> &mean, const std::array<float, 3> &std, int exp,
                                           int quant_bits);
    ImageTransformer &set_norm_quant_param(float mean, float std, int exp, int quant_bits);
    /** Did the last set_norm_quant_param() get valid parameters, and memory for its tables? */
    bool has_norm_quant_param() const;
    /** Set the thresholds of a destination HSV_MASK: see HSV2HSVMask and is_valid_hsv_thr(). */
    ImageTransformer &set_hsv_thr(const std::array<uint8_t, 3> &hsv_min, const std::array<uint8_t, 3> &hsv_max);
    /**
     * Set the flags of ESP-DL 3.2 and older. They change the types of source and destination, also of those that are
     * set later.
     */
    ImageTransformer &set_caps(uint32_t caps);
    /** Forget everything that was set. */
    ImageTransformer &reset();

    const img_t &get_src_img() const { return m_src; }
    const img_t &get_dst_img() const { return m_dst; }
    math::Matrix<float> &get_warp_affine_matrix() { return m_matrix; }
    std::vector<int> &get_src_img_crop_area() { return m_crop; }
    std::vector<int> &get_dst_img_border() { return m_border; }
    const std::vector<int> &get_src_img_crop_area() const { return m_crop; }
    const std::vector<int> &get_dst_img_border() const { return m_border; }
    /** Return the destination pixels per source pixel, or with `inv` the reciprocal. */
    float get_scale_x(bool inv = false) const;
    float get_scale_y(bool inv = false) const;
    pix_cvt_param_t get_pix_cvt_param() const { return m_param; }

    /** Whether transform() uses the chip's vector unit. No result depends on it. */
    static constexpr bool simd = false;

    /**
     * @return with a log line: ESP_ERR_INVALID_ARG (no memory, crop area or border outside the picture),
     * ESP_ERR_NOT_SUPPORTED (pixel types, missing parameters). An error leaves the destination unchanged
     */
    template <bool SIMD = simd>
    esp_err_t transform() {
        return run();
    }

    /**
     * A function for pixel_cvt_dispatch(), or for a conversion of your own, which is called with a source and a
     * destination pixel. It transforms with that conversion instead of the one that the pixel types name.
     */
    template <bool SIMD>
    struct TransformNNFunctor {
        ImageTransformer *self;
        template <typename PixelCvt>
        void operator()(const PixelCvt &pixel_cvt) const {
            if (self->prepare() == ESP_OK && (is_yuv_cvt_v<PixelCvt> || self->refuse_nv12())) {
                self->transform_nn(pixel_cvt);
            }
        }
    };

private:
    struct Extent {
        int x;
        int y;
        int width;
        int height;
    };
    struct Run;
    struct RunGrayAsColor;

    Extent crop() const;
    Extent inner() const;
    bool check() const;
    bool check_src() const;
    /** Refuse a source in NV12, which the conversion cannot read. @return false, with a log line, for such a source */
    bool refuse_nv12() const;
    void set_types();
    esp_err_t prepare();
    esp_err_t prepare_background();
    void prepare_resize();
    void prepare_warp();
    esp_err_t run();

    template <typename PixelCvt>
    void transform_nn(const PixelCvt &pixel_cvt);
    /** A row of the source. A pixel is found by its offset. */
    struct PackedRow {
        const uint8_t *row;
        const uint8_t *at(int offset) { return row + offset; }
    };
    /** A row of a source in NV12. A pixel is found by the offset that it would have in YUYV. */
    struct Nv12Row {
        const uint8_t *luma;
        const uint8_t *chroma;
        uint8_t pair[4];
        const uint8_t *at(int offset) {
            const int x = offset / 4 * 2;
            const uint8_t pixels[4] = {luma[x], chroma[x], luma[x + 1], chroma[x + 1]};
            std::memcpy(pair, pixels, sizeof(pair));
            return pair + (offset & 2);
        }
    };
    /** Call f with row y of the source, as a PackedRow or an Nv12Row. */
    template <typename PixelCvt, typename F>
    void with_row(int y, const F &f) const;
    template <typename PixelCvt, typename Row>
    void resize_row(const PixelCvt &pixel_cvt, Row row, uint8_t *dst, int width) const;
    template <typename PixelCvt>
    void warp_row(const PixelCvt &pixel_cvt, const Extent &crop_area, int y, uint8_t *dst, int width) const;

    static constexpr int warp_affine_shift = 10;

    img_t m_src = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
    img_t m_dst = {nullptr, 0, 0, DL_IMAGE_PIX_TYPE_RGB888};
    std::optional<nv12_img_t> m_nv12;  // if set, m_src has its size, and the type that it is converted as
    // The types that the caller has set. m_src and m_dst have the types that these mean with the flags.
    pix_type_t m_src_type = DL_IMAGE_PIX_TYPE_RGB888;
    pix_type_t m_dst_type = DL_IMAGE_PIX_TYPE_RGB888;
    uint32_t m_caps = 0;
    std::vector<int> m_crop;
    std::vector<int> m_border;
    std::optional<std::array<uint8_t, 3>> m_bg;
    math::Matrix<float> m_matrix;
    bool m_warp = false;
    bool m_matrix_is_inverse = false;
    pix_cvt_param_t m_param;

    bool m_stale = true;  // whether the tables below must be made again
    // Tables with an entry for each column and each row of the inner destination. When resizing, entries are the
    // source's byte in the row, and its row. When warping, they are what the column and the row add to the source's
    // coordinates.
    std::vector<int> m_x1, m_y1, m_x2, m_y2;
    std::vector<uint8_t> m_background;  // one row of background
    std::vector<int> m_prepared_crop, m_prepared_border;
};

/**
 * Resize the crop area of src to dst, and convert pixels to the type of dst. This function of ESP-DL 3.0 and 3.1 has
 * that version's positions (of pixel centres) and bilinear weights, both in float. ImageTransformer, which took its
 * place, chooses other pixels. Sources are RGB888, BGR888, GRAY, the 565 types, YUYV and UYVY; destinations are RGB888,
 * BGR888, GRAY, the 565 types, HSV and, with a table, the quantized types. Grey takes the third channel as red: that
 * version's JPEG decoder puts blue first.
 * @param caps flags, see dl_image_cap_t
 * @param norm_lut for a quantized destination: what becomes of the values 0 to 255, as int8_t or int16_t; where a 565
 * pixel is not interpolated, there are three such tables for red, green and blue
 * @param crop_area {x1, y1, x2, y2}, exclusive; {}: all
 * @param scale_x, scale_y if not nullptr: get the pixels of dst per pixel of src
 * @return with a log line: ESP_ERR_INVALID_ARG (no memory, crop area outside the picture), ESP_ERR_NOT_SUPPORTED (pixel
 * types, no table)
 */
esp_err_t resize(const img_t &src, const img_t &dst, interpolate_type_t type, uint32_t caps = 0,
                 const void *norm_lut = nullptr, const std::vector<int> &crop_area = {}, float *scale_x = nullptr,
                 float *scale_y = nullptr);

/**
 * Warp src to dst, with the arithmetic of resize(). What lies outside the source shows the nearest pixel of its edge.
 * @param inverse the matrix of at least 2x3 that maps a destination's column and row to the source's
 * @return as resize(), and ESP_ERR_INVALID_ARG without such a matrix
 */
esp_err_t warp_affine(const img_t &src, const img_t &dst, interpolate_type_t type, const math::Matrix<float> *inverse,
                      uint32_t caps = 0, const void *norm_lut = nullptr);

namespace pixel_detail {

/** Does the conversion change no byte? */
template <typename T>
inline constexpr bool is_copy_v = false;
template <>
inline constexpr bool is_copy_v<RGB8882RGB888<false>> = true;
template <>
inline constexpr bool is_copy_v<Gray2Gray<>> = true;
template <>
inline constexpr bool is_copy_v<YUV2YUV<false>> = true;
template <bool BigEndian>
inline constexpr bool is_copy_v<RGB5652RGB565<BigEndian, false, false>> = true;

/** Return the bytes of a pixel of the destination: a constant if the conversion has one. */
template <typename PixelCvt>
constexpr int dst_step(const img_t &dst) {
    if constexpr (requires { PixelCvt::dst_step; }) {
        return PixelCvt::dst_step;
    } else {
        return dst.col_step();
    }
}

}  // namespace pixel_detail

template <typename PixelCvt, typename F>
void ImageTransformer::with_row(int y, const F &f) const {
    if constexpr (is_yuv_cvt_v<PixelCvt>) {
        if (m_nv12) {
            const uint8_t *luma = static_cast<const uint8_t *>(m_nv12->data);
            const uint8_t *chroma = luma + static_cast<size_t>(m_src.width) * m_src.height;
            f(Nv12Row{
                luma + static_cast<size_t>(y) * m_src.width, chroma + static_cast<size_t>(y / 2) * m_src.width, {}});
            return;
        }
    }
    f(PackedRow{static_cast<const uint8_t *>(m_src.data) + static_cast<size_t>(y) * m_src.row_step()});
}

template <typename PixelCvt, typename Row>
void ImageTransformer::resize_row(const PixelCvt &pixel_cvt, Row row, uint8_t *dst, int width) const {
    if constexpr (pixel_detail::is_copy_v<PixelCvt>) {
        if (width == crop().width) {
            std::memmove(dst, row.at(m_x1[0]), static_cast<size_t>(width) * m_dst.col_step());
            return;
        }
    }
    // A local copy of the conversion: the compiler knows that no store into dst changes its members.
    const PixelCvt cvt = pixel_cvt;
    const int step = pixel_detail::dst_step<PixelCvt>(m_dst);
    const int *offsets = m_x1.data();
    for (int i = 0; i < width; i++, dst += step) {
        const int offset = offsets[i];
        if constexpr (is_2pix_yuv_cvt_v<PixelCvt>) {
            cvt(row.at(offset), dst, offset & 2);
        } else {
            cvt(row.at(offset), dst);
        }
    }
}

template <typename PixelCvt>
void ImageTransformer::warp_row(const PixelCvt &pixel_cvt, const Extent &crop_area, int y, uint8_t *dst,
                                int width) const {
    constexpr int half = 1 << (warp_affine_shift - 1);
    const int src_step = m_src.col_step();
    const int step = pixel_detail::dst_step<PixelCvt>(m_dst);
    for (int i = 0; i < width; i++, dst += step) {
        const int sx = (m_x1[i] + m_x2[y] + half) >> warp_affine_shift;
        const int sy = (m_y1[i] + m_y2[y] + half) >> warp_affine_shift;
        if (sx < 0 || sx >= crop_area.width || sy < 0 || sy >= crop_area.height) {
            std::memcpy(dst, m_background.data(), step);
            continue;
        }
        const int column = crop_area.x + sx;
        with_row<PixelCvt>(crop_area.y + sy, [&](auto row) {
            const uint8_t *in = row.at(column * src_step);
            if constexpr (is_2pix_yuv_cvt_v<PixelCvt>) {
                pixel_cvt(in, dst, column & 1);
            } else {
                pixel_cvt(in, dst);
            }
        });
    }
}

template <typename PixelCvt>
void ImageTransformer::transform_nn(const PixelCvt &pixel_cvt) {
    const Extent from = crop();
    const Extent to = inner();
    const size_t row_bytes = m_dst.row_step();
    const size_t left = static_cast<size_t>(to.x) * m_dst.col_step();
    const size_t right = static_cast<size_t>(m_dst.width - to.x - to.width) * m_dst.col_step();
    uint8_t *out = static_cast<uint8_t *>(m_dst.data);
    const uint8_t *written = nullptr;  // the destination's row that was made from the source's row `shown`
    int shown = -1;
    for (int y = 0; y < m_dst.height; y++, out += row_bytes) {
        const int inner_y = y - to.y;
        if (inner_y < 0 || inner_y >= to.height) {
            std::memcpy(out, m_background.data(), row_bytes);
            continue;
        }
        if (!m_warp && m_y1[inner_y] == shown) {
            // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): no row has the number that `shown` begins with
            std::memcpy(out, written, row_bytes);
            continue;
        }
        if (m_warp) {
            warp_row(pixel_cvt, from, inner_y, out + left, to.width);
        } else {
            shown = m_y1[inner_y];
            written = out;
            with_row<PixelCvt>(shown, [&](auto row) { resize_row(pixel_cvt, row, out + left, to.width); });
        }
        if (left + right > 0) {
            std::memcpy(out, m_background.data(), left);
            std::memcpy(out + row_bytes - right, m_background.data(), right);
        }
    }
}

}  // namespace image
}  // namespace dl
