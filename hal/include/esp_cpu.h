#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_attr.h"
#include "esp_err.h"
#include "esp_intr_alloc.h"
#include "soc/soc_caps.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t esp_cpu_cycle_count_t;

typedef enum {
    ESP_CPU_WATCHPOINT_LOAD,
    ESP_CPU_WATCHPOINT_STORE,
    ESP_CPU_WATCHPOINT_ACCESS,
} esp_cpu_watchpoint_trigger_t;

/** Cycles of a CPU of the board's clock since boot, or since the count was set. They pass with the PC's time: not what
 * the chip would have taken. */
esp_cpu_cycle_count_t esp_cpu_get_cycle_count(void);
/** The count goes on from `cycle_count`, on every core. */
void esp_cpu_set_cycle_count(esp_cpu_cycle_count_t cycle_count);
/** Core that the calling task is pinned to; 0 when it is not pinned. */
int esp_cpu_get_core_id(void);
/** The PC's threads are not bound to emulated cores: a core cannot be stopped alone. The calls log a warning, and tasks
 * go on. */
void esp_cpu_stall(int core_id);
void esp_cpu_unstall(int core_id);
/** Gives the PC's processor away until the next tick. */
void esp_cpu_wait_for_intr(void);
/** An address in the caller's frame. */
void *esp_cpu_get_sp(void);
/** Whether gdb, or another tracer, holds this process. */
bool esp_cpu_dbgr_is_attached(void);
/** Stops in the debugger; without one it does nothing. */
void esp_cpu_dbgr_break(void);
/** ESP_ERR_NOT_SUPPORTED: gdb sets such points on a PC. */
esp_err_t esp_cpu_set_breakpoint(int bp_num, const void *bp_addr);
esp_err_t esp_cpu_clear_breakpoint(int bp_num);
esp_err_t esp_cpu_set_watchpoint(int wp_num, const void *wp_addr, size_t size, esp_cpu_watchpoint_trigger_t trigger);
esp_err_t esp_cpu_clear_watchpoint(int wp_num);

#ifdef __cplusplus
}
#endif
