// Everything in the HAL by several tasks at once. Under the thread sanitizer (`./fw test --tsan`) this sees races;
// without it, what they do to results.
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "../storage_test.hpp"
#include "driver/gpio.h"
#include "esp_flash.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_partition.h"
#include "esp_timer.h"
#include "esp_vfs_fat.h"
#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "freertos/timers.h"
#include "nvs.h"
#include "nvs_flash.h"
#include "sdmmc_cmd.h"

namespace {

constexpr int TASKS = 4;
#ifdef DESKBOARD_SANITIZE_THREAD
constexpr int ROUNDS = 40;
#else
constexpr int ROUNDS = 200;
#endif

const char *const TABLE = "nvs,data,nvs,0x9000,0x6000\nraw,data,0x40,0x10000,0x20000\n";

/** Run `body` in TASKS FreeRTOS tasks and in a thread that FreeRTOS did not start. */
void in_tasks(const std::function<void(int)> &body) {
    struct Job {
        const std::function<void(int)> *body;
        int number;
        SemaphoreHandle_t done;
    };
    std::vector<Job> jobs;
    SemaphoreHandle_t done = xSemaphoreCreateCounting(TASKS, 0);
    for (int i = 0; i < TASKS; i++) {
        jobs.push_back({&body, i, done});
    }
    for (Job &job : jobs) {
        auto run = [](void *argument) {
            auto *self = static_cast<Job *>(argument);
            (*self->body)(self->number);
            xSemaphoreGive(self->done);
            vTaskDelete(nullptr);
        };
        ASSERT_EQ(xTaskCreatePinnedToCore(run, "worker", 8192, &job, 5, nullptr, job.number % 2), pdPASS);
    }
    std::thread foreign([&] { body(TASKS); });
    for (int i = 0; i < TASKS; i++) {
        EXPECT_EQ(xSemaphoreTake(done, portMAX_DELAY), pdTRUE);
    }
    foreign.join();
    // A task's own memory goes when its thread has ended, and the board may not go before that.
    for (int i = 0; i < 20000 && xTaskGetHandle("worker") != nullptr; i++) {
        usleep(1000);
    }
    EXPECT_EQ(xTaskGetHandle("worker"), nullptr);
    vSemaphoreDelete(done);
}

class HalThreads : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directory(m_dir / "card");
        hal_test::start_board("", m_dir / "card");
        hal_test::flash_table(TABLE);
        esp_log_level_set("*", ESP_LOG_ERROR);
    }
    void TearDown() override { hal::Board::reset_for_test(hal::Board::built_in_profile()); }
    hal_test::TempDir m_dir;
};

TEST_F(HalThreads, Heap) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    std::atomic<int> wrong{0};
    in_tasks([&](int task) {
        std::vector<uint8_t *> blocks;
        for (int i = 0; i < ROUNDS; i++) {
            const size_t size = 16 + static_cast<size_t>(i * 37 % 900);
            const uint32_t caps = i % 2 == 0 ? MALLOC_CAP_INTERNAL : MALLOC_CAP_SPIRAM;
            auto *block = static_cast<uint8_t *>(heap_caps_malloc(size, caps | MALLOC_CAP_8BIT));
            if (block != nullptr) {
                memset(block, task, size);
                wrong += block[size - 1] != task || !heap_caps_check_integrity(caps, false);
                blocks.push_back(block);
            }
            if (blocks.size() > 8) {
                heap_caps_free(blocks.front());
                blocks.erase(blocks.begin());
            }
            heap_caps_get_largest_free_block(caps);
            heap_caps_get_minimum_free_size(caps);
        }
        for (uint8_t *block : blocks) {
            heap_caps_free(block);
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_8BIT), before);
}

TEST_F(HalThreads, FlashAndPartitions) {
    std::atomic<int> wrong{0};
    in_tasks([&](int task) {
        for (int i = 0; i < ROUNDS / 4; i++) {
            const esp_partition_t *raw =
                esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, "raw");
            if (raw == nullptr) {
                wrong++;
                return;
            }
            const auto at = static_cast<size_t>(task) * 4096;
            std::vector<uint8_t> data(300, static_cast<uint8_t>(task * 16 + i % 16)), got(300);
            wrong += esp_partition_erase_range(raw, at, 4096) != ESP_OK;
            wrong += esp_partition_write(raw, at, data.data(), data.size()) != ESP_OK;
            wrong += esp_partition_read(raw, at, got.data(), got.size()) != ESP_OK || got != data;
            const void *mapped = nullptr;
            esp_partition_mmap_handle_t handle = 0;
            wrong += esp_partition_mmap(raw, at, 4096, ESP_PARTITION_MMAP_DATA, &mapped, &handle) != ESP_OK ||
                     memcmp(mapped, data.data(), data.size()) != 0;
            esp_partition_munmap(handle);
        }
    });
    EXPECT_EQ(wrong, 0);
}

TEST_F(HalThreads, Nvs) {
    ASSERT_EQ(nvs_flash_init(), ESP_OK);
    std::atomic<int> wrong{0};
    in_tasks([&](int task) {
        const std::string name = "task" + std::to_string(task);
        for (int i = 0; i < ROUNDS / 2; i++) {
            nvs_handle_t handle = 0;
            wrong += nvs_open(i % 2 == 0 ? name.c_str() : "shared", NVS_READWRITE, &handle) != ESP_OK;
            int32_t value = 0;
            wrong += nvs_set_i32(handle, name.c_str(), i) != ESP_OK;
            wrong += nvs_get_i32(handle, name.c_str(), &value) != ESP_OK || value != i;
            wrong += nvs_commit(handle) != ESP_OK;
            nvs_stats_t stats;
            wrong += nvs_get_stats(nullptr, &stats) != ESP_OK;
            nvs_iterator_t it = nullptr;
            for (esp_err_t err = nvs_entry_find("nvs", nullptr, NVS_TYPE_ANY, &it); err == ESP_OK;) {
                err = nvs_entry_next(&it);
            }
            nvs_close(handle);
        }
    });
    EXPECT_EQ(wrong, 0);
}

TEST_F(HalThreads, Files) {
    esp_vfs_fat_mount_config_t config = {};
    config.max_files = 20;
    config.allocation_unit_size = 4096;
    sdmmc_host_t host = SDMMC_HOST_DEFAULT();
    sdmmc_card_t *card = nullptr;
    ASSERT_EQ(esp_vfs_fat_sdmmc_mount("/sdcard", &host, nullptr, &config, &card), ESP_OK);
    std::atomic<int> wrong{0};
    in_tasks([&](int task) {
        const std::string folder = "/sdcard/f" + std::to_string(task), name = folder + "/file.txt";
        for (int i = 0; i < ROUNDS / 4; i++) {
            wrong += mkdir(folder.c_str(), 0777) != 0;
            FILE *file = fopen(name.c_str(), "w");
            wrong += file == nullptr;
            if (file != nullptr) {
                wrong += fprintf(file, "%d %d\n", task, i) < 0;
                wrong += fclose(file) != 0;
            }
            struct stat status = {};
            wrong += stat(name.c_str(), &status) != 0 || status.st_size < 4;
            file = fopen(name.c_str(), "r");
            int a = -1, b = -1;
            wrong += file == nullptr || fscanf(file, "%d %d", &a, &b) != 2 || a != task || b != i;
            if (file != nullptr) {
                fclose(file);
            }
            DIR *dir = opendir("/sdcard");
            int entries = 0;
            while (dir != nullptr && readdir(dir) != nullptr) {
                entries++;
            }
            wrong += dir == nullptr || entries < 1;
            if (dir != nullptr) {
                closedir(dir);
            }
            wrong += unlink(name.c_str()) != 0;
            wrong += rmdir(folder.c_str()) != 0;
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(esp_vfs_fat_sdcard_unmount("/sdcard", card), ESP_OK);
}

TEST_F(HalThreads, TimersOfBothKinds) {
    std::atomic<int> fired{0}, wrong{0};
    in_tasks([&](int) {
        for (int i = 0; i < ROUNDS / 10; i++) {
            esp_timer_handle_t timer = nullptr;
            esp_timer_create_args_t args = {};
            args.callback = [](void *count) { ++*static_cast<std::atomic<int> *>(count); };
            args.arg = &fired;
            args.name = "t";
            wrong += esp_timer_create(&args, &timer) != ESP_OK;
            wrong += esp_timer_start_periodic(timer, 200) != ESP_OK;
            TimerHandle_t soft = xTimerCreate("s", 1, pdTRUE, &fired, [](TimerHandle_t self) {
                ++*static_cast<std::atomic<int> *>(pvTimerGetTimerID(self));
            });
            wrong += xTimerStart(soft, 0) != pdPASS;
            vTimerSetReloadMode(soft, pdTRUE);
            vTaskDelay(1);
            xTimerGetExpiryTime(soft);
            wrong += esp_timer_stop(timer) != ESP_OK;
            wrong += esp_timer_delete(timer) != ESP_OK;
            xTimerStop(soft, 0);
            vTaskDelay(1);
            xTimerDelete(soft, 0);
            esp_timer_get_next_alarm();
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(fired, 0);
}

TEST_F(HalThreads, KernelObjects) {
    QueueHandle_t queue = xQueueCreate(4, sizeof(int));
    SemaphoreHandle_t mutex = xSemaphoreCreateMutex();
    EventGroupHandle_t group = xEventGroupCreate();
    portMUX_TYPE spinlock = portMUX_INITIALIZER_UNLOCKED;
    int64_t guarded = 0, critical = 0;
    std::atomic<int64_t> sent{0}, received{0};
    in_tasks([&](int task) {
        for (int i = 0; i < ROUNDS; i++) {
            // Each sends as many as it receives, so that nobody waits for ever.
            const int value = task * 1000 + i;
            xQueueSend(queue, &value, portMAX_DELAY);
            sent += value;
            int got = 0;
            xQueueReceive(queue, &got, portMAX_DELAY);
            received += got;
            xSemaphoreTake(mutex, portMAX_DELAY);
            guarded++;
            xSemaphoreGive(mutex);
            taskENTER_CRITICAL(&spinlock);
            critical++;
            taskEXIT_CRITICAL(&spinlock);
            xEventGroupSetBits(group, 1u << task);
            xEventGroupWaitBits(group, 1u << task, pdTRUE, pdFALSE, 0);
            xTaskNotifyGive(xTaskGetCurrentTaskHandle());
            ulTaskNotifyTake(pdTRUE, 0);
            uxTaskGetNumberOfTasks();
        }
    });
    EXPECT_EQ(sent, received);
    EXPECT_EQ(guarded, (TASKS + 1) * ROUNDS);
    EXPECT_EQ(critical, (TASKS + 1) * ROUNDS);
    vQueueDelete(queue);
    vSemaphoreDelete(mutex);
    vEventGroupDelete(group);
}

TEST_F(HalThreads, LogAndPins) {
    in_tasks([&](int task) {
        for (int i = 0; i < ROUNDS; i++) {
            const std::string tag = "tag" + std::to_string(i % 5);
            esp_log_level_set(tag.c_str(), i % 2 == 0 ? ESP_LOG_WARN : ESP_LOG_ERROR);
            ESP_LOGI("quiet", "%d", task);
            esp_log_level_get(tag.c_str());
            gpio_set_level(GPIO_NUM_2, static_cast<uint32_t>(i) % 2);
            gpio_get_level(GPIO_NUM_2);
            esp_timer_get_time();
        }
    });
    esp_log_level_set("*", ESP_LOG_INFO);
}

}  // namespace
