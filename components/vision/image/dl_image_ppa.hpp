/**
 * @file dl_image_ppa.hpp
 * ESP32-P4's pixel processing accelerator.
 */
#pragma once

#include <vector>

#include "dl_image_define.hpp"
#include "driver/ppa.h"
#include "esp_cache.h"
#include "esp_err.h"
#include "esp_heap_caps.h"

namespace dl {
namespace image {

/** The scale that the accelerator uses for src pixels to dst: dst / src, rounded down to sixteenths; 1 if they are
 * equal. -1, with a log line, outside [1/16, 256). */
float get_ppa_scale(uint16_t src, uint16_t dst);

/** Zeros for a destination of the accelerator: aligned to the cache line of PSRAM. nullptr, with a log line, if there
 * is no memory. Free with heap_caps_free(). */
void *alloc_ppa_outbuf(size_t size);

/** nullptr, with a log line, where there is no accelerator. */
ppa_client_handle_t register_ppa_srm_client(const ppa_client_config_t &cfg);
ppa_client_handle_t register_ppa_srm_client();

/**
 * Crop and resize. The accelerator's interpolation and its conversions of colours are not known, so only pictures that
 * keep their size are written, as RGB888, BGR888 and the 565 types among themselves; all else is refused.
 * @param dst_img its memory comes from alloc_ppa_outbuf()
 * @param crop_area {x1, y1, x2, y2}, exclusive; {}: all
 * @param scale_x_ret, scale_y_ret the scale used
 * @return ESP_ERR_NOT_SUPPORTED where the chip's pixels are not known, ESP_ERR_INVALID_ARG; with a log line
 */
esp_err_t resize_ppa(const img_t &src_img, img_t &dst_img, ppa_client_handle_t ppa_handle,
                     const std::vector<int> &crop_area = {}, float *scale_x_ret = nullptr,
                     float *scale_y_ret = nullptr);

}  // namespace image
}  // namespace dl
