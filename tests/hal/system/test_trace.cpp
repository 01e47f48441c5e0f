// What a program writes for `fw trace`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "../storage_test.hpp"
#include "board/board.hpp"
#include "dl_model_hooks.h"
#include "esp_heap_caps.h"
#include "flash/flash.hpp"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "system/trace.hpp"

namespace {

using nlohmann::json;

class Trace : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(hal::open_trace(m_file), ""); }
    void TearDown() override { hal::close_trace(); }

    // Every line is an object; of each track, times do not fall and spans nest.
    std::vector<json> events() {
        hal::close_trace();
        std::vector<json> events;
        std::map<uint32_t, double> times;
        std::map<uint32_t, int> depths;
        std::ifstream in(m_file);
        for (std::string line; std::getline(in, line);) {
            events.push_back(json::parse(line, nullptr, false));
            const json &event = events.back();
            EXPECT_TRUE(event.is_object()) << line;
            const uint32_t track = event["tid"];
            EXPECT_GE(event["ts"].get<double>(), times[track]) << line;
            times[track] = event["ts"];
            const std::string phase = event["ph"];
            depths[track] += phase == "B" ? 1 : phase == "E" ? -1 : 0;
            EXPECT_GE(depths[track], 0) << line;
        }
        return events;
    }
    static const json *find(const std::vector<json> &events, const char *phase, const std::string &name) {
        for (const json &event : events) {
            if (event["ph"] == phase && event.value("name", "") == name) {
                return &event;
            }
        }
        return nullptr;
    }

    hal_test::TempDir m_dir;
    const std::string m_file = m_dir / "events";
};

TEST_F(Trace, NothingIsWrittenWithoutIt) {
    hal::close_trace();
    EXPECT_FALSE(hal::tracing());
    hal::trace_memory(hal::board().heap());
    { const hal::TraceSpan span("node", "n"); }
    EXPECT_TRUE(events().empty());
}

TEST_F(Trace, AModelsNodesLieInItsRun) {
    const dl_model_run_t run = {"net \"1\"\n\xff", 2, 0, 2};
    const dl_model_node_t node = {"/conv", "Conv", "conv_s8"};
    EXPECT_TRUE(dl_hook_run_begins(&run));
    dl_hook_node_begins(&node);
    dl_hook_node_ends(&node);
    dl_hook_run_ends(&run);
    const std::vector<json> all = events();
    ASSERT_EQ(all.size(), 5u);  // with the thread's name
    EXPECT_EQ(all[1]["cat"], "model");
    EXPECT_EQ(all[1]["args"]["nodes"], 2);
    EXPECT_EQ(all[2]["name"], "/conv");
    EXPECT_EQ(all[2]["args"], json({{"type", "Conv"}, {"kernel", "conv_s8"}}));
}

TEST_F(Trace, ATaskIsATrackAndWaits) {
    static SemaphoreHandle_t s_done = xSemaphoreCreateBinary();
    auto code = [](void *) {
        vTaskDelay(1);
        xSemaphoreGive(s_done);
        vTaskDelete(nullptr);
    };
    vTaskDelay(1);  // this thread is a task, too, once it calls FreeRTOS
    const UBaseType_t before = uxTaskGetNumberOfTasks();
    TaskHandle_t task = nullptr;
    ASSERT_EQ(xTaskCreatePinnedToCore(code, "worker", 4096, nullptr, 7, &task, 1), pdPASS);
    xSemaphoreTake(s_done, portMAX_DELAY);
    // It has deleted itself, but may not have written so yet.
    while (uxTaskGetNumberOfTasks() > before) {
        vTaskDelay(1);
    }
    const std::vector<json> all = events();
    const json *begin = find(all, "B", "worker");
    ASSERT_TRUE(begin);
    EXPECT_EQ((*begin)["args"], json({{"priority", 7}, {"core", 1}}));
    const json *name = find(all, "M", "thread_name");
    ASSERT_TRUE(name);
    const uint32_t track = (*begin)["tid"];
    bool waited = false, ended = false;
    for (const json &event : all) {
        if (event["tid"] == track) {
            waited |= event["ph"] == "B" && event["name"] == "waits";
            ended |= event["ph"] == "e";
        }
    }
    EXPECT_TRUE(waited);
    EXPECT_TRUE(ended);
}

TEST_F(Trace, FlashAndMemory) {
    std::string error;
    hal::FlashConfig config;
    config.size = 1 << 20;
    const auto flash = hal::Flash::open(config, nullptr, nullptr, error);
    ASSERT_TRUE(flash) << error;
    uint32_t word = 0;
    flash->erase(0x2000, 0x1000);
    flash->write(0x2000, &word, sizeof(word));
    flash->read(0x2004, &word, sizeof(word));
    EXPECT_EQ(flash->read(2 << 20, &word, sizeof(word)), ESP_ERR_INVALID_ARG);
    void *block = heap_caps_malloc(100000, MALLOC_CAP_SPIRAM);
    const std::vector<json> all = events();
    heap_caps_free(block);
    ASSERT_TRUE(find(all, "B", "erase") && find(all, "B", "write") && find(all, "B", "read"));
    EXPECT_EQ((*find(all, "B", "read"))["args"], json({{"address", 0x2004}, {"bytes", 4}}));
    ASSERT_TRUE(find(all, "C", "RAM in use"));
    EXPECT_GE((*find(all, "C", "RAM in use"))["args"]["PSRAM"].get<int>(), 100000);
}

TEST_F(Trace, ThreadsWriteWholeLines) {
    constexpr int THREADS = 4, SPANS = 200;
    std::vector<std::thread> threads;
    for (int i = 0; i < THREADS; i++) {
        threads.emplace_back([] {
            for (int span = 0; span < SPANS; span++) {
                const hal::TraceSpan outer("node", "outer");
                const hal::TraceSpan inner("inner", 0, 1);
                heap_caps_free(heap_caps_malloc(8192, MALLOC_CAP_SPIRAM));
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    int begun = 0;
    for (const json &event : events()) {
        begun += event["ph"] == "B";
    }
    EXPECT_EQ(begun, 2 * THREADS * SPANS);
}

TEST_F(Trace, AFileThatCannotBeWrittenIsRefused) {
    EXPECT_THAT(hal::open_trace(m_dir / "no/folder"), testing::HasSubstr("cannot be written"));
    EXPECT_FALSE(hal::tracing());
}

}  // namespace
