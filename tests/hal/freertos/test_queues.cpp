#include <vector>

#include "esp_heap_caps.h"
#include "freertos/queue.h"
#include "freertos_test.hpp"

namespace {

using Queues = FreeRtosTest;

TEST_F(Queues, FirstInFirstOut) {
    QueueHandle_t queue = xQueueCreate(3, sizeof(int));
    int value = 0;
    EXPECT_EQ(xQueueReceive(queue, &value, 0), errQUEUE_EMPTY);
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(xQueueSend(queue, &i, 0), pdTRUE);
    }
    int more = 4;
    EXPECT_EQ(xQueueSend(queue, &more, 0), errQUEUE_FULL);
    EXPECT_EQ(uxQueueMessagesWaiting(queue), 3u);
    EXPECT_EQ(uxQueueSpacesAvailable(queue), 0u);
    EXPECT_EQ(xQueuePeek(queue, &value, 0), pdTRUE);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(xQueueReceive(queue, &value, 0), pdTRUE);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(xQueueSendToFront(queue, &more, 0), pdTRUE);
    std::vector<int> rest;
    while (xQueueReceive(queue, &value, 0) == pdTRUE) {
        rest.push_back(value);
    }
    EXPECT_THAT(rest, testing::ElementsAre(4, 2, 3));
    xQueueSend(queue, &more, 0);
    EXPECT_EQ(xQueueReset(queue), pdPASS);
    EXPECT_EQ(uxQueueMessagesWaiting(queue), 0u);
    vQueueDelete(queue);
}

TEST_F(Queues, OverwriteKeepsTheLast) {
    QueueHandle_t queue = xQueueCreate(1, sizeof(int));
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(xQueueOverwrite(queue, &i), pdTRUE);
    }
    int value = 0;
    xQueueReceive(queue, &value, 0);
    EXPECT_EQ(value, 3);
    vQueueDelete(queue);
}

TEST_F(Queues, MemoryComesFromTheBoard) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    QueueHandle_t queue = xQueueCreate(100, 40);
    EXPECT_LE(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before - 4000);
    vQueueDelete(queue);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
    EXPECT_EQ(xQueueCreate(1000000, 1000), nullptr);
    EXPECT_EQ(xQueueCreate(0, 4), nullptr);
    static uint8_t storage[16];
    static StaticQueue_t control;
    queue = xQueueCreateStatic(4, 4, storage, &control);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
    const uint32_t value = 0x01020304;
    xQueueSend(queue, &value, 0);
    EXPECT_EQ(storage[0], 4);
    vQueueDelete(queue);
}

TEST_F(Queues, SenderAndReceiverWaitForEachOther) {
    QueueHandle_t queue = xQueueCreate(2, sizeof(int));
    std::vector<int> got;
    TaskHandle_t sender = start([&] {
        for (int i = 0; i < 1000; ++i) {
            EXPECT_EQ(xQueueSend(queue, &i, portMAX_DELAY), pdTRUE);
        }
    });
    (void)sender;
    for (int i = 0; i < 1000; ++i) {
        int value = -1;
        EXPECT_EQ(xQueueReceive(queue, &value, portMAX_DELAY), pdTRUE);
        got.push_back(value);
    }
    wait_for_end();
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(got[i], i);
    }
    vQueueDelete(queue);
}

TEST_F(Queues, WaitsEndAtTheirTime) {
    QueueHandle_t queue = xQueueCreate(1, sizeof(int));
    BaseType_t result = pdTRUE;
    int64_t waited = 0;
    TaskHandle_t task = start([&] {
        int value;
        const int64_t begin = hal::clock().now_us();
        result = xQueueReceive(queue, &value, 5);
        waited = hal::clock().now_us() - begin;
    });
    wait_blocked(task);
    advance_ticks(4);
    EXPECT_EQ(eTaskGetState(task), eBlocked);
    advance_ticks(1);
    wait_for_end();
    EXPECT_EQ(result, errQUEUE_EMPTY);
    EXPECT_EQ(waited, 50000);
    vQueueDelete(queue);
}

TEST_F(Queues, TheTaskOfHighestPriorityIsServedFirst) {
    QueueHandle_t queue = xQueueCreate(3, sizeof(int));
    SemaphoreHandle_t done = xSemaphoreCreateCounting(3, 0);
    int got[3] = {};
    TaskHandle_t tasks[3];
    const UBaseType_t priorities[3] = {2, 9, 5};
    for (int i = 0; i < 3; ++i) {
        tasks[i] = start(
            [&, i] {
                xQueueReceive(queue, &got[i], portMAX_DELAY);
                xSemaphoreGive(done);
            },
            "test", priorities[i]);
        wait_blocked(tasks[i]);
    }
    for (int value : {1, 2, 3}) {
        xQueueSend(queue, &value, 0);
        xSemaphoreTake(done, portMAX_DELAY);
    }
    wait_for_end();
    EXPECT_THAT(got, testing::ElementsAre(3, 1, 2));
    vQueueDelete(queue);
    vSemaphoreDelete(done);
}

TEST_F(Queues, BinaryAndCountingSemaphores) {
    SemaphoreHandle_t binary = xSemaphoreCreateBinary();
    EXPECT_EQ(xSemaphoreTake(binary, 0), pdFALSE);
    EXPECT_EQ(xSemaphoreGive(binary), pdTRUE);
    EXPECT_EQ(xSemaphoreGive(binary), pdFALSE);
    EXPECT_EQ(xSemaphoreTake(binary, 0), pdTRUE);
    vSemaphoreDelete(binary);

    SemaphoreHandle_t counting = xSemaphoreCreateCounting(3, 2);
    EXPECT_EQ(uxSemaphoreGetCount(counting), 2u);
    EXPECT_EQ(xSemaphoreGive(counting), pdTRUE);
    EXPECT_EQ(xSemaphoreGive(counting), pdFALSE);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(xSemaphoreTake(counting, 0), pdTRUE);
    }
    EXPECT_EQ(xSemaphoreTake(counting, 0), pdFALSE);
    EXPECT_EQ(xSemaphoreCreateCounting(1, 2), nullptr);
    vSemaphoreDelete(counting);
}

TEST_F(Queues, MutexBelongsToItsTaker) {
    StaticSemaphore_t buffer;
    SemaphoreHandle_t mutex = xSemaphoreCreateMutexStatic(&buffer);
    EXPECT_EQ(xSemaphoreGetMutexHolder(mutex), nullptr);
    EXPECT_EQ(xSemaphoreTake(mutex, 0), pdTRUE);
    EXPECT_EQ(xSemaphoreGetMutexHolder(mutex), xTaskGetCurrentTaskHandle());
    EXPECT_EQ(xSemaphoreTake(mutex, 0), pdFALSE);
    BaseType_t given = pdTRUE;
    BaseType_t taken = pdTRUE;
    start([&] {
        given = xSemaphoreGive(mutex);
        taken = xSemaphoreTake(mutex, 0);
    });
    wait_for_end();
    EXPECT_EQ(given, pdFALSE);
    EXPECT_EQ(taken, pdFALSE);
    EXPECT_EQ(xSemaphoreGive(mutex), pdTRUE);
    EXPECT_EQ(xSemaphoreGive(mutex), pdFALSE);
    vSemaphoreDelete(mutex);
}

TEST_F(Queues, RecursiveMutexCountsItsTakes) {
    SemaphoreHandle_t mutex = xSemaphoreCreateRecursiveMutex();
    EXPECT_EQ(xSemaphoreTakeRecursive(mutex, 0), pdTRUE);
    EXPECT_EQ(xSemaphoreTakeRecursive(mutex, 0), pdTRUE);
    EXPECT_EQ(xSemaphoreGiveRecursive(mutex), pdTRUE);
    BaseType_t other = pdTRUE;
    BaseType_t given = pdTRUE;
    start([&] {
        other = xSemaphoreTakeRecursive(mutex, 0);
        given = xSemaphoreGiveRecursive(mutex);
    });
    wait_for_end();
    EXPECT_EQ(other, pdFALSE);
    EXPECT_EQ(given, pdFALSE);
    EXPECT_EQ(xSemaphoreGiveRecursive(mutex), pdTRUE);
    EXPECT_EQ(xSemaphoreGiveRecursive(mutex), pdFALSE);
    vSemaphoreDelete(mutex);
}

TEST_F(Queues, MutexExcludes) {
    SemaphoreHandle_t mutex = xSemaphoreCreateMutex();
    int counter = 0;
    const auto body = [&] {
        for (int i = 0; i < 2000; ++i) {
            xSemaphoreTake(mutex, portMAX_DELAY);
            counter = counter + 1;
            xSemaphoreGive(mutex);
        }
    };
    start(body);
    start(body);
    start(body);
    wait_for_end();
    EXPECT_EQ(counter, 6000);
    vSemaphoreDelete(mutex);
}

}  // namespace
