#include <cstdio>

#include "esp_intr_alloc.h"
#include "esp_log.h"

esp_err_t esp_intr_alloc_intrstatus(int source, int, uint32_t, uint32_t, intr_handler_t handler, void *,
                                    intr_handle_t *) {
    if (!handler) {
        return ESP_ERR_INVALID_ARG;
    }
    ESP_LOGE("intr_alloc", "No free interrupt for source %d: the emulated board has no interrupts", source);
    return ESP_ERR_NOT_FOUND;
}

esp_err_t esp_intr_alloc(int source, int flags, intr_handler_t handler, void *arg, intr_handle_t *ret_handle) {
    return esp_intr_alloc_intrstatus(source, flags, 0, 0, handler, arg, ret_handle);
}

esp_err_t esp_intr_free(intr_handle_t) {
    return ESP_ERR_INVALID_ARG;
}
esp_err_t esp_intr_disable(intr_handle_t) {
    return ESP_ERR_INVALID_ARG;
}
esp_err_t esp_intr_enable(intr_handle_t) {
    return ESP_ERR_INVALID_ARG;
}
esp_err_t esp_intr_set_in_iram(intr_handle_t, bool) {
    return ESP_ERR_INVALID_ARG;
}
int esp_intr_get_cpu(intr_handle_t) {
    return -1;
}
int esp_intr_get_intno(intr_handle_t) {
    return -1;
}
void esp_intr_noniram_disable(void) {}
void esp_intr_noniram_enable(void) {}

esp_err_t esp_intr_dump(FILE *stream) {
    fprintf(stream ? stream : stdout, "The emulated board has no interrupts.\n");
    return ESP_OK;
}
