#include "esp_sleep.h"

#include <cinttypes>

#include "esp_log.h"
#include "esp_system.h"

namespace {

constexpr const char *TAG = "sleep";

esp_err_t refuse(const char *what) {
    ESP_LOGE(TAG, "%s: the emulated board does not sleep", what);
    return ESP_ERR_NOT_SUPPORTED;
}

esp_err_t reject(const char *what) {
    refuse(what);
    return ESP_ERR_SLEEP_REJECT;
}

}  // namespace

esp_err_t esp_sleep_enable_timer_wakeup(uint64_t) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_ulp_wakeup(void) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_touchpad_wakeup(void) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_ext0_wakeup(gpio_num_t, int) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_ext1_wakeup(uint64_t, esp_sleep_ext1_wakeup_mode_t) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_ext1_wakeup_io(uint64_t, esp_sleep_ext1_wakeup_mode_t) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_gpio_wakeup(void) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_uart_wakeup(int) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_wifi_wakeup(void) {
    return refuse(__func__);
}
esp_err_t esp_sleep_enable_bt_wakeup(void) {
    return refuse(__func__);
}
esp_err_t esp_sleep_pd_config(esp_sleep_pd_domain_t, esp_sleep_pd_option_t) {
    return refuse(__func__);
}
esp_err_t esp_sleep_disable_wakeup_source(esp_sleep_source_t source) {
    return source == ESP_SLEEP_WAKEUP_ALL ? ESP_OK : ESP_ERR_INVALID_STATE;
}
bool esp_sleep_is_valid_wakeup_gpio(gpio_num_t) {
    return false;
}

esp_sleep_wakeup_cause_t esp_sleep_get_wakeup_cause(void) {
    return ESP_SLEEP_WAKEUP_UNDEFINED;
}
uint32_t esp_sleep_get_wakeup_causes(void) {
    return 1u << ESP_SLEEP_WAKEUP_UNDEFINED;
}
uint64_t esp_sleep_get_ext1_wakeup_status(void) {
    return 0;
}

esp_err_t esp_light_sleep_start(void) {
    return reject(__func__);
}
esp_err_t esp_deep_sleep_try_to_start(void) {
    return reject(__func__);
}
esp_err_t esp_deep_sleep_try(uint64_t) {
    return reject(__func__);
}

void esp_deep_sleep_start(void) {
    ESP_LOGW(TAG, "The app goes to deep sleep, and a chip would start anew when it wakes: it ends here.");
    esp_restart();
}

void esp_deep_sleep(uint64_t time_in_us) {
    ESP_LOGW(TAG, "Deep sleep of %" PRIu64 " us", time_in_us);
    esp_deep_sleep_start();
}
