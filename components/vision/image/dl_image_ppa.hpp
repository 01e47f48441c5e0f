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

/**
 * Return the scale with which the accelerator turns src pixels into dst pixels: dst / src, rounded down to sixteenths.
 * Outside [1/16, 256) it is -1, with a log line.
 */
float get_ppa_scale(uint16_t src, uint16_t dst);

/**
 * Allocate zeroed memory for a destination of the accelerator, aligned to PSRAM's cache line. heap_caps_free() frees
 * it.
 * @return nullptr, with a log line, if there is no memory
 */
void *alloc_ppa_outbuf(size_t size);

/** Register a client of the accelerator. @return nullptr, with a log line, if the chip has no accelerator */
ppa_client_handle_t register_ppa_srm_client(const ppa_client_config_t &cfg);
ppa_client_handle_t register_ppa_srm_client();

/**
 * Crop and resize a picture. How the accelerator interpolates and converts colours is not known. So a picture must keep
 * its size, and be RGB888 or BGR888, or keep to the 565 types: everything else is refused.
 * @param dst_img a picture whose memory comes from alloc_ppa_outbuf()
 * @param crop_area {x1, y1, x2, y2}, exclusive; {}: all
 * @param scale_x_ret, scale_y_ret the scale used
 * @return with a log line: ESP_ERR_NOT_SUPPORTED if the chip's pixels are not known, ESP_ERR_INVALID_ARG
 */
esp_err_t resize_ppa(const img_t &src_img, img_t &dst_img, ppa_client_handle_t ppa_handle,
                     const std::vector<int> &crop_area = {}, float *scale_x_ret = nullptr,
                     float *scale_y_ret = nullptr);

}  // namespace image
}  // namespace dl
