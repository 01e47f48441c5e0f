// The free functions of ESP-DL 3.0 and 3.1 that resize, warp and convert with flags. Positions and bilinear weights are
// computed in float, as there; positions are those of pixel centres.

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

#include "dl_image_process.hpp"
#include "esp_log.h"

static const char *TAG = "dl_image_resample";

namespace dl {
namespace image {

namespace {

/** Reads one pixel as RGB888. @param odd whether it is the second of two that share their chroma */
using ReadPixel = void (*)(const uint8_t *pixel, bool odd, uint8_t *rgb);

void read_gray(const uint8_t *pixel, bool, uint8_t *rgb) {
    std::memset(rgb, *pixel, 3);
}

/** A function for the dispatchers. It keeps the conversion that it is called with. */
struct KeepConversion {
    ReadPixel *read;
    template <typename Cvt>
    void operator()(const Cvt &) const {
        // Conversions with parameters write quantized pixels, which nobody asks for here.
        if constexpr (std::is_empty_v<Cvt> && Cvt::dst_step == 3) {
            *read = [](const uint8_t *pixel, bool odd, uint8_t *rgb) {
                if constexpr (is_2pix_yuv_cvt_v<Cvt>) {
                    Cvt()(pixel, rgb, odd);
                } else {
                    (void)odd;
                    Cvt()(pixel, rgb);
                }
            };
        }
    }
};

/** Return how pixels of the type are read, or nullptr, with a log line. */
ReadPixel reader_of(const img_t &src, pix_type_t type) {
    if (!is_readable({src.data, src.width, src.height, type})) {
        ESP_LOGE(TAG, "a source of %s with %dx%d is not supported", pix_type2str(type).c_str(), src.width, src.height);
        return nullptr;
    }
    ReadPixel read = read_gray;
    const pix_cvt_t cvt = static_cast<pix_cvt_t>(pix_cvt_id(type, DL_IMAGE_PIX_TYPE_RGB888));
    if (pixel_detail::is_565(type)) {
        pixel_cvt_dispatch_rgb5652rgb888(KeepConversion{&read}, cvt, {});
    } else if (pixel_detail::is_yuv(type)) {
        pixel_cvt_dispatch_yuv2rgb888(KeepConversion{&read}, cvt, {});
    } else if (type != DL_IMAGE_PIX_TYPE_GRAY) {
        pixel_cvt_dispatch_rgb8882rgb888(KeepConversion{&read}, cvt, {});
    }
    return read;
}

/** The part of the source that is shown: columns x1 to x2 - 1, rows y1 to y2 - 1. */
struct Area {
    int x1, y1, x2, y2;
    int width() const { return x2 - x1; }
    int height() const { return y2 - y1; }
};

float scale(int to, int from) {
    return static_cast<float>(to) / static_cast<float>(from);
}

bool has_pixels(const img_t &img, const char *what) {
    if (img.data && img.width > 0 && img.height > 0) {
        return true;
    }
    ESP_LOGE(TAG, "%s of %dx%d%s: a picture with memory and a size is needed", what, img.width, img.height,
             img.data ? "" : " without memory");
    return false;
}

bool get_area(const img_t &src, const std::vector<int> &crop_area, Area &area) {
    area = {0, 0, src.width, src.height};
    if (crop_area.empty()) {
        return true;
    }
    if (crop_area.size() != 4 || crop_area[0] < 0 || crop_area[1] < 0 || crop_area[2] > src.width ||
        crop_area[3] > src.height || crop_area[0] >= crop_area[2] || crop_area[1] >= crop_area[3]) {
        ESP_LOGE(TAG, "crop area: four numbers {x1, y1, x2, y2} inside %dx%d are needed, with x1 < x2 and y1 < y2",
                 src.width, src.height);
        return false;
    }
    area = {crop_area[0], crop_area[1], crop_area[2], crop_area[3]};
    return true;
}

/** Writes rows of RGB888 as pixels of the destination. */
class Writer {
public:
    /**
     * @param norm_lut for a quantized destination: 256 values, int8_t or int16_t as its pixels, or with
     * `lut_per_channel` 256 for each channel
     */
    Writer(const img_t &dst, pix_type_t type, const void *norm_lut, bool lut_per_channel)
        : m_dst(dst), m_type(type), m_lut(norm_lut), m_lut_per_channel(lut_per_channel) {}

    bool is_possible() const {
        if (m_dst.pix_quant()) {
            if (!m_lut) {
                ESP_LOGE(TAG, "a destination of %s needs a table, norm_lut", pix_type2str(m_type).c_str());
            }
            return m_lut;
        }
        const uint8_t black[3] = {};
        uint8_t pixel[8];
        if (write_row_rgb888(black, 1, m_type, pixel)) {
            return true;
        }
        ESP_LOGE(TAG, "a destination of %s is not supported", pix_type2str(m_type).c_str());
        return false;
    }

    /** Write row y. `rgb` may be changed. */
    void write(int y, std::vector<uint8_t> &rgb) const {
        uint8_t *out = static_cast<uint8_t *>(m_dst.data) + static_cast<size_t>(y) * m_dst.row_step();
        if (m_dst.channel() == 1) {
            gray_in_place(rgb);
        }
        if (m_dst.pix_quant()) {
            m_dst.col_step() == m_dst.channel() ? quantize<int8_t>(rgb.data(), out)
                                                : quantize<int16_t>(rgb.data(), out);
        } else if (m_dst.channel() == 1) {
            std::memcpy(out, rgb.data(), m_dst.width);
        } else {
            write_row_rgb888(rgb.data(), m_dst.width, m_type, out);
        }
    }

private:
    // The weights of those versions, in 1/128. Their JPEG decoder puts blue first, so the third channel is taken as
    // red. A grey pixel keeps its value.
    void gray_in_place(std::vector<uint8_t> &rgb) const {
        for (int x = 0; x < m_dst.width; x++) {
            rgb[x] = static_cast<uint8_t>((rgb[3 * x + 2] * 38 + rgb[3 * x + 1] * 75 + rgb[3 * x] * 15) >> 7);
        }
    }

    template <typename T>
    void quantize(const uint8_t *values, uint8_t *out) const {
        const T *lut = static_cast<const T *>(m_lut);
        const int channels = m_dst.channel();
        const bool reverse = pixel_detail::is_bgr(m_type);
        for (int x = 0; x < m_dst.width; x++) {
            for (int c = 0; c < channels; c++) {
                const T value = lut[values[channels * x + c] + (m_lut_per_channel ? 256 * c : 0)];
                const int to = channels * x + (reverse ? 2 - c : c);
                std::memcpy(out + to * sizeof(T), &value, sizeof(T));
            }
        }
    }

    const img_t &m_dst;
    pix_type_t m_type;
    const void *m_lut;
    bool m_lut_per_channel;
};

/** Computes a picture from another. The position of a pixel is that of a resize, or that of a matrix. */
struct Resampling {
    const img_t &src;
    const img_t &dst;
    Area area;
    ReadPixel read_pixel;
    interpolate_type_t interpolation;
    const math::Matrix<float> *inverse;  // nullptr: the area is resized
    Writer writer;

    void run() const {
        std::vector<uint8_t> rgb(static_cast<size_t>(dst.width) * 3);
        for (int i = 0; i < dst.height; i++) {
            for (int j = 0; j < dst.width; j++) {
                const Position at = position(i, j);
                if (interpolation == DL_IMAGE_INTERPOLATE_NEAREST) {
                    // NOLINTNEXTLINE(bugprone-incorrect-roundings): as the chip's library rounds
                    read(static_cast<int>(at.x + 0.5f), static_cast<int>(at.y + 0.5f), &rgb[3 * j]);
                } else {
                    interpolate(at, &rgb[3 * j]);
                }
            }
            writer.write(i, rgb);
        }
    }

private:
    struct Position {
        float x, y;
    };

    /** Return where the pixel in row i and column j lies in the source: inside the area, also if the matrix leaves it.
     */
    Position position(int i, int j) const {
        float x, y;
        if (inverse) {
            const math::Matrix<float> &m = *inverse;
            x = m.array[0][0] * j + m.array[0][1] * i + m.array[0][2];
            y = m.array[1][0] * j + m.array[1][1] * i + m.array[1][2];
        } else {
            x = (j + 0.5f) * (1.f / scale(dst.width, area.width())) - 0.5f;
            y = (i + 0.5f) * (1.f / scale(dst.height, area.height())) - 0.5f;
        }
        return {clamp(x + area.x1, area.x1, area.x2 - 1), clamp(y + area.y1, area.y1, area.y2 - 1)};
    }

    // A number that is not comparable, from a hostile matrix, becomes the lower limit.
    static float clamp(float value, int low, int high) {
        return value > low ? std::min(value, static_cast<float>(high)) : static_cast<float>(low);
    }

    void read(int x, int y, uint8_t *rgb) const {
        const uint8_t *row = static_cast<const uint8_t *>(src.data) + static_cast<size_t>(y) * src.row_step();
        read_pixel(row + static_cast<size_t>(x) * src.col_step(), x & 1, rgb);
    }

    void interpolate(const Position &at, uint8_t *rgb) const {
        const int x1 = static_cast<int>(at.x);
        const int y1 = static_cast<int>(at.y);
        const int x2 = x1 + 1;
        const int y2 = y1 + 1;
        // Beyond the last row and column there is nothing to read, and its weight is 0.
        const int right = std::min(x2, src.width - 1);
        const int below = std::min(y2, src.height - 1);
        uint8_t q[4][3];
        read(x1, y1, q[0]);
        read(right, y1, q[1]);
        read(x1, below, q[2]);
        read(right, below, q[3]);
        const float a = (x2 - at.x) * (y2 - at.y);
        const float b = (at.x - x1) * (y2 - at.y);
        const float c = (x2 - at.x) * (at.y - y1);
        const float d = (at.x - x1) * (at.y - y1);
        for (int k = 0; k < 3; k++) {
            // NOLINTNEXTLINE(bugprone-incorrect-roundings): as the chip's library rounds
            rgb[k] = static_cast<uint8_t>(a * q[0][k] + b * q[1][k] + c * q[2][k] + d * q[3][k] + 0.5f);
        }
    }
};

esp_err_t resample(const img_t &src, const img_t &dst, interpolate_type_t interpolation, uint32_t caps,
                   const void *norm_lut, const Area &area, const math::Matrix<float> *inverse) {
    pix_type_t from = src.pix_type;
    pix_type_t to = dst.pix_type;
    apply_caps(from, to, caps);
    const ReadPixel read = reader_of(src, from);
    // Those versions have a table for each channel only where a 565 pixel is quantized as it is.
    const bool lut_per_channel = pixel_detail::is_565(from) && interpolation == DL_IMAGE_INTERPOLATE_NEAREST;
    const Writer writer(dst, to, norm_lut, lut_per_channel && dst.channel() == 3);
    if (!read || !writer.is_possible()) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    Resampling{src, dst, area, read, interpolation, inverse, writer}.run();
    return ESP_OK;
}

}  // namespace

esp_err_t resize(const img_t &src, const img_t &dst, interpolate_type_t type, uint32_t caps, const void *norm_lut,
                 const std::vector<int> &crop_area, float *scale_x, float *scale_y) {
    Area area;
    if (!has_pixels(src, "source") || !has_pixels(dst, "destination") || !get_area(src, crop_area, area)) {
        return ESP_ERR_INVALID_ARG;
    }
    if (scale_x) {
        *scale_x = scale(dst.width, area.width());
    }
    if (scale_y) {
        *scale_y = scale(dst.height, area.height());
    }
    const bool same_size = area.width() == dst.width && area.height() == dst.height;
    return resample(src, dst, same_size ? DL_IMAGE_INTERPOLATE_NEAREST : type, caps, norm_lut, area, nullptr);
}

esp_err_t warp_affine(const img_t &src, const img_t &dst, interpolate_type_t type, const math::Matrix<float> *inverse,
                      uint32_t caps, const void *norm_lut) {
    if (!has_pixels(src, "source") || !has_pixels(dst, "destination")) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!inverse || !inverse->array || inverse->h < 2 || inverse->w < 3) {
        ESP_LOGE(TAG, "warp_affine: a matrix of two rows and three columns is needed");
        return ESP_ERR_INVALID_ARG;
    }
    return resample(src, dst, type, caps, norm_lut, {0, 0, src.width, src.height}, inverse);
}

esp_err_t convert_img(const img_t &src, img_t &dst, uint32_t caps, const void *norm_lut,
                      const std::vector<int> &crop_area) {
    Area area;
    if (!has_pixels(src, "source") || !get_area(src, crop_area, area)) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!dst.data) {
        ESP_LOGE(TAG, "convert_img: the destination has no memory; %dx%d %s need %zu bytes", area.width(),
                 area.height(), pix_type2str(dst.pix_type).c_str(),
                 static_cast<size_t>(area.width()) * area.height() * get_pix_byte_size(dst.pix_type));
        return ESP_ERR_INVALID_ARG;
    }
    dst.width = static_cast<uint16_t>(area.width());
    dst.height = static_cast<uint16_t>(area.height());
    return resample(src, dst, DL_IMAGE_INTERPOLATE_NEAREST, caps, norm_lut, area, nullptr);
}

}  // namespace image
}  // namespace dl
