#include "esp_system.h"

#include <sys/random.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "board/chips.hpp"
#include "esp_chip_info.h"
#include "esp_heap_caps.h"
#include "esp_random.h"
#include "esp_rom_sys.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "heap/heap.hpp"
#include "system/system.hpp"

namespace {

constexpr size_t MAX_SHUTDOWN_HANDLERS = 5;

std::mutex g_mutex;
std::vector<shutdown_handler_t> &handlers() {
    static auto *list = new std::vector<shutdown_handler_t>;
    return *list;
}

}  // namespace

namespace hal {

[[noreturn]] void end_process(int code) {
    if (board().options().heap_report) {
        board().heap().report(stdout);
    }
    write_run_report();
    fflush(stdout);
    fflush(stderr);
    exit(code);
}

}  // namespace hal

esp_err_t esp_register_shutdown_handler(shutdown_handler_t handle) {
    std::lock_guard<std::mutex> guard(g_mutex);
    for (shutdown_handler_t known : handlers()) {
        if (known == handle) {
            return ESP_ERR_INVALID_STATE;
        }
    }
    if (handlers().size() == MAX_SHUTDOWN_HANDLERS) {
        return ESP_ERR_NO_MEM;
    }
    handlers().push_back(handle);
    return ESP_OK;
}

esp_err_t esp_unregister_shutdown_handler(shutdown_handler_t handle) {
    std::lock_guard<std::mutex> guard(g_mutex);
    for (auto it = handlers().begin(); it != handlers().end(); ++it) {
        if (*it == handle) {
            handlers().erase(it);
            return ESP_OK;
        }
    }
    return ESP_ERR_INVALID_STATE;
}

void esp_restart(void) {
    std::vector<shutdown_handler_t> list;
    {
        std::lock_guard<std::mutex> guard(g_mutex);
        list = handlers();
    }
    for (auto it = list.rbegin(); it != list.rend(); ++it) {
        (*it)();
    }
    printf("esp_restart(): the app has ended, the emulated board does not start anew\n");
    hal::end_process(0);
}

esp_reset_reason_t esp_reset_reason(void) {
    return ESP_RST_POWERON;
}

uint32_t esp_get_free_heap_size(void) {
    return static_cast<uint32_t>(heap_caps_get_free_size(MALLOC_CAP_DEFAULT));
}

uint32_t esp_get_free_internal_heap_size(void) {
    return static_cast<uint32_t>(heap_caps_get_free_size(MALLOC_CAP_8BIT | MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL));
}

uint32_t esp_get_minimum_free_heap_size(void) {
    return static_cast<uint32_t>(heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT));
}

void esp_system_abort(const char *details) {
    hal::panic("%s", details ? details : "abort() was called");
}

uint32_t esp_random(void) {
    uint32_t value;
    esp_fill_random(&value, sizeof(value));
    return value;
}

void esp_fill_random(void *buf, size_t len) {
    auto *at = static_cast<uint8_t *>(buf);
    while (len > 0) {
        const ssize_t count = getrandom(at, len, 0);
        if (count > 0) {
            at += count;
            len -= static_cast<size_t>(count);
        }
    }
}

void esp_chip_info(esp_chip_info_t *out_info) {
    const hal::BoardProfile &profile = hal::board().profile();
    *out_info = {};
    if (const hal::Chip *chip = hal::find_chip(profile.chip)) {
        out_info->model = chip->model;
        out_info->revision = chip->revision;
        out_info->features = chip->features;
    }
    out_info->cores = static_cast<uint8_t>(profile.cores);
}

int esp_rom_printf(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    const int count = vprintf(fmt, args);
    va_end(args);
    return count;
}

void esp_rom_delay_us(uint32_t us) {
    usleep(us);
}
