// Names that published apps take from headers that ESP-IDF's bring along. Each namespace stands for a source file that
// includes the header named in it; the order puts the poorer headers first.
#include "esp_err.h"
static_assert(sizeof(uint32_t) == 4);
inline void of_esp_err(void *p) {
    assert(p);
    free(p);
    printf("%d", ESP_OK);
}
#include "esp_log.h"
inline int of_esp_log(const char *text) {
    return (int)strlen(text) + (memcmp(text, "", 1) == 0);
}
#include "freertos/FreeRTOS.h"
inline void of_freertos() {
    TaskHandle_t task = xTaskGetCurrentTaskHandle();
    QueueHandle_t queue = xQueueCreate(1, 1);
    SemaphoreHandle_t mutex = xSemaphoreCreateMutex();
    EventGroupHandle_t group = xEventGroupCreate();
    StreamBufferHandle_t stream = xStreamBufferCreate(1, 1);
    (void)task, (void)queue, (void)mutex, (void)group, (void)stream, (void)INT_MAX;
    heap_caps_free(heap_caps_malloc(1, MALLOC_CAP_8BIT));
    (void)esp_get_free_heap_size();
    (void)esp_cpu_get_core_id();
    esp_rom_delay_us(1);
    (void)esp_timer_get_time();
}
#include "esp_vfs.h"
inline void of_esp_vfs(struct stat *info) {
    memset(info, 0, sizeof(*info));
    (void)opendir("/");
}
#include "esp_ota_ops.h"
inline const char *of_ota() {
    return esp_app_get_description()->project_name;
}
#include "esp_macros.h"
#define HAL_WITH(...) 1
#define HAL_WITHOUT(...) 2
#define HAL_CHOOSE(...) CHOOSE_MACRO_VA_ARG(HAL_WITH, HAL_WITHOUT, ##__VA_ARGS__)(__VA_ARGS__)
static_assert(HAL_CHOOSE() == 2);
static_assert(HAL_CHOOSE(7) == 1);
static_assert(HAL_CHOOSE(7, 8) == 1);
static_assert(ESP_ALIGN_UP(5, 4) == 8 && ESP_ALIGN_DOWN(5, 4) == 4);
