#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Done at start-up. ESP_ERR_NOT_FOUND when the board has none, ESP_ERR_INVALID_STATE when it is done already. */
esp_err_t esp_psram_init(void);
bool esp_psram_is_initialized(void);
/** Bytes on the board, used or not. */
size_t esp_psram_get_size(void);

#ifdef __cplusplus
}
#endif
