#include <atomic>

#include "esp_freertos_hooks.h"
#include "freertos_test.hpp"

namespace {

using Hooks = FreeRtosTest;

std::atomic<int> g_ticks{0};
std::atomic<int> g_idle{0};

void on_tick() {
    ++g_ticks;
}
bool on_idle() {
    ++g_idle;
    return true;
}

TEST_F(Hooks, RunOnceInATick) {
    ASSERT_EQ(esp_register_freertos_tick_hook_for_cpu(on_tick, 0), ESP_OK);
    ASSERT_EQ(esp_register_freertos_idle_hook_for_cpu(on_idle, 1), ESP_OK);
    TaskHandle_t task = nullptr;
    while ((task = xTaskGetHandle("hooks")) == nullptr) {
        sched_yield();
    }
    for (int tick = 1; tick <= 3; ++tick) {
        wait_blocked(task);
        advance_ticks(1);
        while (g_ticks < tick || g_idle < tick) {
            sched_yield();
        }
    }
    EXPECT_EQ(g_ticks, 3);
    wait_blocked(task);
    esp_deregister_freertos_tick_hook(on_tick);
    esp_deregister_freertos_idle_hook_for_cpu(on_idle, 1);
    advance_ticks(2);
    wait_blocked(task);
    EXPECT_EQ(g_ticks, 3);
    EXPECT_EQ(g_idle, 3);
}

TEST_F(Hooks, AreLimited) {
    EXPECT_EQ(esp_register_freertos_tick_hook_for_cpu(nullptr, 0), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_register_freertos_tick_hook_for_cpu(on_tick, 99), ESP_ERR_INVALID_ARG);
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(esp_register_freertos_idle_hook_for_cpu(on_idle, 0), ESP_OK);
    }
    EXPECT_EQ(esp_register_freertos_idle_hook_for_cpu(on_idle, 0), ESP_ERR_NO_MEM);
    EXPECT_EQ(esp_register_freertos_idle_hook_for_cpu(on_idle, 1), ESP_OK);
    for (int i = 0; i < 8; ++i) {
        esp_deregister_freertos_idle_hook(on_idle);
    }
}

}  // namespace
