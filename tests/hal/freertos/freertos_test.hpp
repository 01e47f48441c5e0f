#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <functional>

#include "board/board.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

/** A board of its own and a clock that is moved by hand. */
class FreeRtosTest : public testing::Test {
protected:
    void SetUp() override {
        hal::Board::reset_for_test(hal::Board::built_in_profile());
        hal::clock().set_manual();
        // To a tick's edge.
        hal::clock().advance_us(10000 - hal::clock().now_us() % 10000);
    }
    void TearDown() override {
        wait_for_end();
        hal::clock().restart();
    }

    static void advance_ticks(int ticks) { hal::clock().advance_us(int64_t{ticks} * 10000); }

    /** Runs `body` in a task of its own, which ends with it. */
    static TaskHandle_t start(std::function<void()> body, const char *name = "test", UBaseType_t priority = 5,
                              BaseType_t core = tskNO_AFFINITY) {
        auto *argument = new std::function<void()>(std::move(body));
        TaskHandle_t task = nullptr;
        EXPECT_EQ(xTaskCreatePinnedToCore(run, name, 4096, argument, priority, &task, core), pdPASS);
        return task;
    }

    static void wait_blocked(TaskHandle_t task) {
        while (eTaskGetState(task) != eBlocked) {
            sched_yield();
        }
    }

    static void wait_suspended(TaskHandle_t task) {
        while (eTaskGetState(task) != eSuspended) {
            sched_yield();
        }
    }

    /** Until no task of this test is left. (Tasks of the HAL stay; they block.) */
    static void wait_for_end() {
        while (xTaskGetHandle("test") != nullptr) {
            sched_yield();
        }
    }

private:
    static void run(void *argument) {
        auto *body = static_cast<std::function<void()> *>(argument);
        (*body)();
        delete body;
        vTaskDelete(nullptr);
    }
};
