#include "driver/gpio.h"

#include <gtest/gtest.h>

namespace {

TEST(Gpio, AnOutputKeepsItsLevel) {
    EXPECT_EQ(gpio_reset_pin(GPIO_NUM_4), ESP_OK);
    EXPECT_EQ(gpio_get_level(GPIO_NUM_4), 0);
    EXPECT_EQ(gpio_set_direction(GPIO_NUM_4, GPIO_MODE_OUTPUT), ESP_OK);
    EXPECT_EQ(gpio_set_level(GPIO_NUM_4, 5), ESP_OK);
    EXPECT_EQ(gpio_get_level(GPIO_NUM_4), 1);
    EXPECT_EQ(gpio_get_level(GPIO_NUM_5), 0);
}

TEST(Gpio, PinsThatNoChipHas) {
    for (gpio_num_t pin : {GPIO_NUM_NC, GPIO_NUM_MAX}) {
        EXPECT_EQ(gpio_set_level(pin, 1), ESP_ERR_INVALID_ARG);
        EXPECT_EQ(gpio_pullup_en(pin), ESP_ERR_INVALID_ARG);
        EXPECT_EQ(gpio_pulldown_dis(pin), ESP_ERR_INVALID_ARG);
        EXPECT_EQ(gpio_hold_en(pin), ESP_ERR_INVALID_ARG);
        EXPECT_EQ(gpio_set_intr_type(pin, GPIO_INTR_POSEDGE), ESP_ERR_INVALID_ARG);
    }
    EXPECT_EQ(gpio_config(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(gpio_pullup_dis(GPIO_NUM_4), ESP_OK);
}

void never(void *) {
    FAIL() << "nothing interrupts";
}

TEST(Gpio, HandlersNeedTheService) {
    EXPECT_EQ(gpio_isr_handler_add(GPIO_NUM_4, never, nullptr), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(gpio_install_isr_service(0), ESP_OK);
    EXPECT_EQ(gpio_install_isr_service(0), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(gpio_isr_handler_add(GPIO_NUM_4, never, nullptr), ESP_OK);
    EXPECT_EQ(gpio_set_level(GPIO_NUM_4, 1), ESP_OK);
    EXPECT_EQ(gpio_isr_handler_remove(GPIO_NUM_4), ESP_OK);
    gpio_uninstall_isr_service();
    EXPECT_EQ(gpio_isr_handler_remove(GPIO_NUM_4), ESP_ERR_INVALID_STATE);
}

}  // namespace
