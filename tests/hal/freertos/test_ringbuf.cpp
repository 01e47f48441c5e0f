#include <deque>
#include <random>
#include <string>

#include "esp_heap_caps.h"
#include "freertos/ringbuf.h"
#include "freertos_test.hpp"

namespace {

using Ringbuf = FreeRtosTest;

std::string received(RingbufHandle_t buffer, bool give_back = true) {
    size_t size = 0;
    void *item = xRingbufferReceive(buffer, &size, 0);
    if (item == nullptr) {
        return "-";
    }
    const std::string text(static_cast<char *>(item), size);
    if (give_back) {
        vRingbufferReturnItem(buffer, item);
    }
    return text;
}

TEST_F(Ringbuf, ItemsInOnePiece) {
    RingbufHandle_t buffer = xRingbufferCreate(64, RINGBUF_TYPE_NOSPLIT);
    ASSERT_NE(buffer, nullptr);
    EXPECT_EQ(xRingbufferGetMaxItemSize(buffer), 24u);
    EXPECT_EQ(xRingbufferSend(buffer, std::string(25, 'x').data(), 25, portMAX_DELAY), pdFALSE);
    EXPECT_EQ(xRingbufferSend(buffer, std::string(24, 'a').data(), 24, 0), pdTRUE);
    EXPECT_EQ(xRingbufferSend(buffer, "b", 1, 0), pdTRUE);
    EXPECT_EQ(xRingbufferSend(buffer, std::string(16, 'c').data(), 16, 0), pdFALSE)
        << "20 bytes are left, in one piece";
    EXPECT_EQ(xRingbufferGetCurFreeSize(buffer), 12u);
    size_t size = 0;
    void *first = xRingbufferReceive(buffer, &size, 0);
    EXPECT_EQ(size, 24u);
    void *second = xRingbufferReceive(buffer, &size, 0);
    EXPECT_EQ(size, 1u);
    vRingbufferReturnItem(buffer, second);
    EXPECT_EQ(xRingbufferSend(buffer, std::string(24, 'c').data(), 24, 0), pdFALSE) << "the first is not returned yet";
    EXPECT_EQ(std::string(static_cast<char *>(first), 24), std::string(24, 'a'));
    vRingbufferReturnItem(buffer, first);
    EXPECT_EQ(xRingbufferSend(buffer, std::string(24, 'c').data(), 24, 0), pdTRUE) << "at the beginning";
    EXPECT_EQ(received(buffer), std::string(24, 'c'));
    EXPECT_EQ(received(buffer), "-");
    EXPECT_EQ(xRingbufferSend(buffer, nullptr, 0, 0), pdTRUE);
    EXPECT_EQ(received(buffer), "");
    vRingbufferDelete(buffer);
}

TEST_F(Ringbuf, AnItemIsFilledInPlace) {
    RingbufHandle_t buffer = xRingbufferCreateNoSplit(10, 4);
    void *one = nullptr;
    void *two = nullptr;
    ASSERT_EQ(xRingbufferSendAcquire(buffer, &one, 10, 0), pdTRUE);
    ASSERT_EQ(xRingbufferSendAcquire(buffer, &two, 3, 0), pdTRUE);
    memcpy(two, "two", 3);
    EXPECT_EQ(xRingbufferSendComplete(buffer, two), pdTRUE);
    EXPECT_EQ(received(buffer), "-") << "the one before it is not complete";
    EXPECT_EQ(vRingbufferReset(buffer), ESP_ERR_INVALID_STATE);
    memcpy(one, "0123456789", 10);
    EXPECT_EQ(xRingbufferSendComplete(buffer, one), pdTRUE);
    EXPECT_EQ(xRingbufferSendComplete(buffer, one), pdFALSE);
    UBaseType_t waiting = 0;
    vRingbufferGetInfo(buffer, nullptr, nullptr, nullptr, nullptr, &waiting);
    EXPECT_EQ(waiting, 2u);
    EXPECT_EQ(received(buffer), "0123456789");
    EXPECT_EQ(received(buffer), "two");
    vRingbufferDelete(buffer);
}

TEST_F(Ringbuf, ItemsInTwoPieces) {
    RingbufHandle_t buffer = xRingbufferCreate(64, RINGBUF_TYPE_ALLOWSPLIT);
    EXPECT_EQ(xRingbufferGetMaxItemSize(buffer), 48u);
    std::string text(28, 'a');
    void *head, *tail;
    size_t head_size = 0, tail_size = 0;
    ASSERT_EQ(xRingbufferSend(buffer, text.data(), 28, 0), pdTRUE);
    ASSERT_EQ(xRingbufferReceiveSplit(buffer, &head, &tail, &head_size, &tail_size, 0), pdTRUE);
    EXPECT_EQ(tail, nullptr);
    EXPECT_EQ(head_size, 28u);
    vRingbufferReturnItem(buffer, head);
    text = "0123456789abcdefghijklmnopqrstuvwxyz";
    ASSERT_EQ(xRingbufferSend(buffer, text.data(), text.size(), 0), pdTRUE);
    EXPECT_EQ(xRingbufferReceive(buffer, &head_size, 0), nullptr) << "wrong function for the type";
    ASSERT_EQ(xRingbufferReceiveSplit(buffer, &head, &tail, &head_size, &tail_size, 0), pdTRUE);
    ASSERT_NE(tail, nullptr);
    EXPECT_EQ(std::string(static_cast<char *>(head), head_size) + std::string(static_cast<char *>(tail), tail_size),
              text);
    vRingbufferReturnItem(buffer, head);
    vRingbufferReturnItem(buffer, tail);
    EXPECT_EQ(xRingbufferGetCurFreeSize(buffer), 48u);
    vRingbufferDelete(buffer);
}

TEST_F(Ringbuf, Bytes) {
    RingbufHandle_t buffer = xRingbufferCreate(10, RINGBUF_TYPE_BYTEBUF);
    EXPECT_EQ(xRingbufferGetMaxItemSize(buffer), 10u);
    EXPECT_EQ(xRingbufferSend(buffer, "abc", 3, 0), pdTRUE);
    EXPECT_EQ(xRingbufferSend(buffer, "defg", 4, 0), pdTRUE);
    EXPECT_EQ(xRingbufferSend(buffer, "hijk", 4, 0), pdFALSE);
    size_t size = 0;
    void *two = xRingbufferReceiveUpTo(buffer, &size, 0, 2);
    EXPECT_EQ(std::string(static_cast<char *>(two), size), "ab");
    EXPECT_EQ(xRingbufferReceive(buffer, &size, 0), nullptr) << "others are not returned yet";
    vRingbufferReturnItem(buffer, two);
    EXPECT_EQ(xRingbufferSend(buffer, "hijkl", 5, 0), pdTRUE);
    EXPECT_EQ(xRingbufferGetCurFreeSize(buffer), 0u);
    EXPECT_EQ(received(buffer), "cdefghij") << "up to the end of the storage";
    EXPECT_EQ(received(buffer), "kl");
    vRingbufferDelete(buffer);
}

TEST_F(Ringbuf, WaitsForRoomAndForItems) {
    RingbufHandle_t buffer = xRingbufferCreate(4, RINGBUF_TYPE_BYTEBUF);
    std::string text;
    TaskHandle_t task = start([&] {
        size_t size = 0;
        void *item = xRingbufferReceive(buffer, &size, portMAX_DELAY);
        text.assign(static_cast<char *>(item), size);
        vRingbufferReturnItem(buffer, item);
    });
    wait_blocked(task);
    xRingbufferSend(buffer, "abcd", 4, 0);
    wait_for_end();
    EXPECT_EQ(text, "abcd");
    xRingbufferSend(buffer, "efgh", 4, 0);
    BaseType_t sent = pdFALSE;
    task = start([&] { sent = xRingbufferSend(buffer, "i", 1, portMAX_DELAY); });
    wait_blocked(task);
    EXPECT_EQ(received(buffer), "efgh");
    wait_for_end();
    EXPECT_EQ(sent, pdTRUE);
    task = start([&] { sent = xRingbufferSend(buffer, "abcd", 4, 2); });
    wait_blocked(task);
    advance_ticks(3);
    wait_for_end();
    EXPECT_EQ(sent, pdFALSE);
    vRingbufferDelete(buffer);
}

/** Random traffic against a list of what is inside. */
TEST_F(Ringbuf, WhatGoesInComesOut) {
    std::mt19937 random(7);
    for (const RingbufferType_t type : {RINGBUF_TYPE_NOSPLIT, RINGBUF_TYPE_ALLOWSPLIT, RINGBUF_TYPE_BYTEBUF}) {
        RingbufHandle_t buffer = xRingbufferCreate(96, type);
        std::deque<std::string> inside;
        std::string bytes;  // of BYTEBUF
        uint8_t next = 0;
        int sent = 0;
        for (int step = 0; step < 4000; ++step) {
            if (random() % 2 == 0) {
                std::string item(random() % 45, '\0');
                for (char &c : item) {
                    c = static_cast<char>(next++);
                }
                const size_t room = xRingbufferGetCurFreeSize(buffer);
                const BaseType_t done = item.size() > xRingbufferGetMaxItemSize(buffer)
                                            ? pdFALSE
                                            : xRingbufferSend(buffer, item.data(), item.size(), 0);
                if (!item.empty()) {
                    EXPECT_EQ(done == pdTRUE, item.size() <= room) << type << " " << item.size() << " " << room;
                }
                if (done == pdTRUE) {
                    ++sent;
                    inside.push_back(item);
                    bytes += item;
                }
                continue;
            }
            void *head = nullptr;
            void *tail = nullptr;
            size_t head_size = 0, tail_size = 0;
            if (type == RINGBUF_TYPE_ALLOWSPLIT) {
                xRingbufferReceiveSplit(buffer, &head, &tail, &head_size, &tail_size, 0);
            } else if (type == RINGBUF_TYPE_BYTEBUF) {
                head = xRingbufferReceiveUpTo(buffer, &head_size, 0, 1 + random() % 60);
            } else {
                head = xRingbufferReceive(buffer, &head_size, 0);
            }
            if (head == nullptr) {
                EXPECT_TRUE(type == RINGBUF_TYPE_BYTEBUF ? bytes.empty() : inside.empty());
                continue;
            }
            std::string text(static_cast<char *>(head), head_size);
            if (tail != nullptr) {
                text.append(static_cast<char *>(tail), tail_size);
            }
            if (type == RINGBUF_TYPE_BYTEBUF) {
                ASSERT_EQ(text, bytes.substr(0, text.size()));
                bytes.erase(0, text.size());
            } else {
                ASSERT_EQ(text, inside.front());
                inside.pop_front();
            }
            vRingbufferReturnItem(buffer, head);
            if (tail != nullptr) {
                vRingbufferReturnItem(buffer, tail);
            }
        }
        EXPECT_GT(sent, 500);
        vRingbufferDelete(buffer);
    }
}

TEST_F(Ringbuf, MemoryComesFromTheBoard) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_INTERNAL);
    RingbufHandle_t buffer = xRingbufferCreate(1000, RINGBUF_TYPE_BYTEBUF);
    EXPECT_LE(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before - 1000);
    vRingbufferDelete(buffer);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_INTERNAL), before);
    EXPECT_EQ(xRingbufferCreate(0, RINGBUF_TYPE_BYTEBUF), nullptr);
    EXPECT_EQ(xRingbufferCreate(SIZE_MAX, RINGBUF_TYPE_NOSPLIT), nullptr);
    EXPECT_EQ(xRingbufferCreateNoSplit(SIZE_MAX, SIZE_MAX), nullptr);
    EXPECT_EQ(xRingbufferCreate(16, RINGBUF_TYPE_MAX), nullptr);
    static uint8_t storage[30];
    static StaticRingbuffer_t control;
    EXPECT_EQ(xRingbufferCreateStatic(30, RINGBUF_TYPE_NOSPLIT, storage, &control), nullptr);
    EXPECT_EQ(xRingbufferCreateStatic(30, RINGBUF_TYPE_BYTEBUF, nullptr, &control), nullptr);
    buffer = xRingbufferCreateStatic(30, RINGBUF_TYPE_BYTEBUF, storage, &control);
    ASSERT_NE(buffer, nullptr);
    vRingbufferDelete(buffer);
}

}  // namespace
