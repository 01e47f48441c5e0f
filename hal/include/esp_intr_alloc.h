#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_err.h"
#include "esp_intr_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_INTR_FLAG_LEVEL1 (1 << 1)
#define ESP_INTR_FLAG_LEVEL2 (1 << 2)
#define ESP_INTR_FLAG_LEVEL3 (1 << 3)
#define ESP_INTR_FLAG_LEVEL4 (1 << 4)
#define ESP_INTR_FLAG_LEVEL5 (1 << 5)
#define ESP_INTR_FLAG_LEVEL6 (1 << 6)
#define ESP_INTR_FLAG_NMI (1 << 7)
#define ESP_INTR_FLAG_SHARED (1 << 8)
#define ESP_INTR_FLAG_EDGE (1 << 9)
#define ESP_INTR_FLAG_IRAM (1 << 10)
#define ESP_INTR_FLAG_INTRDISABLED (1 << 11)
#define ESP_INTR_FLAG_LOWMED (ESP_INTR_FLAG_LEVEL1 | ESP_INTR_FLAG_LEVEL2 | ESP_INTR_FLAG_LEVEL3)
#define ESP_INTR_FLAG_HIGH (ESP_INTR_FLAG_LEVEL4 | ESP_INTR_FLAG_LEVEL5 | ESP_INTR_FLAG_LEVEL6 | ESP_INTR_FLAG_NMI)
#define ESP_INTR_FLAG_LEVELMASK (ESP_INTR_FLAG_LOWMED | ESP_INTR_FLAG_HIGH)

/** Nothing interrupts on the PC: no source has a line to give. @return ESP_ERR_NOT_FOUND, ESP_ERR_INVALID_ARG without a
 * handler */
esp_err_t esp_intr_alloc(int source, int flags, intr_handler_t handler, void *arg, intr_handle_t *ret_handle);
esp_err_t esp_intr_alloc_intrstatus(int source, int flags, uint32_t intrstatusreg, uint32_t intrstatusmask,
                                    intr_handler_t handler, void *arg, intr_handle_t *ret_handle);
/** @return ESP_ERR_INVALID_ARG: there is no handle that could be meant */
esp_err_t esp_intr_free(intr_handle_t handle);
esp_err_t esp_intr_disable(intr_handle_t handle);
esp_err_t esp_intr_enable(intr_handle_t handle);
esp_err_t esp_intr_set_in_iram(intr_handle_t handle, bool is_in_iram);
int esp_intr_get_cpu(intr_handle_t handle);
int esp_intr_get_intno(intr_handle_t handle);
void esp_intr_noniram_disable(void);
void esp_intr_noniram_enable(void);
esp_err_t esp_intr_dump(FILE *stream);

static inline int esp_intr_flags_to_level(int flags) {
    return __builtin_ffs((flags & ESP_INTR_FLAG_LEVELMASK) >> 1);
}
static inline int esp_intr_level_to_flags(int level) {
    return level > 0 ? (1 << level) & ESP_INTR_FLAG_LEVELMASK : 0;
}

#ifdef __cplusplus
}
#endif
