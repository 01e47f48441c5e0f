#pragma once

#include "esp_err.h"
#include "sd_protocol_types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int ldo_chan_id;
} sd_pwr_ctrl_ldo_config_t;

/** The emulated slot always has power; the handle is a token. */
esp_err_t sd_pwr_ctrl_new_on_chip_ldo(const sd_pwr_ctrl_ldo_config_t *configs, sd_pwr_ctrl_handle_t *ret_drv);
esp_err_t sd_pwr_ctrl_del_on_chip_ldo(sd_pwr_ctrl_handle_t handle);

#ifdef __cplusplus
}
#endif
