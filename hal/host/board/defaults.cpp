// What holds in a program that no app was built into: tests and tools. An app's build defines the same names.
#include "board/board.hpp"
#include "esp_log.h"

#define WEAK __attribute__((weak))

extern "C" {

// A board that stands in nobody's way: the address map of an ESP32-P4 with the memory of a PC.
extern WEAK const char deskboard_board_toml[] = R"toml(
title = "PC"
chip = "esp32p4"
cores = 2
cpu_mhz = 360

[flash]
size = "32M"
range = [0x40000000, 0x44000000]

[psram]
size = "512M"
address = 0x50200000
mode = "hex"
mhz = 200

[internal]
range = [0x4FF00000, 0x4FFC0000]

[[ram]]
name = "RAM"
address = 0x4FF40000
size = 0x60000
caps = ["default", "internal", "dma", "8bit", "32bit", "exec", "simd"]

[sdcard]
slot = true
capacity = "32G"

[partition_table]
offset = 0x8000
)toml";

extern WEAK const char deskboard_board_name[] = "pc";
extern WEAK const char deskboard_app_name[] = "app";
extern WEAK const char deskboard_psram_setting[] = "";

extern WEAK const hal::AppConfig deskboard_app_config = {
    .spiram = true,
    .spiram_malloc_always_internal = 16384,
    .spiram_malloc_reserve_internal = 32768,
    .spiram_use_malloc = true,
    .heap_abort_when_allocation_fails = false,
    .heap_poisoning = false,
    .freertos_hz = 100,
    .main_task_stack_size = 3584,
    .task_wdt_timeout_s = 5,
    .task_wdt_panic = false,
    .log_default_level = ESP_LOG_INFO,
    .log_colors = true,
    .partition_table_offset = 0,
    .bsp_sd_format_on_mount_fail = false,
    .bsp_sd_mount_point = "/sdcard",
    .bsp_spiffs_mount_point = "/spiffs",
    .bsp_spiffs_partition_label = "storage",
    .bsp_spiffs_max_files = 5,
    .bsp_spiffs_format_on_mount_fail = false,
};

}  // extern "C"
