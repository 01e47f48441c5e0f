// Does what START_APP_DO says; see test_main.cpp.
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "board/board.hpp"
#include "esp_debug_helpers.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_log.h"
#include "esp_memory_utils.h"
#include "esp_system.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

extern "C" {
// An ESP32-S3 with little memory; what the build writes for an app.
extern const char deskboard_board_toml[] = R"toml(
title = "Start board"
chip = "esp32s3"
cores = 2
cpu_mhz = 240
[flash]
size = "8M"
[psram]
size = "2M"
mhz = 80
address = 0x3C800000
[[ram]]
name = "RAM"
address = 0x3FC94628
size = 0x550E8
caps = ["default", "internal", "dma", "8bit", "32bit"]
[[ram]]
name = "DRAM"
address = 0x3FCF0000
size = "32K"
caps = ["default", "internal", "dma", "8bit", "32bit"]
)toml";
extern const char deskboard_board_name[] = "start_board";
extern const char deskboard_app_name[] = "start_app";
}

namespace {

const char *const TAG = "app";
void *volatile g_kept;

__attribute__((noinline)) int recurse(int depth) {
    volatile char frame[4096];
    frame[0] = static_cast<char>(depth);
    return depth == 1000000 ? 0 : recurse(depth + 1) + frame[0];
}

volatile int g_zero = 0;
int *volatile g_nowhere = nullptr;
void (*volatile g_nothing)() = nullptr;

// Ways to panic. Each is a function of its own, not inlined: the backtrace has to name it and its caller.
struct Panics {
    __attribute__((noinline)) static int divide(int by) { return 7 / by; }
    __attribute__((noinline)) static void write_nowhere() { *g_nowhere = g_zero; }
    __attribute__((noinline)) static void call_nothing() {
        g_nothing();
        g_zero = 1;
    }
    __attribute__((noinline)) static void check() { ESP_ERROR_CHECK(ESP_ERR_NO_MEM); }
    __attribute__((noinline)) static void fail_assertion() { assert(g_zero == 1 && "never so"); }
    __attribute__((noinline)) static void print() {
        printf("esp_backtrace_print: %d, %d\n", esp_backtrace_print(0), esp_backtrace_print(2));
    }
};

void late_task(void *) {
    vTaskDelay(pdMS_TO_TICKS(50));
    ESP_LOGI(TAG, "the other task is done");
    vTaskDelete(nullptr);
}

void use_malloc() {
    void *small = malloc(1000);
    void *large = malloc(100000);
    ESP_LOGI(TAG, "small internal %d, large external %d", esp_ptr_internal(small), esp_ptr_external_ram(large));
    auto *cleared = static_cast<char *>(calloc(100, 3));
    bool zero = true;
    for (int i = 0; i < 300; ++i) {
        zero = zero && cleared[i] == 0;
    }
    large = realloc(large, 200000);
    char *host = strdup("of the C library");
    host = static_cast<char *>(realloc(host, 100));
    ESP_LOGI(TAG, "cleared %d, grown external %d, strdup external %d", zero, esp_ptr_external_ram(large),
             esp_ptr_external_ram(host));
    free(host);
    free(cleared);
    free(large);
    free(small);
}

}  // namespace

extern "C" void app_main(void) {
    const char *what = getenv("START_APP_DO");
    const char *action = what != nullptr ? what : "";
    if (strcmp(action, "task") == 0) {
        xTaskCreate(late_task, "late", 4096, nullptr, 5, nullptr);
    } else if (strcmp(action, "malloc") == 0) {
        use_malloc();
    } else if (strcmp(action, "leak") == 0) {
        g_kept = malloc(4321);
    } else if (strcmp(action, "abort") == 0) {
        abort();
    } else if (strcmp(action, "check") == 0) {
        Panics::check();
    } else if (strcmp(action, "divide") == 0) {
        ESP_LOGI(TAG, "%d", Panics::divide(g_zero));
    } else if (strcmp(action, "nowhere") == 0) {
        Panics::write_nowhere();
    } else if (strcmp(action, "nothing") == 0) {
        Panics::call_nothing();
    } else if (strcmp(action, "assert") == 0) {
        Panics::fail_assertion();
    } else if (strcmp(action, "print") == 0) {
        Panics::print();
    } else if (strcmp(action, "heap") == 0) {
        heap_caps_free(const_cast<void **>(&g_kept));
    } else if (strcmp(action, "restart") == 0) {
        esp_restart();
    } else if (strcmp(action, "overflow") == 0) {
        ESP_LOGI(TAG, "%d", recurse(0));
    } else if (strcmp(action, "alloc") == 0) {
        ESP_LOGI(TAG, "got %p", malloc(100));
    } else if (strcmp(action, "big") == 0) {
        ESP_LOGI(TAG, "got %p", heap_caps_malloc(3 << 20, MALLOC_CAP_SPIRAM));
    }
}
