#include "esp_pthread.h"

#include <optional>

#include "board/board.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"

namespace {

constexpr size_t DEFAULT_STACK = 3072;
constexpr size_t DEFAULT_PRIORITY = 5;

thread_local std::optional<esp_pthread_cfg_t> t_config;

}  // namespace

esp_pthread_cfg_t esp_pthread_get_default_config(void) {
    return {DEFAULT_STACK, DEFAULT_PRIORITY, false, nullptr, tskNO_AFFINITY, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT};
}

esp_err_t esp_pthread_set_cfg(const esp_pthread_cfg_t *cfg) {
    if (!cfg) {
        return ESP_ERR_INVALID_ARG;
    }
    const bool core_exists = cfg->pin_to_core == tskNO_AFFINITY ||
                             (cfg->pin_to_core >= 0 && cfg->pin_to_core < hal::board().profile().cores);
    if (cfg->stack_size < PTHREAD_STACK_MIN || cfg->prio >= configMAX_PRIORITIES || !core_exists) {
        ESP_LOGE("pthread", "no threads with a stack of %zu bytes, priority %zu, core %d", cfg->stack_size, cfg->prio,
                 cfg->pin_to_core);
        return ESP_ERR_INVALID_ARG;
    }
    t_config = *cfg;
    if (t_config->stack_alloc_caps == 0) {
        t_config->stack_alloc_caps = MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT;
    }
    return ESP_OK;
}

esp_err_t esp_pthread_get_cfg(esp_pthread_cfg_t *p) {
    if (!p) {
        return ESP_ERR_INVALID_ARG;
    }
    *p = t_config.value_or(esp_pthread_get_default_config());
    return t_config ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_pthread_init(void) {
    return ESP_OK;
}
