#include <string>

#include "esp_heap_caps.h"
#include "freertos/message_buffer.h"
#include "freertos/stream_buffer.h"
#include "freertos_test.hpp"

namespace {

using StreamBuffers = FreeRtosTest;

TEST_F(StreamBuffers, BytesWrapAround) {
    StreamBufferHandle_t buffer = xStreamBufferCreate(5, 1);
    ASSERT_NE(buffer, nullptr);
    char text[8] = {};
    for (int round = 0; round < 7; ++round) {
        EXPECT_EQ(xStreamBufferSend(buffer, "abc", 3, 0), 3u);
        EXPECT_EQ(xStreamBufferReceive(buffer, text, 8, 0), 3u);
        EXPECT_EQ(std::string(text, 3), "abc");
    }
    EXPECT_EQ(xStreamBufferReceive(buffer, text, 8, 0), 0u);
    EXPECT_EQ(xStreamBufferSend(buffer, "1234567", 7, 0), 5u) << "what fits";
    EXPECT_EQ(xStreamBufferIsFull(buffer), pdTRUE);
    EXPECT_EQ(xStreamBufferSpacesAvailable(buffer), 0u);
    EXPECT_EQ(xStreamBufferSend(buffer, "8", 1, 0), 0u);
    EXPECT_EQ(xStreamBufferReceive(buffer, text, 2, 0), 2u);
    EXPECT_EQ(xStreamBufferBytesAvailable(buffer), 3u);
    EXPECT_EQ(xStreamBufferReset(buffer), pdPASS);
    EXPECT_EQ(xStreamBufferIsEmpty(buffer), pdTRUE);
    vStreamBufferDelete(buffer);
}

TEST_F(StreamBuffers, TheTriggerLevelWakes) {
    StreamBufferHandle_t buffer = xStreamBufferCreate(16, 4);
    char text[16];
    size_t received = 0;
    TaskHandle_t receiver = start([&] { received = xStreamBufferReceive(buffer, text, 16, portMAX_DELAY); });
    wait_blocked(receiver);
    for (const char *letter : {"a", "b", "c"}) {
        xStreamBufferSend(buffer, letter, 1, 0);
    }
    EXPECT_EQ(eTaskGetState(receiver), eBlocked);
    xStreamBufferSend(buffer, "d", 1, 0);
    wait_for_end();
    EXPECT_EQ(received, 4u);
    receiver = start([&] { received = xStreamBufferReceive(buffer, text, 16, 3); });
    wait_blocked(receiver);
    xStreamBufferSend(buffer, "x", 1, 0);
    advance_ticks(4);
    wait_for_end();
    EXPECT_EQ(received, 1u) << "below the level, but the time was up";
    xStreamBufferSend(buffer, "e", 1, 0);
    EXPECT_EQ(xStreamBufferReceive(buffer, text, 16, portMAX_DELAY), 1u) << "what is there comes at once";
    EXPECT_EQ(xStreamBufferSetTriggerLevel(buffer, 17), pdFALSE);
    EXPECT_EQ(xStreamBufferSetTriggerLevel(buffer, 16), pdTRUE);
    vStreamBufferDelete(buffer);
}

TEST_F(StreamBuffers, MessagesStayWhole) {
    MessageBufferHandle_t buffer = xMessageBufferCreate(20);
    EXPECT_EQ(xMessageBufferSend(buffer, "first", 5, 0), 5u);
    EXPECT_EQ(xMessageBufferSend(buffer, "second", 6, 0), 6u);
    EXPECT_EQ(xMessageBufferSpacesAvailable(buffer), 20u - 5 - 6 - 8);
    EXPECT_EQ(xMessageBufferIsFull(buffer), pdTRUE) << "not even a length fits";
    EXPECT_EQ(xMessageBufferSend(buffer, "x", 1, 0), 0u);
    EXPECT_EQ(xMessageBufferSend(buffer, "seventeen letters", 17, portMAX_DELAY), 0u) << "can never fit";
    EXPECT_EQ(xMessageBufferNextLengthBytes(buffer), 5u);
    char text[20];
    EXPECT_EQ(xMessageBufferReceive(buffer, text, 4, 0), 0u) << "too little room: the message stays";
    EXPECT_EQ(xMessageBufferReceive(buffer, text, 20, 0), 5u);
    EXPECT_EQ(std::string(text, 5), "first");
    EXPECT_EQ(xMessageBufferReceive(buffer, text, 20, 0), 6u);
    EXPECT_EQ(std::string(text, 6), "second");
    vMessageBufferDelete(buffer);
}

TEST_F(StreamBuffers, ASenderWaitsForRoom) {
    StreamBufferHandle_t buffer = xStreamBufferCreate(4, 1);
    xStreamBufferSend(buffer, "abcd", 4, 0);
    size_t sent = 0;
    TaskHandle_t sender = start([&] { sent = xStreamBufferSend(buffer, "ef", 2, portMAX_DELAY); });
    wait_blocked(sender);
    EXPECT_EQ(xStreamBufferReset(buffer), pdFAIL) << "a task waits";
    char text[4];
    xStreamBufferReceive(buffer, text, 1, 0);
    EXPECT_EQ(eTaskGetState(sender), eBlocked) << "one byte is not enough";
    xStreamBufferReceive(buffer, text, 1, 0);
    wait_for_end();
    EXPECT_EQ(sent, 2u);
    vStreamBufferDelete(buffer);
}

TEST_F(StreamBuffers, MemoryComesFromTheBoard) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    StreamBufferHandle_t buffer = xStreamBufferCreate(1000, 1);
    EXPECT_LE(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before - 1000);
    vStreamBufferDelete(buffer);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
    EXPECT_EQ(xStreamBufferCreate(0, 0), nullptr);
    EXPECT_EQ(xStreamBufferCreate(4, 5), nullptr);
    EXPECT_EQ(xMessageBufferCreate(4), nullptr);
    EXPECT_EQ(xStreamBufferCreate(size_t{1} << 40, 1), nullptr);
    static uint8_t storage[9];
    static StaticStreamBuffer_t control;
    buffer = xStreamBufferCreateStatic(8, 1, storage, &control);
    ASSERT_NE(buffer, nullptr);
    EXPECT_EQ(xStreamBufferSend(buffer, "12345678", 8, 0), 8u);
    vStreamBufferDelete(buffer);
}

}  // namespace
