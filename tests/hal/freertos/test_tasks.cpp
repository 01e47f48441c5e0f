#include <atomic>
#include <cstring>

#include "esp_cpu.h"
#include "esp_heap_caps.h"
#include "freertos/idf_additions.h"
#include "freertos/timers.h"
#include "freertos_test.hpp"

namespace {

using Tasks = FreeRtosTest;

TEST_F(Tasks, NamePriorityAndCore) {
    std::string name;
    UBaseType_t priority = 0;
    int core = -1;
    TaskHandle_t self = nullptr;
    SemaphoreHandle_t done = xSemaphoreCreateBinary();
    TaskHandle_t task = start(
        [&] {
            name = pcTaskGetName(nullptr);
            priority = uxTaskPriorityGet(nullptr);
            core = xPortGetCoreID();
            self = xTaskGetCurrentTaskHandle();
            vTaskPrioritySet(nullptr, 7);
            xSemaphoreGive(done);
            ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        },
        "test", 3, 1);
    xSemaphoreTake(done, portMAX_DELAY);
    EXPECT_EQ(name, "test");
    EXPECT_EQ(priority, 3u);
    EXPECT_EQ(core, 1);
    EXPECT_EQ(self, task);
    EXPECT_EQ(uxTaskPriorityGet(task), 7u);
    EXPECT_EQ(xTaskGetCoreID(task), 1);
    EXPECT_EQ(xTaskGetHandle("test"), task);
    EXPECT_EQ(xTaskGetHandle("nobody"), nullptr);
    char list[1024];
    vTaskList(list);
    EXPECT_NE(strstr(list, "test "), nullptr);
    xTaskNotifyGive(task);
    wait_for_end();
    vSemaphoreDelete(done);
}

TEST_F(Tasks, CreateRefusesWhatCannotBe) {
    EXPECT_EQ(xTaskCreate(nullptr, "none", 4096, nullptr, 1, nullptr), pdFAIL);
    EXPECT_EQ(xTaskCreatePinnedToCore([](void *) {}, "core", 4096, nullptr, 1, nullptr, 7), pdFAIL);
    EXPECT_EQ(xTaskCreate([](void *) {}, "large", 100 << 20, nullptr, 1, nullptr),
              errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY);
    EXPECT_EQ(xTaskCreateStatic([](void *) {}, "static", 4096, nullptr, 1, nullptr, nullptr), nullptr);
}

TEST_F(Tasks, StackComesFromInternalRamAndGoesBack) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    std::atomic<bool> go{false};
    TaskHandle_t task = start([&] { ulTaskNotifyTake(pdTRUE, portMAX_DELAY); });
    EXPECT_LE(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before - 4096);
    xTaskNotifyGive(task);
    wait_for_end();
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);

    const size_t psram = heap_caps_get_free_size(MALLOC_CAP_SPIRAM);
    ASSERT_EQ(xTaskCreateWithCaps(
                  [](void *argument) {
                      ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
                      *static_cast<std::atomic<bool> *>(argument) = true;
                      vTaskDeleteWithCaps(nullptr);
                  },
                  "test", 8192, &go, 1, &task, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT),
              pdPASS);
    EXPECT_LE(heap_caps_get_free_size(MALLOC_CAP_SPIRAM), psram - 8192);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
    xTaskNotifyGive(task);
    wait_for_end();
    EXPECT_TRUE(go);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_SPIRAM), psram);
}

TEST_F(Tasks, StaticTaskUsesNoHeap) {
    static StackType_t stack[4096];
    static StaticTask_t control;
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    std::atomic<bool> ran{false};
    TaskHandle_t task = xTaskCreateStatic(
        [](void *argument) {
            ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
            *static_cast<std::atomic<bool> *>(argument) = true;
            vTaskDelete(nullptr);
        },
        "test", sizeof(stack), &ran, 1, stack, &control);
    ASSERT_NE(task, nullptr);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
    xTaskNotifyGive(task);
    wait_for_end();
    EXPECT_TRUE(ran);
}

TEST_F(Tasks, DelayEndsAtATick) {
    std::atomic<int64_t> woken{-1};
    hal::clock().advance_us(3000);
    const int64_t start_us = hal::clock().now_us();
    TaskHandle_t task = start([&] {
        vTaskDelay(2);
        woken = hal::clock().now_us();
    });
    wait_blocked(task);
    hal::clock().advance_us(16999);
    EXPECT_EQ(eTaskGetState(task), eBlocked);
    hal::clock().advance_us(1);
    wait_for_end();
    EXPECT_EQ(woken - start_us, 17000);  // 3 ms into the first of two ticks
}

TEST_F(Tasks, DelayUntilKeepsThePeriod) {
    std::atomic<int> wakes{0};
    TickType_t last = 0;
    bool late = true;
    TaskHandle_t task = start([&] {
        last = xTaskGetTickCount();
        const TickType_t first = last;
        for (int i = 0; i < 3; ++i) {
            vTaskDelayUntil(&last, 5);
            ++wakes;
        }
        EXPECT_EQ(last, first + 15);
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        late = xTaskDelayUntil(&last, 1) == pdFALSE;
    });
    for (int i = 0; i < 3; ++i) {
        wait_blocked(task);
        advance_ticks(5);
        while (wakes != i + 1) {
            sched_yield();
        }
    }
    advance_ticks(10);
    xTaskNotifyGive(task);
    wait_for_end();
    EXPECT_TRUE(late);
}

TEST_F(Tasks, TicksFollowTheClock) {
    const TickType_t now = xTaskGetTickCount();
    advance_ticks(7);
    EXPECT_EQ(xTaskGetTickCount(), now + 7);
    EXPECT_EQ(pdMS_TO_TICKS(100), static_cast<TickType_t>(configTICK_RATE_HZ / 10));
    EXPECT_EQ(pdTICKS_TO_MS(configTICK_RATE_HZ), 1000u);
}

TEST_F(Tasks, AnotherTaskCanBeDeletedWhileItWaits) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    bool passed = false;
    static void (*body)(void *) = [](void *argument) {
        vTaskDelay(portMAX_DELAY);
        *static_cast<bool *>(argument) = true;
        vTaskDelete(nullptr);
    };
    TaskHandle_t task = nullptr;
    ASSERT_EQ(xTaskCreate(body, "victim", 4096, &passed, 1, &task), pdPASS);
    wait_blocked(task);
    vTaskDelete(task);
    while (heap_caps_get_free_size(MALLOC_CAP_INTERNAL) != before) {
        sched_yield();
    }
    EXPECT_FALSE(passed);
    EXPECT_EQ(xTaskGetHandle("victim"), nullptr);
}

TEST_F(Tasks, SuspendAndResume) {
    std::atomic<bool> passed{false};
    TaskHandle_t task = start([&] {
        vTaskSuspend(nullptr);
        passed = true;
    });
    wait_suspended(task);
    EXPECT_FALSE(passed);
    vTaskResume(task);
    wait_for_end();
    EXPECT_TRUE(passed);
}

TEST_F(Tasks, NotificationCounts) {
    std::atomic<uint32_t> first{0};
    std::atomic<uint32_t> second{0};
    std::atomic<uint32_t> third{99};
    SemaphoreHandle_t go = xSemaphoreCreateBinary();
    TaskHandle_t task = start([&] {
        xSemaphoreTake(go, portMAX_DELAY);
        first = ulTaskNotifyTake(pdFALSE, portMAX_DELAY);
        second = ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        third = ulTaskNotifyTake(pdTRUE, 0);
    });
    for (int i = 0; i < 3; ++i) {
        xTaskNotifyGive(task);
    }
    xSemaphoreGive(go);
    wait_for_end();
    EXPECT_EQ(first, 3u);
    EXPECT_EQ(second, 2u);
    EXPECT_EQ(third, 0u);
    vSemaphoreDelete(go);
}

TEST_F(Tasks, NotificationValues) {
    SemaphoreHandle_t step = xSemaphoreCreateBinary(), read = xSemaphoreCreateBinary();
    uint32_t value = 0;
    BaseType_t timed_out = pdTRUE;
    TaskHandle_t task = start([&] {
        xSemaphoreTake(step, portMAX_DELAY);
        xTaskNotifyWait(0, 0x0F, &value, portMAX_DELAY);
        xSemaphoreGive(read);
        timed_out = xTaskNotifyWait(0, 0, nullptr, 3);
    });
    EXPECT_EQ(xTaskNotify(task, 0x11, eSetBits), pdPASS);
    EXPECT_EQ(xTaskNotify(task, 0x22, eSetBits), pdPASS);
    EXPECT_EQ(xTaskNotify(task, 5, eSetValueWithoutOverwrite), pdFAIL);
    uint32_t previous = 0;
    EXPECT_EQ(xTaskNotifyAndQuery(task, 0x7A, eSetValueWithOverwrite, &previous), pdPASS);
    EXPECT_EQ(previous, 0x33u);
    xSemaphoreGive(step);
    xSemaphoreTake(read, portMAX_DELAY);  // past its first wait
    wait_blocked(task);
    EXPECT_EQ(value, 0x7Au);
    EXPECT_EQ(ulTaskNotifyValueClear(task, 0), 0x70u);  // bits cleared on exit
    advance_ticks(3);
    wait_for_end();
    EXPECT_EQ(timed_out, pdFALSE);
    vSemaphoreDelete(step);
    vSemaphoreDelete(read);
}

TEST_F(Tasks, StackUseIsMeasured) {
    UBaseType_t before = 0;
    UBaseType_t after = 0;
    TaskHandle_t task = nullptr;
    struct Marks {
        UBaseType_t *before;
        UBaseType_t *after;
    } marks = {&before, &after};
    ASSERT_EQ(xTaskCreate(
                  [](void *argument) {
                      const auto *m = static_cast<Marks *>(argument);
                      *m->before = uxTaskGetStackHighWaterMark(nullptr);
                      volatile uint8_t deep[20000];
                      for (volatile uint8_t &byte : deep) {
                          byte = 1;
                      }
                      *m->after = uxTaskGetStackHighWaterMark(nullptr);
                      vTaskDelete(nullptr);
                  },
                  "test", 65536, &marks, 1, &task),
              pdPASS);
    wait_for_end();
    EXPECT_LE(before, 65536u);
    EXPECT_GT(before, 20000u);
    EXPECT_LT(after, 65536u - 20000u);
    EXPECT_GT(after, 0u);
}

TEST_F(Tasks, CriticalSectionExcludesAndNests) {
    static portMUX_TYPE mux = portMUX_INITIALIZER_UNLOCKED;
    static int counter;
    counter = 0;
    constexpr int ROUNDS = 20000;
    const auto body = [] {
        for (int i = 0; i < ROUNDS; ++i) {
            portENTER_CRITICAL(&mux);
            taskENTER_CRITICAL(&mux);
            counter = counter + 1;
            taskEXIT_CRITICAL(&mux);
            portEXIT_CRITICAL(&mux);
        }
    };
    start(body);
    start(body);
    wait_for_end();
    EXPECT_EQ(counter, 2 * ROUNDS);
    EXPECT_EQ(portTRY_ENTER_CRITICAL(&mux, portMUX_TRY_LOCK), pdTRUE);
    BaseType_t other = pdTRUE;
    start([&] { other = portTRY_ENTER_CRITICAL(&mux, portMUX_TRY_LOCK); });
    wait_for_end();
    EXPECT_EQ(other, pdFALSE);
    portEXIT_CRITICAL(&mux);
}

TEST_F(Tasks, CyclesFollowTheBoardsClock) {
    const uint32_t before = esp_cpu_get_cycle_count();
    hal::clock().advance_us(100);
    EXPECT_EQ(esp_cpu_get_cycle_count() - before, 36000u);
    esp_cpu_set_cycle_count(7);
    EXPECT_EQ(esp_cpu_get_cycle_count(), 7u);
    hal::clock().advance_us(100);
    EXPECT_EQ(esp_cpu_get_cycle_count(), 36007u);
}

TEST_F(Tasks, WhatOnlyACoreOfAChipCanDoIsSaid) {
    esp_cpu_stall(1);
    esp_cpu_unstall(1);
    if (!esp_cpu_dbgr_is_attached()) {
        esp_cpu_dbgr_break();  // this test goes on
    }
    int watched = 0;
    EXPECT_EQ(esp_cpu_set_watchpoint(0, &watched, sizeof(watched), ESP_CPU_WATCHPOINT_STORE), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_cpu_clear_watchpoint(0), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_cpu_set_breakpoint(0, nullptr), ESP_ERR_NOT_SUPPORTED);
    EXPECT_EQ(esp_cpu_clear_breakpoint(0), ESP_ERR_NOT_SUPPORTED);
}

TEST_F(Tasks, SoftwareTimers) {
    static SemaphoreHandle_t fired;
    fired = xSemaphoreCreateCounting(100, 0);
    int id = 42;
    EXPECT_EQ(xTimerCreate("bad", 0, pdTRUE, nullptr, [](TimerHandle_t) {}), nullptr);
    TimerHandle_t timer = xTimerCreate("tick", 10, pdTRUE, &id, [](TimerHandle_t t) {
        EXPECT_STREQ(pcTaskGetName(nullptr), "Tmr Svc");
        EXPECT_EQ(*static_cast<int *>(pvTimerGetTimerID(t)), 42);
        xSemaphoreGive(fired);
    });
    EXPECT_FALSE(xTimerIsTimerActive(timer));
    EXPECT_EQ(xTimerStart(timer, 0), pdPASS);
    EXPECT_TRUE(xTimerIsTimerActive(timer));
    EXPECT_EQ(xTimerGetPeriod(timer), 10u);
    advance_ticks(10);
    xSemaphoreTake(fired, portMAX_DELAY);
    advance_ticks(10);
    xSemaphoreTake(fired, portMAX_DELAY);
    EXPECT_EQ(xTimerChangePeriod(timer, 3, 0), pdPASS);
    vTimerSetReloadMode(timer, pdFALSE);
    advance_ticks(3);
    xSemaphoreTake(fired, portMAX_DELAY);
    EXPECT_FALSE(xTimerIsTimerActive(timer));
    advance_ticks(10);
    EXPECT_EQ(uxSemaphoreGetCount(fired), 0u);
    EXPECT_EQ(xTimerDelete(timer, 0), pdPASS);
    vSemaphoreDelete(fired);
}

}  // namespace
