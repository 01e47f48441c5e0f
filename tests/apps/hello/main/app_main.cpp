#include "esp_heap_caps.h"
#include "esp_log.h"
#include "sdkconfig.h"

extern const char greeting[] asm("_binary_greeting_txt_start");

extern "C" void app_main(void) {
    ESP_LOGI("hello", "%s: %s, PSRAM %u", greeting, CONFIG_IDF_TARGET,
             (unsigned)heap_caps_get_total_size(MALLOC_CAP_SPIRAM));
}
