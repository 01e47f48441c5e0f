#include "driver/ppa.h"

#include <cstring>
#include <mutex>
#include <set>
#include <utility>

#include "board/board.hpp"
#include "esp_cache.h"
#include "esp_heap_caps.h"
#include "esp_log.h"

static const char *TAG = "ppa";

struct ppa_client_t {
    ppa_operation_t operation;
};

namespace {

std::mutex s_lock;
std::set<ppa_client_handle_t> &clients() {
    static std::set<ppa_client_handle_t> all;
    return all;
}

int bytes_of(ppa_srm_color_mode_t mode) {
    switch (mode) {
        case PPA_SRM_COLOR_MODE_ARGB8888:
            return 4;
        case PPA_SRM_COLOR_MODE_RGB888:
            return 3;
        case PPA_SRM_COLOR_MODE_RGB565:
            return 2;
        default:
            return 0;
    }
}

// A pixel with what `config` does to the input data.
void copy_pixel(const ppa_srm_oper_config_t &config, int bytes, const uint8_t *in, uint8_t *out) {
    uint8_t pixel[4];
    for (int i = 0; i < bytes; i++) {
        pixel[i] = in[config.byte_swap ? bytes - 1 - i : i];
    }
    if (config.rgb_swap && bytes == 2) {
        const uint16_t x = static_cast<uint16_t>(pixel[0] | pixel[1] << 8);
        const uint16_t swapped = static_cast<uint16_t>(x << 11 | (x & 0x07E0) | x >> 11);
        pixel[0] = static_cast<uint8_t>(swapped);
        pixel[1] = static_cast<uint8_t>(swapped >> 8);
    } else if (config.rgb_swap && bytes == 3) {
        std::swap(pixel[0], pixel[2]);
    } else if (config.rgb_swap) {
        std::swap(pixel[0], pixel[3]);
        std::swap(pixel[1], pixel[2]);
    }
    std::memcpy(out, pixel, bytes);
}

}  // namespace

esp_err_t ppa_register_client(const ppa_client_config_t *config, ppa_client_handle_t *ret_client) {
    if (!config || !ret_client || config->oper_type >= PPA_OPERATION_NUM) {
        return ESP_ERR_INVALID_ARG;
    }
    if (hal::board().profile().chip != "esp32p4") {
        ESP_LOGE(TAG, "%s has no pixel processing accelerator", hal::board().profile().chip.c_str());
        return ESP_ERR_NOT_SUPPORTED;
    }
    ppa_client_t *client = static_cast<ppa_client_t *>(heap_caps_malloc(sizeof(ppa_client_t), MALLOC_CAP_INTERNAL));
    if (!client) {
        return ESP_ERR_NO_MEM;
    }
    client->operation = config->oper_type;
    const std::lock_guard<std::mutex> guard(s_lock);
    clients().insert(client);
    *ret_client = client;
    return ESP_OK;
}

esp_err_t ppa_unregister_client(ppa_client_handle_t ppa_client) {
    const std::lock_guard<std::mutex> guard(s_lock);
    if (clients().erase(ppa_client) == 0) {
        return ESP_ERR_INVALID_ARG;
    }
    heap_caps_free(ppa_client);
    return ESP_OK;
}

esp_err_t ppa_do_scale_rotate_mirror(ppa_client_handle_t ppa_client, const ppa_srm_oper_config_t *config) {
    {
        const std::lock_guard<std::mutex> guard(s_lock);
        if (!config || clients().count(ppa_client) == 0 || ppa_client->operation != PPA_OPERATION_SRM) {
            ESP_LOGE(TAG, "scale, rotate, mirror: no client of that operation");
            return ESP_ERR_INVALID_ARG;
        }
    }
    const int bytes = bytes_of(config->in.srm_cm);
    if (bytes == 0 || config->in.srm_cm != config->out.srm_cm || config->scale_x != 1 || config->scale_y != 1 ||
        config->rotation_angle != PPA_SRM_ROTATION_ANGLE_0 || config->mirror_x || config->mirror_y ||
        config->alpha_update_mode != PPA_ALPHA_NO_CHANGE || (config->rgb_swap && config->byte_swap)) {
        ESP_LOGE(TAG,
                 "scale %gx%g, rotation %d, colour mode 0x%x to 0x%x: the accelerator's arithmetic is not known, only "
                 "copies of pixels are emulated; resize with dl::image::ImageTransformer",
                 static_cast<double>(config->scale_x), static_cast<double>(config->scale_y),
                 static_cast<int>(config->rotation_angle), static_cast<unsigned>(config->in.srm_cm),
                 static_cast<unsigned>(config->out.srm_cm));
        return ESP_ERR_NOT_SUPPORTED;
    }
    const ppa_in_pic_blk_config_t &in = config->in;
    const ppa_out_pic_blk_config_t &out = config->out;
    size_t line = 1;
    esp_cache_get_alignment(MALLOC_CAP_SPIRAM, &line);
    const bool reads_inside = in.buffer && in.block_w > 0 && in.block_h > 0 &&
                              static_cast<uint64_t>(in.block_offset_x) + in.block_w <= in.pic_w &&
                              static_cast<uint64_t>(in.block_offset_y) + in.block_h <= in.pic_h;
    const bool writes_inside = out.buffer && static_cast<uint64_t>(out.block_offset_x) + in.block_w <= out.pic_w &&
                               static_cast<uint64_t>(out.block_offset_y) + in.block_h <= out.pic_h &&
                               static_cast<uint64_t>(out.pic_w) * out.pic_h * bytes <= out.buffer_size;
    const bool aligned = (reinterpret_cast<uintptr_t>(out.buffer) | out.buffer_size) % line == 0;
    if (!reads_inside || !writes_inside || !aligned || (config->byte_swap && bytes == 3)) {
        ESP_LOGE(TAG, "block %ux%u at %u,%u of %ux%u to %u,%u of %ux%u in %u bytes%s",
                 static_cast<unsigned>(in.block_w), static_cast<unsigned>(in.block_h),
                 static_cast<unsigned>(in.block_offset_x), static_cast<unsigned>(in.block_offset_y),
                 static_cast<unsigned>(in.pic_w), static_cast<unsigned>(in.pic_h),
                 static_cast<unsigned>(out.block_offset_x), static_cast<unsigned>(out.block_offset_y),
                 static_cast<unsigned>(out.pic_w), static_cast<unsigned>(out.pic_h),
                 static_cast<unsigned>(out.buffer_size), aligned ? "" : ": not aligned to a cache line");
        return ESP_ERR_INVALID_ARG;
    }
    for (uint32_t y = 0; y < in.block_h; y++) {
        const uint8_t *from = static_cast<const uint8_t *>(in.buffer) +
                              (static_cast<size_t>(in.block_offset_y + y) * in.pic_w + in.block_offset_x) * bytes;
        uint8_t *to = static_cast<uint8_t *>(out.buffer) +
                      (static_cast<size_t>(out.block_offset_y + y) * out.pic_w + out.block_offset_x) * bytes;
        for (uint32_t x = 0; x < in.block_w; x++) {
            copy_pixel(*config, bytes, from + static_cast<size_t>(x) * bytes, to + static_cast<size_t>(x) * bytes);
        }
    }
    return ESP_OK;
}
