#include "freertos/event_groups.h"

#include "esp_heap_caps.h"
#include "freertos_test.hpp"

namespace {

class EventGroups : public FreeRtosTest {
protected:
    void SetUp() override {
        FreeRtosTest::SetUp();
        xTaskGetCurrentTaskHandle();  // the test's own thread is a task from now on
        m_system_tasks = uxTaskGetNumberOfTasks() - 1;
    }
    UBaseType_t system_tasks() const { return m_system_tasks; }

private:
    UBaseType_t m_system_tasks = 0;
};

TEST_F(EventGroups, SetGetClear) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    EventGroupHandle_t group = xEventGroupCreate();
    EXPECT_EQ(xEventGroupGetBits(group), 0u);
    EXPECT_EQ(xEventGroupSetBits(group, 0x5), 0x5u);
    EXPECT_EQ(xEventGroupSetBits(group, 0x2), 0x7u);
    EXPECT_EQ(xEventGroupClearBits(group, 0x4), 0x7u);
    EXPECT_EQ(xEventGroupGetBits(group), 0x3u);
    EXPECT_EQ(xEventGroupSetBits(group, 0xFF000000), 0x3u);  // the upper eight are not for use
    vEventGroupDelete(group);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
}

TEST_F(EventGroups, WaitForAnyAndAll) {
    EventGroupHandle_t group = xEventGroupCreate();
    xEventGroupSetBits(group, 0x1);
    EXPECT_EQ(xEventGroupWaitBits(group, 0x3, pdFALSE, pdFALSE, 0), 0x1u);
    EXPECT_EQ(xEventGroupWaitBits(group, 0x3, pdTRUE, pdTRUE, 0), 0x1u);  // not all: nothing is cleared
    EXPECT_EQ(xEventGroupGetBits(group), 0x1u);

    EventBits_t all = 0;
    EventBits_t any = 0;
    TaskHandle_t first = start([&] { all = xEventGroupWaitBits(group, 0x6, pdTRUE, pdTRUE, portMAX_DELAY); });
    TaskHandle_t second = start([&] { any = xEventGroupWaitBits(group, 0x14, pdFALSE, pdFALSE, portMAX_DELAY); });
    wait_blocked(first);
    wait_blocked(second);
    xEventGroupSetBits(group, 0x2);
    xEventGroupSetBits(group, 0x4);
    wait_for_end();
    EXPECT_EQ(all, 0x7u);
    EXPECT_EQ(any, 0x7u);  // saw the bit although the other cleared it
    EXPECT_EQ(xEventGroupGetBits(group), 0x1u);
    vEventGroupDelete(group);
}

TEST_F(EventGroups, TimeIsUp) {
    EventGroupHandle_t group = xEventGroupCreate();
    EventBits_t seen = 99;
    TaskHandle_t task = start([&] { seen = xEventGroupWaitBits(group, 0x3, pdTRUE, pdTRUE, 4); });
    wait_blocked(task);
    xEventGroupSetBits(group, 0x1);
    advance_ticks(4);
    wait_for_end();
    EXPECT_EQ(seen, 0x1u);
    EXPECT_EQ(xEventGroupGetBits(group), 0x1u);
    vEventGroupDelete(group);
}

TEST_F(EventGroups, ADeletedTaskIsNoLongerServed) {
    EventGroupHandle_t group = xEventGroupCreate();
    static EventGroupHandle_t shared;
    shared = group;
    TaskHandle_t task = nullptr;
    ASSERT_EQ(xTaskCreate(
                  [](void *) {
                      xEventGroupWaitBits(shared, 0x1, pdTRUE, pdTRUE, portMAX_DELAY);
                      vTaskDelete(nullptr);
                  },
                  "test", 4096, nullptr, 1, &task),
              pdPASS);
    wait_blocked(task);
    vTaskDelete(task);
    while (uxTaskGetNumberOfTasks() != 1 + system_tasks()) {
        sched_yield();
    }
    EXPECT_EQ(xEventGroupSetBits(group, 0x1), 0x1u);  // nobody took it
    vEventGroupDelete(group);
}

TEST_F(EventGroups, TasksMeet) {
    EventGroupHandle_t group = xEventGroupCreate();
    EventBits_t seen[3] = {};
    for (int i = 0; i < 3; ++i) {
        start([&, i] { seen[i] = xEventGroupSync(group, 1u << i, 0x7, portMAX_DELAY); });
    }
    wait_for_end();
    for (EventBits_t bits : seen) {
        EXPECT_EQ(bits & 0x7u, 0x7u);
    }
    EXPECT_EQ(xEventGroupGetBits(group), 0u);
    vEventGroupDelete(group);
}

}  // namespace
