#include <atomic>
#include <cinttypes>

#include "board/board.hpp"
#include "esp_idf_version.h"
#include "esp_log.h"
#include "esp_task_wdt.h"
#include "flash/boot.hpp"
#include "freertos/kernel.hpp"
#include "heap/heap.hpp"
#include "system/system.hpp"

namespace hal {
namespace {

std::atomic<bool> g_app_running{false};
void (*g_app_main)() = nullptr;

// Stacks of ESP-IDF's own tasks with the default configuration: for each core one idle and one inter-processor-call
// task, then the timer's.
constexpr uint32_t IDLE_STACK = 1536;
constexpr uint32_t IPC_STACK = 1280;
constexpr uint32_t TIMER_STACK = 3584;
constexpr UBaseType_t MAIN_PRIORITY = 1;

void main_task(void *) {
    ESP_LOGI("main_task", "Started on CPU0");
    const uint32_t reserved = deskboard_app_config.spiram_malloc_reserve_internal;
    if (board().psram_size() != 0 && reserved != 0) {
        ESP_LOGI("esp_psram", "Reserving pool of %" PRIu32 "K of internal memory for DMA/internal allocations",
                 reserved / 1024);
    }
    if (deskboard_app_config.task_wdt_timeout_s != 0) {
        const esp_task_wdt_config_t config = {deskboard_app_config.task_wdt_timeout_s * 1000, 0,
                                              deskboard_app_config.task_wdt_panic};
        esp_task_wdt_init(&config);
    }
    ESP_LOGI("main_task", "Calling app_main()");
    g_app_main();
    ESP_LOGI("main_task", "Returned from app_main()");
    vTaskDelete(nullptr);
}

}  // namespace

bool app_is_running() {
    return g_app_running.load(std::memory_order_relaxed);
}

void print_boot_log() {
    const BoardProfile &profile = board().profile();
    const uint64_t psram = board().psram_size();
    if (psram != 0) {
        ESP_LOGI("esp_psram", "Found %" PRIu64 "MB PSRAM device", psram >> 20);
        ESP_LOGI("esp_psram", "Speed: %dMHz", profile.psram_mhz);
        if (deskboard_psram_setting[0] != '\0') {
            ESP_LOGI("esp_psram", "Switched on by %s", deskboard_psram_setting);
        }
    } else if (profile.psram_size != 0 && !deskboard_app_config.spiram) {
        ESP_LOGI("esp_psram", "The board's %" PRIu64 "MB of PSRAM are off: %s", profile.psram_size >> 20,
                 deskboard_psram_setting);
    }
    ESP_LOGI("cpu_start", "cpu freq: %d000000 Hz", profile.cpu_mhz);
    ESP_LOGI("app_init", "Application information:");
    ESP_LOGI("app_init", "Project name:     %s", app_name());
    ESP_LOGI("app_init", "Board:            %s (%s), emulated", profile.title.c_str(), profile.chip.c_str());
    ESP_LOGI("app_init", "ESP-IDF:          %s", esp_get_idf_version());
    ESP_LOGI("heap_init", "Initializing. RAM available for dynamic allocation:");
    for (const Heap::RegionView &region : board().heap().regions()) {
        if (!region.pool && (region.caps & MALLOC_CAP_SPIRAM) == 0) {
            ESP_LOGI("heap_init", "At %08" PRIX32 " len %08" PRIX32 " (%" PRIu32 " KiB): %s", region.chip_address,
                     region.size, region.size / 1024, region.name.c_str());
        }
    }
    for (const Heap::RegionView &region : board().heap().regions()) {
        if ((region.caps & MALLOC_CAP_SPIRAM) != 0) {
            ESP_LOGI("esp_psram", "Adding pool of %" PRIu32 "K of PSRAM memory to heap allocator", region.size / 1024);
        }
    }
}

void take_system_memory() {
    Heap &heap = board().heap();
    for (int core = 0; core < board().profile().cores; ++core) {
        heap.allocate(IDLE_STACK + TASK_BYTES, 4, KERNEL_CAPS, nullptr);
        heap.allocate(IPC_STACK + TASK_BYTES, 4, KERNEL_CAPS, nullptr);
    }
    heap.allocate(TIMER_STACK + TASK_BYTES, 4, KERNEL_CAPS, nullptr);
}

void start_app(void (*app_main)()) {
    g_app_main = app_main;
    board();
    boot_from_flash();
    print_boot_log();
    take_system_memory();
    g_app_running = true;
    if (create_task(main_task, "main", deskboard_app_config.main_task_stack_size, nullptr, MAIN_PRIORITY, nullptr, 0,
                    KERNEL_CAPS, true, false) != pdPASS) {
        panic("abort() was called: no memory for the main task's stack of %" PRIu32 " bytes",
              deskboard_app_config.main_task_stack_size);
    }
    wait_for_user_tasks();
}

}  // namespace hal
