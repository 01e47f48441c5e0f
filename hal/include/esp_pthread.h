#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "freertos/FreeRTOSConfig.h"

#ifndef PTHREAD_STACK_MIN
#define PTHREAD_STACK_MIN 768
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** How the threads are made that the calling thread creates from now on (pthread_create(), std::thread). */
typedef struct {
    size_t stack_size;  ///< bytes
    size_t prio;
    bool inherit_cfg;  ///< also for the threads that those create
    const char *thread_name;
    int pin_to_core;
    uint32_t stack_alloc_caps;
} esp_pthread_cfg_t;

esp_pthread_cfg_t esp_pthread_get_default_config(void);
/** The threads of the PC are the operating system's: the settings are checked and kept, but change no thread.
 * @return ESP_ERR_INVALID_ARG for a stack below PTHREAD_STACK_MIN, a priority or a core that does not exist */
esp_err_t esp_pthread_set_cfg(const esp_pthread_cfg_t *cfg);
/** ESP_ERR_NOT_FOUND, and the defaults, where the calling thread has set none. */
esp_err_t esp_pthread_get_cfg(esp_pthread_cfg_t *p);
/** Done at start-up. */
esp_err_t esp_pthread_init(void);

#ifdef __cplusplus
}
#endif
