#include "esp_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "board/board.hpp"
#include "esp_heap_caps.h"
#include "freertos/semphr.h"

ESP_EVENT_DEFINE_BASE(CAMERA);
ESP_EVENT_DEFINE_BASE(OTHER);

namespace {

using testing::ElementsAre;

std::vector<std::string> g_seen;

void note(void *argument, esp_event_base_t base, int32_t id, void *data) {
    g_seen.push_back(std::string(static_cast<const char *>(argument)) + ":" + base + ":" + std::to_string(id) +
                     (data != nullptr ? ":" + std::to_string(*static_cast<int *>(data)) : ""));
}

char *name(const char *text) {
    return const_cast<char *>(text);
}

class Events : public testing::Test {
protected:
    void SetUp() override {
        g_seen.clear();
        const esp_event_loop_args_t args = {4, nullptr, 0, 0, 0};
        ASSERT_EQ(esp_event_loop_create(&args, &loop), ESP_OK);
    }
    void TearDown() override { EXPECT_EQ(esp_event_loop_delete(loop), ESP_OK); }

    esp_event_loop_handle_t loop = nullptr;
};

TEST_F(Events, GoToWhoAskedForThem) {
    EXPECT_EQ(esp_event_handler_register_with(loop, CAMERA, 1, note, name("one")), ESP_OK);
    EXPECT_EQ(esp_event_handler_register_with(loop, CAMERA, ESP_EVENT_ANY_ID, note, name("camera")), ESP_OK);
    EXPECT_EQ(esp_event_handler_register_with(loop, ESP_EVENT_ANY_BASE, ESP_EVENT_ANY_ID, note, name("all")), ESP_OK);
    int value = 7;
    EXPECT_EQ(esp_event_post_to(loop, CAMERA, 1, &value, sizeof(value), 0), ESP_OK);
    value = 8;  // the data was copied
    EXPECT_EQ(esp_event_post_to(loop, CAMERA, 2, nullptr, 0, 0), ESP_OK);
    EXPECT_EQ(esp_event_post_to(loop, OTHER, 1, nullptr, 0, 0), ESP_OK);
    EXPECT_EQ(esp_event_loop_run(loop, 0), ESP_OK);
    EXPECT_THAT(g_seen, ElementsAre("one:CAMERA:1:7", "camera:CAMERA:1:7", "all:CAMERA:1:7", "camera:CAMERA:2",
                                    "all:CAMERA:2", "all:OTHER:1"));
}

TEST_F(Events, HandlersAndInstances) {
    esp_event_handler_instance_t first = nullptr, second = nullptr;
    esp_event_handler_register_with(loop, CAMERA, 1, note, name("a"));
    esp_event_handler_register_with(loop, CAMERA, 1, note, name("b"));  // the new argument
    esp_event_handler_instance_register_with(loop, CAMERA, 1, note, name("c"), &first);
    esp_event_handler_instance_register_with(loop, CAMERA, 1, note, name("d"), &second);
    esp_event_post_to(loop, CAMERA, 1, nullptr, 0, 0);
    esp_event_loop_run(loop, 0);
    EXPECT_THAT(g_seen, ElementsAre("b:CAMERA:1", "c:CAMERA:1", "d:CAMERA:1"));
    g_seen.clear();
    EXPECT_EQ(esp_event_handler_instance_unregister_with(loop, CAMERA, 1, first), ESP_OK);
    EXPECT_EQ(esp_event_handler_unregister_with(loop, CAMERA, 1, note), ESP_OK);
    EXPECT_EQ(esp_event_handler_unregister_with(loop, OTHER, 1, note), ESP_OK);
    esp_event_post_to(loop, CAMERA, 1, nullptr, 0, 0);
    esp_event_loop_run(loop, 0);
    EXPECT_THAT(g_seen, ElementsAre("d:CAMERA:1"));
}

TEST_F(Events, AHandlerMayUnregisterOthers) {
    static esp_event_loop_handle_t the_loop;
    the_loop = loop;
    esp_event_handler_register_with(
        loop, CAMERA, 1,
        [](void *, esp_event_base_t, int32_t, void *) { esp_event_handler_unregister_with(the_loop, CAMERA, 1, note); },
        nullptr);
    esp_event_handler_register_with(loop, CAMERA, 1, note, name("gone"));
    esp_event_post_to(loop, CAMERA, 1, nullptr, 0, 0);
    esp_event_loop_run(loop, 0);
    EXPECT_THAT(g_seen, ElementsAre());
}

TEST_F(Events, WhatCannotBeIsRefused) {
    EXPECT_EQ(esp_event_handler_register_with(loop, ESP_EVENT_ANY_BASE, 1, note, nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_event_handler_register_with(loop, CAMERA, 1, nullptr, nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_event_post_to(loop, ESP_EVENT_ANY_BASE, 1, nullptr, 0, 0), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_event_post_to(loop, CAMERA, ESP_EVENT_ANY_ID, nullptr, 0, 0), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_event_post_to(nullptr, CAMERA, 1, nullptr, 0, 0), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_event_loop_create(nullptr, &loop), ESP_ERR_INVALID_ARG);
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_DEFAULT);
    int value = 1;
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(esp_event_post_to(loop, CAMERA, 1, &value, sizeof(value), 0), ESP_OK);
    }
    EXPECT_EQ(esp_event_post_to(loop, CAMERA, 1, &value, sizeof(value), 0), ESP_ERR_TIMEOUT);
    EXPECT_EQ(esp_event_isr_post_to(loop, CAMERA, 1, &value, sizeof(value), nullptr), ESP_FAIL);
    esp_event_loop_run(loop, 0);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_DEFAULT), before);
}

TEST(DefaultLoop, HasATask) {
    EXPECT_EQ(esp_event_post(CAMERA, 1, nullptr, 0, 0), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_event_handler_register(CAMERA, 1, note, nullptr), ESP_ERR_INVALID_STATE);
    ASSERT_EQ(esp_event_loop_create_default(), ESP_OK);
    EXPECT_EQ(esp_event_loop_create_default(), ESP_ERR_INVALID_STATE);
    static SemaphoreHandle_t done;
    static std::string task;
    done = xSemaphoreCreateBinary();
    esp_event_handler_instance_t instance = nullptr;
    ASSERT_EQ(esp_event_handler_instance_register(
                  CAMERA, 1,
                  [](void *, esp_event_base_t, int32_t, void *) {
                      task = pcTaskGetName(nullptr);
                      xSemaphoreGive(done);
                  },
                  nullptr, &instance),
              ESP_OK);
    ASSERT_EQ(esp_event_post(CAMERA, 1, nullptr, 0, portMAX_DELAY), ESP_OK);
    ASSERT_EQ(xSemaphoreTake(done, portMAX_DELAY), pdTRUE);
    EXPECT_EQ(task, "sys_evt");
    EXPECT_EQ(esp_event_handler_instance_unregister(CAMERA, 1, instance), ESP_OK);
    char *text = nullptr;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    EXPECT_EQ(esp_event_dump(memory), ESP_OK);
    fclose(memory);
    EXPECT_THAT(text, testing::HasSubstr("sys_evt rx:1"));
    free(text);
    EXPECT_EQ(esp_event_loop_delete_default(), ESP_OK);
    EXPECT_EQ(esp_event_loop_delete_default(), ESP_ERR_INVALID_STATE);
    vSemaphoreDelete(done);
}

}  // namespace
