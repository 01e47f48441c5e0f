#pragma once

#include <stdbool.h>

#include "esp_err.h"
#include "hal/ppa_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The pixel processing accelerator of ESP32-P4. Emulated is what moves pixels without changing them. How the chip
 * interpolates, blends and converts colours is not known: that is refused with ESP_ERR_NOT_SUPPORTED and a log line,
 * and so is everything on other chips. */

typedef enum {
    PPA_OPERATION_SRM,
    PPA_OPERATION_BLEND,
    PPA_OPERATION_FILL,
    PPA_OPERATION_NUM,
} ppa_operation_t;

typedef struct ppa_client_t *ppa_client_handle_t;

typedef struct {
    ppa_operation_t oper_type;
    uint32_t max_pending_trans_num;
    ppa_data_burst_length_t data_burst_length;
} ppa_client_config_t;

esp_err_t ppa_register_client(const ppa_client_config_t *config, ppa_client_handle_t *ret_client);
esp_err_t ppa_unregister_client(ppa_client_handle_t ppa_client);

typedef struct {
    void *buffer;
    uint32_t pic_w;
    uint32_t pic_h;
    uint32_t block_w;
    uint32_t block_h;
    uint32_t block_offset_x;
    uint32_t block_offset_y;
    union {
        ppa_srm_color_mode_t srm_cm;
    };
    color_range_t yuv_range;
    color_conv_std_rgb_yuv_t yuv_std;
} ppa_in_pic_blk_config_t;

typedef struct {
    void *buffer;
    uint32_t buffer_size;
    uint32_t pic_w;
    uint32_t pic_h;
    uint32_t block_offset_x;
    uint32_t block_offset_y;
    union {
        ppa_srm_color_mode_t srm_cm;
    };
    color_range_t yuv_range;
    color_conv_std_rgb_yuv_t yuv_std;
} ppa_out_pic_blk_config_t;

typedef enum {
    PPA_TRANS_MODE_BLOCKING,
    PPA_TRANS_MODE_NON_BLOCKING,
} ppa_trans_mode_t;

typedef struct {
    ppa_in_pic_blk_config_t in;
    ppa_out_pic_blk_config_t out;
    ppa_srm_rotation_angle_t rotation_angle;
    float scale_x;
    float scale_y;
    bool mirror_x;
    bool mirror_y;
    bool rgb_swap;
    bool byte_swap;
    ppa_alpha_update_mode_t alpha_update_mode;
    uint32_t alpha_value;
    ppa_trans_mode_t mode;
    void *user_data;
} ppa_srm_oper_config_t;

/**
 * A block of the input picture to a place in the output picture: cut out, with rgb_swap or byte_swap. The same colour
 * mode on both sides (ARGB8888, RGB888, RGB565), scale 1, without rotation and mirror.
 * @return ESP_ERR_NOT_SUPPORTED for anything else; ESP_ERR_INVALID_ARG for blocks outside their pictures and buffers
 * that are too small or not aligned to a cache line
 */
esp_err_t ppa_do_scale_rotate_mirror(ppa_client_handle_t ppa_client, const ppa_srm_oper_config_t *config);

#ifdef __cplusplus
}
#endif
