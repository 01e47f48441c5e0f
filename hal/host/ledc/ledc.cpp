// LED PWM: timers and channels that keep what was set.
#include "driver/ledc.h"

#include <mutex>

#include "esp_log.h"

namespace {

constexpr const char *TAG = "ledc";

struct Timer {
    uint32_t freq_hz;  // 0: not configured
    int bits;
};

struct Channel {
    bool configured;
    ledc_timer_t timer;
    uint32_t set_duty;  // waits for ledc_update_duty()
    uint32_t duty;
};

std::mutex s_mutex;
Timer s_timers[LEDC_TIMER_MAX];
Channel s_channels[LEDC_CHANNEL_MAX];
bool s_fades;

esp_err_t refuse(esp_err_t error, const char *what, long long value) {
    ESP_LOGE(TAG, "%s: %lld", what, value);
    return error;
}

bool is_mode(ledc_mode_t mode) {
    return mode >= 0 && mode < LEDC_SPEED_MODE_MAX;
}

bool is_timer(ledc_timer_t timer) {
    return timer >= 0 && timer < LEDC_TIMER_MAX;
}

bool is_channel(ledc_channel_t channel) {
    return channel >= 0 && channel < LEDC_CHANNEL_MAX;
}

// The mutex is held.
esp_err_t set_duty(ledc_mode_t mode, ledc_channel_t channel, uint32_t duty) {
    if (!is_mode(mode) || !is_channel(channel)) {
        return refuse(ESP_ERR_INVALID_ARG, "no such channel", channel);
    }
    Channel &chosen = s_channels[channel];
    if (!chosen.configured) {
        return refuse(ESP_ERR_INVALID_STATE, "a channel that is not configured", channel);
    }
    if (duty > static_cast<uint32_t>(1) << s_timers[chosen.timer].bits) {
        return refuse(ESP_ERR_INVALID_ARG, "a duty beyond the timer's resolution", duty);
    }
    chosen.set_duty = duty;
    return ESP_OK;
}

// The mutex is held.
esp_err_t update(ledc_mode_t mode, ledc_channel_t channel) {
    if (!is_mode(mode) || !is_channel(channel)) {
        return refuse(ESP_ERR_INVALID_ARG, "no such channel", channel);
    }
    if (!s_channels[channel].configured) {
        return refuse(ESP_ERR_INVALID_STATE, "a channel that is not configured", channel);
    }
    s_channels[channel].duty = s_channels[channel].set_duty;
    return ESP_OK;
}

}  // namespace

extern "C" {

esp_err_t ledc_timer_config(const ledc_timer_config_t *config) {
    if (!config || !is_mode(config->speed_mode) || !is_timer(config->timer_num)) {
        return refuse(ESP_ERR_INVALID_ARG, "no such timer", config ? static_cast<int>(config->timer_num) : -1);
    }
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (config->deconfigure) {
        s_timers[config->timer_num] = {};
        return ESP_OK;
    }
    if (config->freq_hz == 0) {
        return refuse(ESP_ERR_INVALID_ARG, "a frequency in Hz is needed", config->freq_hz);
    }
    if (config->duty_resolution < LEDC_TIMER_1_BIT || config->duty_resolution >= LEDC_TIMER_BIT_MAX) {
        return refuse(ESP_ERR_INVALID_ARG, "no such resolution in bits", config->duty_resolution);
    }
    s_timers[config->timer_num] = {config->freq_hz, config->duty_resolution};
    return ESP_OK;
}

esp_err_t ledc_channel_config(const ledc_channel_config_t *config) {
    if (!config || !is_mode(config->speed_mode) || !is_channel(config->channel) || !is_timer(config->timer_sel)) {
        return refuse(ESP_ERR_INVALID_ARG, "no such channel or timer", config ? static_cast<int>(config->channel) : -1);
    }
    if (config->gpio_num < 0 || config->gpio_num >= GPIO_NUM_MAX) {
        return refuse(ESP_ERR_INVALID_ARG, "no such pin", config->gpio_num);
    }
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (s_timers[config->timer_sel].freq_hz == 0) {
        return refuse(ESP_ERR_INVALID_STATE, "a timer that is not configured", config->timer_sel);
    }
    Channel &channel = s_channels[config->channel];
    const Channel before = channel;
    channel = {true, config->timer_sel, 0, 0};
    const esp_err_t err = set_duty(config->speed_mode, config->channel, config->duty);
    if (err != ESP_OK) {
        channel = before;
        return err;
    }
    return update(config->speed_mode, config->channel);
}

esp_err_t ledc_set_duty(ledc_mode_t mode, ledc_channel_t channel, uint32_t duty) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    return set_duty(mode, channel, duty);
}

esp_err_t ledc_update_duty(ledc_mode_t mode, ledc_channel_t channel) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    return update(mode, channel);
}

esp_err_t ledc_set_duty_and_update(ledc_mode_t mode, ledc_channel_t channel, uint32_t duty, uint32_t hpoint) {
    (void)hpoint;
    const std::lock_guard<std::mutex> lock(s_mutex);
    const esp_err_t err = set_duty(mode, channel, duty);
    return err == ESP_OK ? update(mode, channel) : err;
}

uint32_t ledc_get_duty(ledc_mode_t mode, ledc_channel_t channel) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    return is_mode(mode) && is_channel(channel) ? s_channels[channel].duty : LEDC_ERR_DUTY;
}

esp_err_t ledc_stop(ledc_mode_t mode, ledc_channel_t channel, uint32_t idle_level) {
    (void)idle_level;
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (!is_mode(mode) || !is_channel(channel)) {
        return refuse(ESP_ERR_INVALID_ARG, "no such channel", channel);
    }
    s_channels[channel].set_duty = s_channels[channel].duty = 0;
    return ESP_OK;
}

esp_err_t ledc_set_freq(ledc_mode_t mode, ledc_timer_t timer, uint32_t freq_hz) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (!is_mode(mode) || !is_timer(timer) || freq_hz == 0) {
        return refuse(ESP_ERR_INVALID_ARG, "no such timer, or a frequency of 0 Hz", timer);
    }
    if (s_timers[timer].freq_hz == 0) {
        return refuse(ESP_ERR_INVALID_STATE, "a timer that is not configured", timer);
    }
    s_timers[timer].freq_hz = freq_hz;
    return ESP_OK;
}

uint32_t ledc_get_freq(ledc_mode_t mode, ledc_timer_t timer) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    return is_mode(mode) && is_timer(timer) ? s_timers[timer].freq_hz : 0;
}

esp_err_t ledc_fade_func_install(int intr_alloc_flags) {
    (void)intr_alloc_flags;
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (s_fades) {
        return refuse(ESP_ERR_INVALID_STATE, "fades are installed already", 1);
    }
    s_fades = true;
    return ESP_OK;
}

void ledc_fade_func_uninstall(void) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    s_fades = false;
}

esp_err_t ledc_set_fade_with_time(ledc_mode_t mode, ledc_channel_t channel, uint32_t target_duty,
                                  int max_fade_time_ms) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (!s_fades) {
        return refuse(ESP_ERR_INVALID_STATE, "a fade before ledc_fade_func_install(), on channel", channel);
    }
    if (max_fade_time_ms < 0) {
        return refuse(ESP_ERR_INVALID_ARG, "no such time in ms", max_fade_time_ms);
    }
    return set_duty(mode, channel, target_duty);
}

esp_err_t ledc_fade_start(ledc_mode_t mode, ledc_channel_t channel, ledc_fade_mode_t fade_mode) {
    const std::lock_guard<std::mutex> lock(s_mutex);
    if (!s_fades) {
        return refuse(ESP_ERR_INVALID_STATE, "a fade before ledc_fade_func_install(), on channel", channel);
    }
    if (fade_mode < 0 || fade_mode >= LEDC_FADE_MAX) {
        return refuse(ESP_ERR_INVALID_ARG, "no such way to fade", fade_mode);
    }
    return update(mode, channel);
}

}  // extern "C"
