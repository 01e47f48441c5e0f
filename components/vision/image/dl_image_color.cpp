#include "dl_image_color.hpp"

#include <cstring>
#include <vector>

#include "dl_image_pixel_cvt_dispatch.hpp"
#include "dl_image_process.hpp"
#include "esp_log.h"

static const char *TAG = "dl_image_color";

namespace dl {
namespace image {

namespace {

// A function for pixel_cvt_dispatch(). It converts n pixels of a row.
struct ConvertRow {
    const uint8_t *src;
    const int *columns;
    int n;
    uint8_t *dst;

    template <typename Cvt>
    void operator()(const Cvt &cvt) const {
        uint8_t *out = dst;
        for (int i = 0; i < n; i++, out += Cvt::dst_step) {
            const int x = columns ? columns[i] : i;
            const uint8_t *in = src + static_cast<size_t>(x) * Cvt::src_step;
            if constexpr (Cvt::pixels == 2) {
                cvt(in, out, x & 1);
            } else {
                cvt(in, out);
            }
        }
    }
};

bool is_color_source(pix_type_t type) {
    return type == DL_IMAGE_PIX_TYPE_RGB888 || type == DL_IMAGE_PIX_TYPE_BGR888 || pixel_detail::is_565(type) ||
           pixel_detail::is_yuv(type);
}

}  // namespace

esp_err_t cvt_pix(const uint8_t *src, uint8_t *dst, pix_type_t src_pix_type, pix_type_t dst_pix_type,
                  const pix_cvt_param_t &param) {
    if (!src || !dst) {
        ESP_LOGE(TAG, "cvt_pix: no pixel");
        return ESP_ERR_INVALID_ARG;
    }
    return pixel_cvt_dispatch(CvtPixelFunctor{src, dst}, src_pix_type, dst_pix_type, param);
}

bool read_row_rgb888(const uint8_t *row, pix_type_t type, const int *columns, int n, uint8_t *rgb) {
    if (type == DL_IMAGE_PIX_TYPE_GRAY) {
        for (int i = 0; i < n; i++) {
            std::memset(rgb + 3 * i, row[columns ? columns[i] : i], 3);
        }
        return true;
    }
    return is_color_source(type) &&
           pixel_cvt_dispatch(ConvertRow{row, columns, n, rgb}, type, DL_IMAGE_PIX_TYPE_RGB888) == ESP_OK;
}

bool is_readable(const img_t &img) {
    return img.data && img.width > 0 && img.height > 0 &&
           (is_color_source(img.pix_type) || img.pix_type == DL_IMAGE_PIX_TYPE_GRAY) &&
           (!pixel_detail::is_yuv(img.pix_type) || img.width % 2 == 0);
}

bool write_row_rgb888(const uint8_t *rgb, int n, pix_type_t type, uint8_t *row) {
    return !is_pix_type_quant(type) && type != DL_IMAGE_PIX_TYPE_HSV_MASK && !pixel_detail::is_yuv(type) &&
           get_pix_byte_size(type) != 0 &&
           pixel_cvt_dispatch(ConvertRow{rgb, nullptr, n, row}, DL_IMAGE_PIX_TYPE_RGB888, type) == ESP_OK;
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
    return ImageTransformer().set_src_img(src).set_dst_img(dst).transform();
}

esp_err_t convert_nv12(const void *nv12, size_t size, const img_t &dst) {
    if (!nv12 || !dst.data) {
        ESP_LOGE(TAG, "NV12: a picture without memory");
        return ESP_ERR_INVALID_ARG;
    }
    const size_t pixels = static_cast<size_t>(dst.width) * dst.height;
    if (pixels == 0 || dst.width % 2 != 0 || dst.height % 2 != 0 || size < pixels + pixels / 2) {
        ESP_LOGE(TAG, "NV12 of %dx%d: even width and height are needed and %zu bytes, there are %zu", dst.width,
                 dst.height, pixels + pixels / 2, size);
        return ESP_ERR_INVALID_SIZE;
    }
    if (dst.pix_quant() || dst.pix_type == DL_IMAGE_PIX_TYPE_HSV_MASK || get_pix_byte_size(dst.pix_type) == 0) {
        ESP_LOGE(TAG, "NV12 to %s is not supported", pix_type2str(dst.pix_type).c_str());
        return ESP_ERR_NOT_SUPPORTED;
    }
    const uint8_t *luma = static_cast<const uint8_t *>(nv12);
    const uint8_t *chroma = luma + pixels;
    std::vector<uint8_t> yuyv(static_cast<size_t>(dst.width) * 2);
    for (int y = 0; y < dst.height; y++) {
        const uint8_t *l = luma + static_cast<size_t>(y) * dst.width;
        const uint8_t *c = chroma + static_cast<size_t>(y / 2) * dst.width;
        for (int x = 0; x < dst.width; x++) {
            yuyv[2 * x] = l[x];
            yuyv[2 * x + 1] = c[x];  // at even columns U, at odd ones V, in NV12 and in YUYV
        }
        uint8_t *out = static_cast<uint8_t *>(dst.data) + static_cast<size_t>(y) * dst.row_step();
        const esp_err_t err =
            pixel_cvt_dispatch(ConvertRow{yuyv.data(), nullptr, dst.width, out}, DL_IMAGE_PIX_TYPE_YUYV, dst.pix_type);
        if (err != ESP_OK) {
            return ESP_ERR_NOT_SUPPORTED;
        }
    }
    return ESP_OK;
}

}  // namespace image
}  // namespace dl
