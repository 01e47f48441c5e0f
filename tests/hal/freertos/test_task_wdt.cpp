#include "esp_task_wdt.h"

#include <atomic>
#include <mutex>
#include <string>

#include "esp_log.h"
#include "freertos_test.hpp"

namespace {

std::mutex g_mutex;
std::string g_text;
vprintf_like_t g_before;

int collect(const char *format, va_list args) {
    char text[512];
    const int count = vsnprintf(text, sizeof(text), format, args);
    std::lock_guard<std::mutex> guard(g_mutex);
    g_text += text;
    return count;
}

std::string text() {
    std::lock_guard<std::mutex> guard(g_mutex);
    return g_text;
}

// Spins until the log says it: the watchdog has a task of its own.
void wait_for_text(const std::string &what) {
    while (text().find(what) == std::string::npos) {
        sched_yield();
    }
}

class TaskWdt : public FreeRtosTest {
protected:
    void SetUp() override {
        FreeRtosTest::SetUp();
        g_text.clear();
        g_before = esp_log_set_vprintf(collect);
    }
    void TearDown() override {
        esp_log_set_vprintf(g_before);
        FreeRtosTest::TearDown();
    }
};

TEST_F(TaskWdt, StatesAndArguments) {
    EXPECT_EQ(esp_task_wdt_status(nullptr), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_task_wdt_add(nullptr), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_task_wdt_reset(), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_task_wdt_init(nullptr), ESP_ERR_INVALID_ARG);
    const esp_task_wdt_config_t config = {1000, 0, false};
    EXPECT_EQ(esp_task_wdt_reconfigure(&config), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_task_wdt_init(&config), ESP_OK);
    EXPECT_EQ(esp_task_wdt_init(&config), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_task_wdt_status(nullptr), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_task_wdt_reset(), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_task_wdt_add(nullptr), ESP_OK);
    EXPECT_EQ(esp_task_wdt_add(nullptr), ESP_ERR_INVALID_ARG);
    EXPECT_EQ(esp_task_wdt_status(nullptr), ESP_OK);
    EXPECT_EQ(esp_task_wdt_deinit(), ESP_ERR_INVALID_STATE);
    EXPECT_EQ(esp_task_wdt_delete(nullptr), ESP_OK);
    EXPECT_EQ(esp_task_wdt_delete(nullptr), ESP_ERR_NOT_FOUND);
    EXPECT_EQ(esp_task_wdt_deinit(), ESP_OK);
}

TEST_F(TaskWdt, NamesWhoIsLate) {
    const esp_task_wdt_config_t config = {1000, 0, false};
    ASSERT_EQ(esp_task_wdt_init(&config), ESP_OK);
    esp_task_wdt_user_handle_t user = nullptr;
    ASSERT_EQ(esp_task_wdt_add_user("camera", &user), ESP_OK);
    SemaphoreHandle_t end = xSemaphoreCreateBinary();
    SemaphoreHandle_t added = xSemaphoreCreateBinary();
    start(
        [&] {
            esp_task_wdt_add(nullptr);
            xSemaphoreGive(added);
            xSemaphoreTake(end, portMAX_DELAY);
            esp_task_wdt_delete(nullptr);
        },
        "test", 5, 1);
    xSemaphoreTake(added, portMAX_DELAY);
    hal::clock().advance_us(600000);
    EXPECT_EQ(esp_task_wdt_reset_user(user), ESP_OK);
    hal::clock().advance_us(400000);
    wait_for_text(" - test (CPU 1)");
    EXPECT_THAT(text(), testing::HasSubstr("task_wdt: Task watchdog got triggered. The following tasks/users did not "
                                           "reset the watchdog in time:"));
    EXPECT_THAT(text(), testing::Not(testing::HasSubstr("camera")));
    hal::clock().advance_us(1000000);
    wait_for_text(" - camera");
    xSemaphoreGive(end);
    wait_for_end();
    EXPECT_EQ(esp_task_wdt_delete_user(user), ESP_OK);
    EXPECT_EQ(esp_task_wdt_deinit(), ESP_OK);
    vSemaphoreDelete(end);
    vSemaphoreDelete(added);
}

}  // namespace
