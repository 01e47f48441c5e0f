#include "dl_image_ppa.hpp"

#include <cmath>

#include "dl_image_pixel_cvt_dispatch.hpp"
#include "esp_log.h"

static const char *TAG = "dl_image_ppa";

namespace dl {
namespace image {

float get_ppa_scale(uint16_t src, uint16_t dst) {
    const float scale = src == dst ? 1.f : static_cast<float>(dst) / static_cast<float>(src);
    if (!(scale >= 1.f / 16 && scale < 256)) {
        ESP_LOGE(TAG, "%d pixels to %d: a scale of at least 1/16, less than 256 is needed", src, dst);
        return -1;
    }
    return std::floor(scale * 16) / 16;
}

void *alloc_ppa_outbuf(size_t size) {
    size_t line = 1;
    esp_cache_get_alignment(MALLOC_CAP_SPIRAM, &line);
    if (size == 0 || size > SIZE_MAX - line) {
        ESP_LOGE(TAG, "a picture of %zu bytes", size);
        return nullptr;
    }
    const size_t whole_lines = (size + line - 1) / line * line;
    void *buffer = heap_caps_aligned_calloc(line, 1, whole_lines, MALLOC_CAP_SPIRAM | MALLOC_CAP_DMA);
    if (!buffer) {
        ESP_LOGE(TAG, "no memory for a picture of %zu bytes in PSRAM", whole_lines);
        return nullptr;
    }
    esp_cache_msync(buffer, whole_lines, ESP_CACHE_MSYNC_FLAG_DIR_C2M);
    return buffer;
}

ppa_client_handle_t register_ppa_srm_client(const ppa_client_config_t &cfg) {
    ppa_client_handle_t handle = nullptr;
    const esp_err_t err = ppa_register_client(&cfg, &handle);
    if (err != ESP_OK) {
        ESP_LOGE(TAG, "no client of the pixel processing accelerator: %s", esp_err_to_name(err));
        return nullptr;
    }
    return handle;
}

ppa_client_handle_t register_ppa_srm_client() {
    ppa_client_config_t cfg = {};
    cfg.oper_type = PPA_OPERATION_SRM;
    cfg.data_burst_length = PPA_DATA_BURST_LENGTH_128;
    return register_ppa_srm_client(cfg);
}

esp_err_t resize_ppa(const img_t &src_img, img_t &dst_img, ppa_client_handle_t ppa_handle,
                     const std::vector<int> &crop_area, float *scale_x_ret, float *scale_y_ret) {
    const bool known = pixel_detail::is_565(src_img.pix_type) || src_img.pix_type == DL_IMAGE_PIX_TYPE_RGB888 ||
                       src_img.pix_type == DL_IMAGE_PIX_TYPE_BGR888;
    const bool same_mode = known && get_pix_byte_size(src_img.pix_type) == get_pix_byte_size(dst_img.pix_type) &&
                           (pixel_detail::is_565(dst_img.pix_type) || dst_img.pix_type == DL_IMAGE_PIX_TYPE_RGB888 ||
                            dst_img.pix_type == DL_IMAGE_PIX_TYPE_BGR888);
    if (!same_mode) {
        ESP_LOGE(TAG, "%s to %s: the accelerator's conversion is not known; use ImageTransformer",
                 pix_type2str(src_img.pix_type).c_str(), pix_type2str(dst_img.pix_type).c_str());
        return ESP_ERR_NOT_SUPPORTED;
    }
    const std::vector<int> all = {0, 0, src_img.width, src_img.height};
    const std::vector<int> &crop = crop_area.empty() ? all : crop_area;
    if (!src_img.data || !dst_img.data || crop.size() != 4 || crop[0] < 0 || crop[1] < 0 || crop[0] >= crop[2] ||
        crop[1] >= crop[3] || crop[2] > src_img.width || crop[3] > src_img.height) {
        ESP_LOGE(TAG, "%dx%d to %dx%d: memory and a crop area within the picture are needed", src_img.width,
                 src_img.height, dst_img.width, dst_img.height);
        return ESP_ERR_INVALID_ARG;
    }
    const float scale_x = get_ppa_scale(static_cast<uint16_t>(crop[2] - crop[0]), dst_img.width);
    const float scale_y = get_ppa_scale(static_cast<uint16_t>(crop[3] - crop[1]), dst_img.height);
    if (scale_x < 0 || scale_y < 0) {
        return ESP_ERR_INVALID_ARG;
    }
    size_t line = 1;
    esp_cache_get_alignment(MALLOC_CAP_SPIRAM, &line);
    const ppa_srm_color_mode_t mode =
        pixel_detail::is_565(src_img.pix_type) ? PPA_SRM_COLOR_MODE_RGB565 : PPA_SRM_COLOR_MODE_RGB888;
    ppa_srm_oper_config_t config = {};
    config.in.buffer = src_img.data;
    config.in.pic_w = src_img.width;
    config.in.pic_h = src_img.height;
    config.in.block_w = static_cast<uint32_t>(crop[2] - crop[0]);
    config.in.block_h = static_cast<uint32_t>(crop[3] - crop[1]);
    config.in.block_offset_x = static_cast<uint32_t>(crop[0]);
    config.in.block_offset_y = static_cast<uint32_t>(crop[1]);
    config.in.srm_cm = mode;
    config.out.buffer = dst_img.data;
    config.out.buffer_size = static_cast<uint32_t>((dst_img.bytes() + line - 1) / line * line);
    config.out.pic_w = dst_img.width;
    config.out.pic_h = dst_img.height;
    config.out.srm_cm = mode;
    config.scale_x = scale_x;
    config.scale_y = scale_y;
    config.rgb_swap = pixel_detail::is_bgr(src_img.pix_type) != pixel_detail::is_bgr(dst_img.pix_type);
    config.byte_swap = pixel_detail::is_big_endian(src_img.pix_type) != pixel_detail::is_big_endian(dst_img.pix_type);
    if (config.rgb_swap && (config.byte_swap || pixel_detail::is_big_endian(dst_img.pix_type))) {
        ESP_LOGE(TAG, "%s to %s: the accelerator's order of swaps is not known; use ImageTransformer",
                 pix_type2str(src_img.pix_type).c_str(), pix_type2str(dst_img.pix_type).c_str());
        return ESP_ERR_NOT_SUPPORTED;
    }
    config.mode = PPA_TRANS_MODE_BLOCKING;
    const esp_err_t err = ppa_do_scale_rotate_mirror(ppa_handle, &config);
    if (err == ESP_OK && scale_x_ret) {
        *scale_x_ret = scale_x;
    }
    if (err == ESP_OK && scale_y_ret) {
        *scale_y_ret = scale_y;
    }
    return err;
}

}  // namespace image
}  // namespace dl
