// Pins: an output keeps what was written to it, an input reads 0, and nothing interrupts.
#include "driver/gpio.h"

#include <atomic>

#include "esp_log.h"

namespace {

constexpr const char *TAG = "gpio";

std::atomic<bool> s_isr_service;

/** What was last written to each pin. */
std::atomic<uint32_t> s_levels[GPIO_NUM_MAX];

bool is_pin(gpio_num_t pin) {
    return pin >= 0 && pin < GPIO_NUM_MAX;
}

esp_err_t of_pin(gpio_num_t pin) {
    return is_pin(pin) ? ESP_OK : ESP_ERR_INVALID_ARG;
}

}  // namespace

extern "C" {

esp_err_t gpio_config(const gpio_config_t *config) {
    return !config ? ESP_ERR_INVALID_ARG : ESP_OK;
}
esp_err_t gpio_reset_pin(gpio_num_t pin) {
    return gpio_set_level(pin, 0);
}
esp_err_t gpio_set_direction(gpio_num_t pin, gpio_mode_t) {
    return of_pin(pin);
}
esp_err_t gpio_set_pull_mode(gpio_num_t pin, gpio_pull_mode_t) {
    return of_pin(pin);
}

esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level) {
    if (!is_pin(pin)) {
        return ESP_ERR_INVALID_ARG;
    }
    s_levels[pin] = level != 0;
    return ESP_OK;
}

int gpio_get_level(gpio_num_t pin) {
    return is_pin(pin) ? static_cast<int>(s_levels[pin].load()) : 0;
}

esp_err_t gpio_pullup_en(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_pullup_dis(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_pulldown_en(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_pulldown_dis(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_hold_en(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_hold_dis(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_intr_enable(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_intr_disable(gpio_num_t pin) {
    return of_pin(pin);
}
esp_err_t gpio_set_intr_type(gpio_num_t pin, gpio_int_type_t) {
    return of_pin(pin);
}

esp_err_t gpio_install_isr_service(int) {
    if (s_isr_service.exchange(true)) {
        ESP_LOGE(TAG, "the service for handlers is installed already");
        return ESP_ERR_INVALID_STATE;
    }
    return ESP_OK;
}

void gpio_uninstall_isr_service(void) {
    s_isr_service = false;
}

esp_err_t gpio_isr_handler_add(gpio_num_t pin, gpio_isr_t, void *) {
    if (!s_isr_service) {
        ESP_LOGE(TAG, "a handler for pin %d: gpio_install_isr_service() is needed first", static_cast<int>(pin));
        return ESP_ERR_INVALID_STATE;
    }
    return of_pin(pin);
}

esp_err_t gpio_isr_handler_remove(gpio_num_t pin) {
    return s_isr_service ? of_pin(pin) : ESP_ERR_INVALID_STATE;
}

}  // extern "C"
