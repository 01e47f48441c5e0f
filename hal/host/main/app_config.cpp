// Compiled with an app's sdkconfig.h: what its configuration decides about the runtime.
#include "board/board.hpp"
#include "esp_log.h"
#include "sdkconfig.h"

extern "C" const hal::AppConfig deskboard_app_config = {
#ifdef CONFIG_SPIRAM
    .spiram = true,
#else
    .spiram = false,
#endif
#ifdef CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL
    .spiram_malloc_always_internal = CONFIG_SPIRAM_MALLOC_ALWAYSINTERNAL,
#else
    .spiram_malloc_always_internal = 16384,
#endif
#ifdef CONFIG_SPIRAM_MALLOC_RESERVE_INTERNAL
    .spiram_malloc_reserve_internal = CONFIG_SPIRAM_MALLOC_RESERVE_INTERNAL,
#else
    .spiram_malloc_reserve_internal = 32768,
#endif
#ifdef CONFIG_SPIRAM_USE_CAPS_ALLOC
    .spiram_use_malloc = false,
#else
    .spiram_use_malloc = true,
#endif
#ifdef CONFIG_HEAP_ABORT_WHEN_ALLOCATION_FAILS
    .heap_abort_when_allocation_fails = true,
#else
    .heap_abort_when_allocation_fails = false,
#endif
#if defined(CONFIG_HEAP_POISONING_LIGHT) || defined(CONFIG_HEAP_POISONING_COMPREHENSIVE)
    .heap_poisoning = true,
#else
    .heap_poisoning = false,
#endif
#ifdef CONFIG_FREERTOS_HZ
    .freertos_hz = CONFIG_FREERTOS_HZ,
#else
    .freertos_hz = 100,
#endif
#ifdef CONFIG_ESP_MAIN_TASK_STACK_SIZE
    .main_task_stack_size = CONFIG_ESP_MAIN_TASK_STACK_SIZE,
#else
    .main_task_stack_size = 3584,
#endif
#if defined(CONFIG_ESP_TASK_WDT_EN) && defined(CONFIG_ESP_TASK_WDT_INIT)
    .task_wdt_timeout_s = CONFIG_ESP_TASK_WDT_TIMEOUT_S,
#else
    .task_wdt_timeout_s = 0,
#endif
#ifdef CONFIG_ESP_TASK_WDT_PANIC
    .task_wdt_panic = true,
#else
    .task_wdt_panic = false,
#endif
#ifdef CONFIG_LOG_DEFAULT_LEVEL
    .log_default_level = CONFIG_LOG_DEFAULT_LEVEL,
#else
    .log_default_level = ESP_LOG_INFO,
#endif
#ifdef CONFIG_LOG_COLORS
    .log_colors = true,
#else
    .log_colors = false,
#endif
// The table's offset is the build's, CONFIG_PARTITION_TABLE_OFFSET: the one that the bootloader was built with.
#ifdef CONFIG_PARTITION_TABLE_OFFSET
    .partition_table_offset = CONFIG_PARTITION_TABLE_OFFSET,
#else
    .partition_table_offset = 0,
#endif
#ifdef CONFIG_BSP_SD_FORMAT_ON_MOUNT_FAIL
    .bsp_sd_format_on_mount_fail = true,
#else
    .bsp_sd_format_on_mount_fail = false,
#endif
#ifdef CONFIG_BSP_SD_MOUNT_POINT
    .bsp_sd_mount_point = CONFIG_BSP_SD_MOUNT_POINT,
#else
    .bsp_sd_mount_point = "/sdcard",
#endif
#ifdef CONFIG_BSP_SPIFFS_MOUNT_POINT
    .bsp_spiffs_mount_point = CONFIG_BSP_SPIFFS_MOUNT_POINT,
#else
    .bsp_spiffs_mount_point = "/spiffs",
#endif
#ifdef CONFIG_BSP_SPIFFS_PARTITION_LABEL
    .bsp_spiffs_partition_label = CONFIG_BSP_SPIFFS_PARTITION_LABEL,
#else
    .bsp_spiffs_partition_label = "storage",
#endif
#ifdef CONFIG_BSP_SPIFFS_MAX_FILES
    .bsp_spiffs_max_files = CONFIG_BSP_SPIFFS_MAX_FILES,
#else
    .bsp_spiffs_max_files = 5,
#endif
#ifdef CONFIG_BSP_SPIFFS_FORMAT_ON_MOUNT_FAIL
    .bsp_spiffs_format_on_mount_fail = true,
#else
    .bsp_spiffs_format_on_mount_fail = false,
#endif
};
