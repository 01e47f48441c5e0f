#include "esp_cpu.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

namespace {

constexpr const char *TAG = "cpu";

/** What esp_cpu_set_cycle_count() adds to the cycles since boot. */
std::atomic<esp_cpu_cycle_count_t> cycle_offset{0};

esp_cpu_cycle_count_t cycles_since_boot() {
    return static_cast<esp_cpu_cycle_count_t>(esp_timer_get_time() * hal::board().profile().cpu_mhz);
}

void warn_of_running_core(const char *what, int core_id) {
    ESP_LOGW(TAG, "%s(%d): cores of the emulated board are not stopped one by one; its tasks go on", what, core_id);
}

esp_err_t refuse(const char *what) {
    ESP_LOGE(TAG, "%s: not emulated; fw gdb sets breakpoints and watchpoints", what);
    return ESP_ERR_NOT_SUPPORTED;
}

}  // namespace

esp_cpu_cycle_count_t esp_cpu_get_cycle_count(void) {
    return cycles_since_boot() + cycle_offset.load();
}

void esp_cpu_set_cycle_count(esp_cpu_cycle_count_t cycle_count) {
    cycle_offset.store(cycle_count - cycles_since_boot());
}

int esp_cpu_get_core_id(void) {
    return xPortGetCoreID();
}

void esp_cpu_stall(int core_id) {
    warn_of_running_core(__func__, core_id);
}

void esp_cpu_unstall(int core_id) {
    warn_of_running_core(__func__, core_id);
}

void esp_cpu_wait_for_intr(void) {
    vTaskDelay(1);
}

void *esp_cpu_get_sp(void) {
    return __builtin_frame_address(0);
}

bool esp_cpu_dbgr_is_attached(void) {
    constexpr const char *FIELD = "TracerPid:";
    FILE *status = std::fopen("/proc/self/status", "r");
    if (!status) {
        return false;
    }
    bool attached = false;
    char line[256];
    while (std::fgets(line, sizeof(line), status)) {
        int tracer = 0;
        if (std::strncmp(line, FIELD, std::strlen(FIELD)) == 0 &&
            std::sscanf(line + std::strlen(FIELD), "%d", &tracer) == 1) {
            attached = tracer != 0;
            break;
        }
    }
    std::fclose(status);
    return attached;
}

void esp_cpu_dbgr_break(void) {
    if (esp_cpu_dbgr_is_attached()) {
        std::raise(SIGTRAP);
    }
}

esp_err_t esp_cpu_set_breakpoint(int, const void *) {
    return refuse(__func__);
}

esp_err_t esp_cpu_clear_breakpoint(int) {
    return refuse(__func__);
}

esp_err_t esp_cpu_set_watchpoint(int, const void *, size_t, esp_cpu_watchpoint_trigger_t) {
    return refuse(__func__);
}

esp_err_t esp_cpu_clear_watchpoint(int) {
    return refuse(__func__);
}
