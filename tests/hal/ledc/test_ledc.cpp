#include "driver/ledc.h"

#include <gtest/gtest.h>

namespace {

constexpr ledc_mode_t MODE = LEDC_LOW_SPEED_MODE;

ledc_timer_config_t timer(uint32_t hz = 5000, ledc_timer_bit_t bits = LEDC_TIMER_13_BIT) {
    ledc_timer_config_t config = {};
    config.speed_mode = MODE;
    config.timer_num = LEDC_TIMER_1;
    config.duty_resolution = bits;
    config.freq_hz = hz;
    return config;
}

ledc_channel_config_t channel(uint32_t duty = 0) {
    ledc_channel_config_t config = {};
    config.gpio_num = 4;
    config.speed_mode = MODE;
    config.channel = LEDC_CHANNEL_2;
    config.timer_sel = LEDC_TIMER_1;
    config.duty = duty;
    return config;
}

TEST(Ledc, KeepsWhatWasSet) {
    ledc_timer_config_t a_timer = timer();
    ledc_channel_config_t a_channel = channel(100);
    ASSERT_EQ(ledc_timer_config(&a_timer), ESP_OK);
    EXPECT_EQ(ledc_get_freq(MODE, LEDC_TIMER_1), 5000u);
    ASSERT_EQ(ledc_channel_config(&a_channel), ESP_OK);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_2), 100u);
    // A duty takes effect when it is told to.
    ASSERT_EQ(ledc_set_duty(MODE, LEDC_CHANNEL_2, 4096), ESP_OK);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_2), 100u);
    ASSERT_EQ(ledc_update_duty(MODE, LEDC_CHANNEL_2), ESP_OK);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_2), 4096u);
    EXPECT_EQ(ledc_set_duty_and_update(MODE, LEDC_CHANNEL_2, 8192, 0), ESP_OK);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_2), 8192u);
    EXPECT_EQ(ledc_set_freq(MODE, LEDC_TIMER_1, 100), ESP_OK);
    EXPECT_EQ(ledc_get_freq(MODE, LEDC_TIMER_1), 100u);
    EXPECT_EQ(ledc_stop(MODE, LEDC_CHANNEL_2, 0), ESP_OK);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_2), 0u);
}

TEST(Ledc, FadesAtOnce) {
    ledc_timer_config_t a_timer = timer();
    ledc_channel_config_t a_channel = channel();
    ASSERT_EQ(ledc_timer_config(&a_timer), ESP_OK);
    ASSERT_EQ(ledc_channel_config(&a_channel), ESP_OK);
    EXPECT_EQ(ledc_set_fade_with_time(MODE, LEDC_CHANNEL_2, 500, 1000), ESP_ERR_INVALID_STATE);
    ASSERT_EQ(ledc_fade_func_install(0), ESP_OK);
    EXPECT_EQ(ledc_fade_func_install(0), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(ledc_set_fade_with_time(MODE, LEDC_CHANNEL_2, 500, 1000), ESP_OK);
    EXPECT_EQ(ledc_fade_start(MODE, LEDC_CHANNEL_2, LEDC_FADE_WAIT_DONE), ESP_OK);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_2), 500u);
    EXPECT_EQ(ledc_set_fade_with_time(MODE, LEDC_CHANNEL_2, 500, -1), ESP_ERR_INVALID_ARG);
    ledc_fade_func_uninstall();
    EXPECT_EQ(ledc_fade_start(MODE, LEDC_CHANNEL_2, LEDC_FADE_NO_WAIT), ESP_ERR_INVALID_STATE);
}

TEST(Ledc, RefusesWhatNoChipHas) {
    EXPECT_EQ(ledc_timer_config(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(ledc_channel_config(nullptr), ESP_ERR_INVALID_ARG);
    ledc_timer_config_t no_frequency = timer(0);
    EXPECT_EQ(ledc_timer_config(&no_frequency), ESP_ERR_INVALID_ARG);
    ledc_timer_config_t bits = timer(1000, LEDC_TIMER_BIT_MAX);
    EXPECT_EQ(ledc_timer_config(&bits), ESP_ERR_INVALID_ARG);
    ledc_timer_config_t good = timer(1000, LEDC_TIMER_8_BIT);
    ASSERT_EQ(ledc_timer_config(&good), ESP_OK);
    ledc_channel_config_t pin = channel();
    pin.gpio_num = 999;
    EXPECT_EQ(ledc_channel_config(&pin), ESP_ERR_INVALID_ARG);
    ledc_channel_config_t without_timer = channel();
    without_timer.timer_sel = LEDC_TIMER_3;
    EXPECT_EQ(ledc_channel_config(&without_timer), ESP_ERR_INVALID_STATE);
    ledc_channel_config_t beyond = channel(257);
    EXPECT_EQ(ledc_channel_config(&beyond), ESP_ERR_INVALID_ARG);
    ledc_channel_config_t full = channel(256);
    EXPECT_EQ(ledc_channel_config(&full), ESP_OK);
    EXPECT_EQ(ledc_set_duty(MODE, LEDC_CHANNEL_7, 1), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(ledc_set_duty(MODE, LEDC_CHANNEL_MAX, 1), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(ledc_get_duty(MODE, LEDC_CHANNEL_MAX), LEDC_ERR_DUTY);
    EXPECT_EQ(ledc_set_freq(MODE, LEDC_TIMER_3, 100), ESP_ERR_INVALID_STATE);
    ledc_timer_config_t off = good;
    off.deconfigure = true;
    EXPECT_EQ(ledc_timer_config(&off), ESP_OK);
    EXPECT_EQ(ledc_get_freq(MODE, LEDC_TIMER_1), 0u);
}

}  // namespace
