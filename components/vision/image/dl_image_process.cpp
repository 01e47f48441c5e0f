#include "dl_image_process.hpp"

#include <cmath>

#include "esp_log.h"

static const char *TAG = "dl_image_process";

namespace dl {
namespace image {

namespace {

bool check_crop(const std::vector<int> &crop, const img_t &src) {
    if (crop.empty()) {
        return true;
    }
    if (crop.size() != 4 || crop[0] < 0 || crop[1] < 0 || crop[2] > src.width || crop[3] > src.height ||
        crop[0] >= crop[2] || crop[1] >= crop[3]) {
        ESP_LOGE(TAG, "crop area [%d, %d, %d, %d] is not within a picture of %dx%d", !crop.empty() ? crop[0] : 0,
                 crop.size() > 1 ? crop[1] : 0, crop.size() > 2 ? crop[2] : 0, crop.size() > 3 ? crop[3] : 0, src.width,
                 src.height);
        return false;
    }
    return true;
}

bool has_pixels(const img_t &img, const char *which) {
    if (!img.data || img.width == 0 || img.height == 0 || get_pix_byte_size(img.pix_type) == 0) {
        ESP_LOGE(TAG, "%s: %s of %dx%d%s", which, pix_type2str(img.pix_type).c_str(), img.width, img.height,
                 img.data ? "" : " without memory");
        return false;
    }
    return true;
}

bool is_gray(pix_type_t type) {
    return type >= DL_IMAGE_PIX_TYPE_GRAY && type <= DL_IMAGE_PIX_TYPE_GRAY_QINT16;
}

// Return a - b for numbers that check() has not seen yet: they may be anything, so the result wraps around.
int difference(int a, int b) {
    return static_cast<int>(static_cast<unsigned>(a) - static_cast<unsigned>(b));
}

// Return v with `shift` fractional bits. Results are limited, so that the sum of two does not overflow.
int fixed_point(double v, int shift) {
    return static_cast<int>(std::clamp(std::nearbyint(std::ldexp(v, shift)), -0x1p29, 0x1p29));
}

}  // namespace

ImageTransformer &ImageTransformer::set_src_img(const img_t &src_img) {
    m_stale =
        m_stale || m_src.width != src_img.width || m_src.height != src_img.height || m_src_type != src_img.pix_type;
    m_src = src_img;
    m_src_type = src_img.pix_type;
    m_nv12.reset();
    set_types();
    return *this;
}

ImageTransformer &ImageTransformer::set_src_nv12(const nv12_img_t &src_img) {
    set_src_img(img_t{nullptr, src_img.width, src_img.height, DL_IMAGE_PIX_TYPE_YUYV});
    m_nv12 = src_img;
    return *this;
}

ImageTransformer &ImageTransformer::set_dst_img(const img_t &dst_img) {
    m_stale = true;
    m_dst = dst_img;
    m_dst_type = dst_img.pix_type;
    set_types();
    return *this;
}

ImageTransformer &ImageTransformer::set_caps(uint32_t caps) {
    m_stale = true;
    m_caps = caps;
    set_types();
    return *this;
}

void ImageTransformer::set_types() {
    m_src.pix_type = m_src_type;
    m_dst.pix_type = m_dst_type;
    apply_caps(m_src.pix_type, m_dst.pix_type, m_caps);
}

ImageTransformer &ImageTransformer::set_warp_affine_matrix(const math::Matrix<float> &M, bool inv) {
    const bool warp = M.h > 0 && M.array;
    m_stale = m_stale || warp != m_warp;
    m_matrix = M;
    m_matrix_is_inverse = inv;
    m_warp = warp;
    return *this;
}

ImageTransformer &ImageTransformer::set_src_img_crop_area(const std::vector<int> &crop_area) {
    m_stale = m_stale || m_crop != crop_area;
    m_crop = crop_area;
    return *this;
}

ImageTransformer &ImageTransformer::set_dst_img_border(const std::vector<int> &border) {
    m_stale = m_stale || m_border != border;
    m_border = border;
    return *this;
}

ImageTransformer &ImageTransformer::set_bg_value(const std::array<uint8_t, 3> &bg_value) {
    m_stale = true;
    m_bg = bg_value;
    return *this;
}

ImageTransformer &ImageTransformer::set_bg_value(uint8_t bg_value) {
    return set_bg_value({bg_value, bg_value, bg_value});
}

ImageTransformer &ImageTransformer::set_hsv_thr(const std::array<uint8_t, 3> &hsv_min,
                                                const std::array<uint8_t, 3> &hsv_max) {
    m_stale = true;
    if (!is_valid_hsv_thr(hsv_min, hsv_max)) {
        ESP_LOGE(TAG,
                 "thresholds [%d, %d, %d] to [%d, %d, %d]: hues up to 180 that differ, rising saturations and values "
                 "are needed",
                 hsv_min[0], hsv_min[1], hsv_min[2], hsv_max[0], hsv_max[1], hsv_max[2]);
        m_param = std::monostate();
    } else if (hsv_min[0] > hsv_max[0]) {
        m_param = HSV2HSVMask<true>(hsv_min, hsv_max);
    } else {
        m_param = HSV2HSVMask<false>(hsv_min, hsv_max);
    }
    return *this;
}

ImageTransformer &ImageTransformer::set_norm_quant_param(const std::array<float, 3> &mean,
                                                         const std::array<float, 3> &std, int exp, int quant_bits) {
    m_stale = true;
    if (quant_bits == 8) {
        m_param = NormQuant<int8_t, 3>(mean, std, exp);
    } else if (quant_bits == 16) {
        m_param = NormQuant<int16_t, 3>(mean, std, exp);
    } else {
        ESP_LOGE(TAG, "quantization to %d bits: 8 or 16 are needed", quant_bits);
        m_param = std::monostate();
    }
    return *this;
}

ImageTransformer &ImageTransformer::set_norm_quant_param(float mean, float std, int exp, int quant_bits) {
    m_stale = true;
    if (quant_bits == 8) {
        m_param = NormQuant<int8_t, 1>(mean, std, exp);
    } else if (quant_bits == 16) {
        m_param = NormQuant<int16_t, 1>(mean, std, exp);
    } else {
        ESP_LOGE(TAG, "quantization to %d bits: 8 or 16 are needed", quant_bits);
        m_param = std::monostate();
    }
    return *this;
}

bool ImageTransformer::has_norm_quant_param() const {
    return std::visit(
        [](const auto &param) {
            if constexpr (requires { param.norm_quant_chn1(0); }) {
                return param.valid();
            } else {
                return false;
            }
        },
        m_param);
}

ImageTransformer &ImageTransformer::reset() {
    *this = ImageTransformer();
    return *this;
}

ImageTransformer::Extent ImageTransformer::crop() const {
    if (m_crop.size() != 4) {
        return {0, 0, m_src.width, m_src.height};
    }
    return {m_crop[0], m_crop[1], difference(m_crop[2], m_crop[0]), difference(m_crop[3], m_crop[1])};
}

ImageTransformer::Extent ImageTransformer::inner() const {
    if (m_border.size() != 4) {
        return {0, 0, m_dst.width, m_dst.height};
    }
    return {m_border[2], m_border[0], difference(difference(m_dst.width, m_border[2]), m_border[3]),
            difference(difference(m_dst.height, m_border[0]), m_border[1])};
}

float ImageTransformer::get_scale_x(bool inv) const {
    // Either quotient is computed by a division of its own, not as the reciprocal of the other. Their rounding decides
    // now and then which pixel is nearest.
    const float in_dst = static_cast<float>(inner().width);
    const float in_src = static_cast<float>(crop().width);
    return inv ? in_src / in_dst : in_dst / in_src;
}

float ImageTransformer::get_scale_y(bool inv) const {
    const float in_dst = static_cast<float>(inner().height);
    const float in_src = static_cast<float>(crop().height);
    return inv ? in_src / in_dst : in_dst / in_src;
}

bool ImageTransformer::refuse_nv12() const {
    if (m_nv12) {
        ESP_LOGE(TAG, "source: NV12 can be converted to every type but YUYV, UYVY and what YUV has no conversion to");
    }
    return !m_nv12;
}

bool ImageTransformer::check_src() const {
    if (!m_nv12) {
        return has_pixels(m_src, "source");
    }
    const size_t needed = static_cast<size_t>(m_src.width) * m_src.height * 3 / 2;
    if (!m_nv12->data || needed == 0 || m_src.width % 2 != 0 || m_src.height % 2 != 0 || m_nv12->size < needed) {
        ESP_LOGE(TAG, "source: NV12 of %dx%d: even width and height are needed and %zu bytes, there are %zu%s",
                 m_src.width, m_src.height, needed, m_nv12->size, m_nv12->data ? "" : " without memory");
        return false;
    }
    return true;
}

bool ImageTransformer::check() const {
    if (!check_src() || !has_pixels(m_dst, "destination") || !check_crop(m_crop, m_src)) {
        return false;
    }
    if (m_warp) {
        bool finite = true;
        for (int i = 0; i < std::min(m_matrix.h, 2); i++) {
            for (int j = 0; j < m_matrix.w; j++) {
                finite = finite && std::isfinite(m_matrix.array[i][j]);
            }
        }
        if (m_matrix.w != 3 || (m_matrix.h != 2 && m_matrix.h != 3) || !finite) {
            ESP_LOGE(TAG, "an affine matrix is 2x3 or 3x3, not %dx%d%s", m_matrix.h, m_matrix.w,
                     finite ? "" : " with elements that are no numbers");
            return false;
        }
    }
    if (m_border.empty()) {
        return true;
    }
    const bool four = m_border.size() == 4;
    const bool positive = *std::min_element(m_border.begin(), m_border.end()) >= 0;
    if (!four || !positive || static_cast<int64_t>(m_border[2]) + m_border[3] >= m_dst.width ||
        static_cast<int64_t>(m_border[0]) + m_border[1] >= m_dst.height) {
        ESP_LOGE(TAG, "the border leaves nothing of a picture of %dx%d", m_dst.width, m_dst.height);
        return false;
    }
    return true;
}

esp_err_t ImageTransformer::prepare_background() {
    m_background.clear();
    if (m_border.empty() && !m_warp) {
        return ESP_OK;
    }
    const size_t pixel = m_dst.col_step();
    uint8_t value[8] = {};
    if (m_bg || !pixel_detail::is_yuv(m_dst.pix_type)) {
        const std::array<uint8_t, 3> rgb = m_bg.value_or(std::array<uint8_t, 3>{});
        if (cvt_pix(rgb.data(), value, DL_IMAGE_PIX_TYPE_RGB888, m_dst.pix_type, m_param) != ESP_OK) {
            return ESP_ERR_NOT_SUPPORTED;
        }
    }
    for (int i = 0; i < m_dst.width; i++) {
        m_background.insert(m_background.end(), value, value + pixel);
    }
    return ESP_OK;
}

void ImageTransformer::prepare_resize() {
    const Extent from = crop();
    const Extent to = inner();
    auto nearest = [](int i, float inverse_scale, int n) {
        return std::min(static_cast<int>(static_cast<float>(i) * inverse_scale), n - 1);
    };
    const float inverse_x = get_scale_x(true);
    const float inverse_y = get_scale_y(true);
    m_x1.resize(to.width);
    for (int i = 0; i < to.width; i++) {
        m_x1[i] = (from.x + nearest(i, inverse_x, from.width)) * m_src.col_step();
    }
    m_y1.resize(to.height);
    for (int i = 0; i < to.height; i++) {
        m_y1[i] = from.y + nearest(i, inverse_y, from.height);
    }
}

void ImageTransformer::prepare_warp() {
    const Extent to = inner();
    double inverse[2][3];
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 3; j++) {
            inverse[i][j] = static_cast<double>(m_matrix.array[i][j]);
        }
    }
    if (!m_matrix_is_inverse) {
        const double a = inverse[0][0], b = inverse[0][1], x = inverse[0][2];
        const double c = inverse[1][0], d = inverse[1][1], y = inverse[1][2];
        const double determinant = a * d - b * c;
        if (determinant == 0) {
            inverse[0][2] = inverse[1][2] = -0x1p19;  // far outside any picture
            inverse[0][0] = inverse[0][1] = inverse[1][0] = inverse[1][1] = 0;
        } else {
            inverse[0][0] = d / determinant;
            inverse[0][1] = -b / determinant;
            inverse[0][2] = (b * y - d * x) / determinant;
            inverse[1][0] = -c / determinant;
            inverse[1][1] = a / determinant;
            inverse[1][2] = (c * x - a * y) / determinant;
        }
    }
    m_x1.resize(to.width);
    m_y1.resize(to.width);
    for (int i = 0; i < to.width; i++) {
        m_x1[i] = fixed_point(inverse[0][0] * i, warp_affine_shift);
        m_y1[i] = fixed_point(inverse[1][0] * i, warp_affine_shift);
    }
    m_x2.resize(to.height);
    m_y2.resize(to.height);
    for (int i = 0; i < to.height; i++) {
        m_x2[i] = fixed_point(inverse[0][1] * i + inverse[0][2], warp_affine_shift);
        m_y2[i] = fixed_point(inverse[1][1] * i + inverse[1][2], warp_affine_shift);
    }
}

esp_err_t ImageTransformer::prepare() {
    if (!check()) {
        return ESP_ERR_INVALID_ARG;
    }
    // The crop area, the border and the matrix may have changed without a setter: getters hand out references to them.
    if (!m_stale && !m_warp && m_crop == m_prepared_crop && m_border == m_prepared_border) {
        return ESP_OK;
    }
    const esp_err_t err = prepare_background();
    if (err != ESP_OK) {
        return err;
    }
    if (m_warp) {
        prepare_warp();
    } else {
        prepare_resize();
    }
    m_prepared_crop = m_crop;
    m_prepared_border = m_border;
    m_stale = false;
    return ESP_OK;
}

struct ImageTransformer::Run {
    ImageTransformer *self;
    template <typename PixelCvt>
    void operator()(const PixelCvt &pixel_cvt) const {
        self->transform_nn(pixel_cvt);
    }
};

// Conversions from RGB888 for a grey source, whose value stands for all three channels.
struct ImageTransformer::RunGrayAsColor {
    template <typename PixelCvt>
    struct Tripled {
        static constexpr int dst_step = PixelCvt::dst_step;
        PixelCvt cvt;
        void operator()(const uint8_t *src, uint8_t *dst) const {
            const uint8_t rgb[3] = {*src, *src, *src};
            cvt(rgb, dst);
        }
    };
    ImageTransformer *self;
    template <typename PixelCvt>
    void operator()(const PixelCvt &pixel_cvt) const {
        self->transform_nn(Tripled<PixelCvt>{pixel_cvt});
    }
};

esp_err_t ImageTransformer::run() {
    const esp_err_t err = prepare();
    if (err != ESP_OK) {
        return err;
    }
    const pix_type_t from = m_src.pix_type;
    const pix_type_t to = m_dst.pix_type;
    const bool shares_chroma = pixel_detail::is_yuv(from) && !pixel_detail::is_yuv(to) && !is_gray(to);
    if (shares_chroma && m_src.width % 2 != 0) {
        ESP_LOGE(TAG, "source: %s of %dx%d: two pixels share their chroma, so the width must be even",
                 pix_type2str(from).c_str(), m_src.width, m_src.height);
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (pixel_detail::is_yuv(to) && !refuse_nv12()) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    esp_err_t done;
    if (from == DL_IMAGE_PIX_TYPE_GRAY && !is_gray(to) && !pixel_detail::is_yuv(to)) {
        const RunGrayAsColor gray = {this};
        const pix_cvt_t type = static_cast<pix_cvt_t>(pix_cvt_id(DL_IMAGE_PIX_TYPE_RGB888, to));
        done = pixel_detail::is_565(to) ? pixel_cvt_dispatch_rgb8882rgb565(gray, type, m_param)
               : to == DL_IMAGE_PIX_TYPE_HSV || to == DL_IMAGE_PIX_TYPE_HSV_MASK
                   ? pixel_cvt_dispatch_rgb8882hsv(gray, type, m_param)
                   : pixel_cvt_dispatch_rgb8882rgb888(gray, type, m_param);
    } else {
        done = pixel_cvt_dispatch(Run{this}, from, to, m_param);
    }
    return done == ESP_OK ? ESP_OK : ESP_ERR_NOT_SUPPORTED;
}

}  // namespace image
}  // namespace dl
