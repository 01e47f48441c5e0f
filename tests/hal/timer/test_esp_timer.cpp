// Time is moved by hand: no test waits for the PC's clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

namespace {

struct Record {
    SemaphoreHandle_t fired = xSemaphoreCreateCounting(1000, 0);
    std::mutex mutex;
    std::vector<int64_t> times;
    std::vector<std::string> tasks;
    esp_timer_handle_t timer = nullptr;
    bool stop_itself = false;

    ~Record() { vSemaphoreDelete(fired); }

    static void callback(void *argument) {
        auto *record = static_cast<Record *>(argument);
        {
            std::lock_guard<std::mutex> guard(record->mutex);
            record->times.push_back(esp_timer_get_time());
            record->tasks.push_back(pcTaskGetName(nullptr));
        }
        if (record->stop_itself) {
            esp_timer_stop(record->timer);
        }
        xSemaphoreGive(record->fired);
    }

    void create(bool skip = false) {
        const esp_timer_create_args_t args = {callback, this, ESP_TIMER_TASK, "test", skip};
        ASSERT_EQ(esp_timer_create(&args, &timer), ESP_OK);
    }

    void wait(int count = 1) {
        for (int i = 0; i < count; ++i) {
            xSemaphoreTake(fired, portMAX_DELAY);
        }
    }

    size_t count() { return uxSemaphoreGetCount(fired); }
};

class EspTimer : public testing::Test {
protected:
    void SetUp() override {
        hal::Board::reset_for_test(hal::Board::built_in_profile());
        hal::clock().set_manual();
    }
    void TearDown() override { hal::clock().restart(); }
    static void advance(int64_t us) { hal::clock().advance_us(us); }
};

TEST_F(EspTimer, TimeIsMicrosecondsSinceBoot) {
    const int64_t start = esp_timer_get_time();
    EXPECT_GE(start, 0);
    advance(1234567);
    EXPECT_EQ(esp_timer_get_time(), start + 1234567);
}

TEST_F(EspTimer, OneShotFiresOnceInTheTimerTask) {
    Record record;
    record.create();
    const int64_t start = esp_timer_get_time();
    EXPECT_EQ(esp_timer_start_once(record.timer, 1000), ESP_OK);
    EXPECT_TRUE(esp_timer_is_active(record.timer));
    uint64_t expiry = 0;
    EXPECT_EQ(esp_timer_get_expiry_time(record.timer, &expiry), ESP_OK);
    EXPECT_EQ(expiry, static_cast<uint64_t>(start + 1000));
    EXPECT_EQ(esp_timer_get_next_alarm(), start + 1000);
    advance(999);
    EXPECT_EQ(record.count(), 0u);
    advance(1);
    record.wait();
    EXPECT_FALSE(esp_timer_is_active(record.timer));
    EXPECT_THAT(record.times, testing::ElementsAre(start + 1000));
    EXPECT_THAT(record.tasks, testing::ElementsAre("esp_timer"));
    EXPECT_EQ(esp_timer_get_next_alarm(), INT64_MAX);
    EXPECT_EQ(esp_timer_delete(record.timer), ESP_OK);
}

TEST_F(EspTimer, PeriodicCatchesUpUnlessToldToSkip) {
    Record all;
    Record skipping;
    all.create();
    skipping.create(true);
    esp_timer_start_periodic(all.timer, 1000);
    esp_timer_start_periodic(skipping.timer, 1000);
    uint64_t period = 0;
    EXPECT_EQ(esp_timer_get_period(all.timer, &period), ESP_OK);
    EXPECT_EQ(period, 1000u);
    uint64_t expiry = 0;
    EXPECT_EQ(esp_timer_get_expiry_time(all.timer, &expiry), ESP_ERR_NOT_SUPPORTED);
    advance(1000);
    all.wait();
    skipping.wait();
    advance(4000);  // four periods at once
    all.wait(4);
    skipping.wait();
    advance(1000);
    all.wait();
    skipping.wait();
    EXPECT_EQ(esp_timer_stop(all.timer), ESP_OK);
    EXPECT_EQ(esp_timer_stop(skipping.timer), ESP_OK);
    EXPECT_EQ(all.times.size(), 6u);
    EXPECT_EQ(skipping.times.size(), 3u);
    EXPECT_EQ(esp_timer_delete(all.timer), ESP_OK);
    EXPECT_EQ(esp_timer_delete(skipping.timer), ESP_OK);
}

TEST_F(EspTimer, TheEarlierAlarmComesFirst) {
    Record late;
    Record early;
    late.create();
    early.create();
    esp_timer_start_once(late.timer, 2000);
    esp_timer_start_once(early.timer, 1000);
    advance(1500);
    early.wait();
    EXPECT_EQ(late.count(), 0u);
    advance(500);
    late.wait();
    esp_timer_delete(late.timer);
    esp_timer_delete(early.timer);
}

TEST_F(EspTimer, StatesThatDoNotAllowTheCall) {
    Record record;
    esp_timer_create_args_t args = {Record::callback, &record, ESP_TIMER_TASK, nullptr, false};
    EXPECT_EQ(esp_timer_create(nullptr, &record.timer), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_timer_create(&args, nullptr), ESP_ERR_INVALID_ARG);
    args.callback = nullptr;
    EXPECT_EQ(esp_timer_create(&args, &record.timer), ESP_ERR_INVALID_ARG);
    record.create();
    EXPECT_EQ(esp_timer_stop(record.timer), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_timer_restart(record.timer, 10), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_timer_start_once(record.timer, 1000), ESP_OK);
    EXPECT_EQ(esp_timer_start_once(record.timer, 1000), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_timer_start_periodic(record.timer, 1000), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_timer_delete(record.timer), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_timer_stop(record.timer), ESP_OK);
    EXPECT_EQ(esp_timer_delete(record.timer), ESP_OK);
    EXPECT_EQ(esp_timer_start_once(nullptr, 1), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_timer_stop(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_timer_delete(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_FALSE(esp_timer_is_active(nullptr));
    EXPECT_EQ(record.count(), 0u);
}

TEST_F(EspTimer, RestartMovesTheAlarm) {
    Record record;
    record.create();
    esp_timer_start_once(record.timer, 1000);
    advance(900);
    EXPECT_EQ(esp_timer_restart(record.timer, 1000), ESP_OK);
    advance(900);
    EXPECT_EQ(record.count(), 0u);
    advance(100);
    record.wait();
    esp_timer_delete(record.timer);
}

TEST_F(EspTimer, ACallbackMayStopItsOwnTimer) {
    Record record;
    record.stop_itself = true;
    record.create();
    esp_timer_start_periodic(record.timer, 100);
    advance(1000);
    record.wait();
    EXPECT_FALSE(esp_timer_is_active(record.timer));
    advance(1000);
    EXPECT_EQ(record.count(), 0u);
    EXPECT_EQ(esp_timer_delete(record.timer), ESP_OK);
}

}  // namespace
