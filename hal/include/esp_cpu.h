#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "esp_attr.h"
#include "esp_err.h"
#include "esp_intr_alloc.h"
#include "soc/soc_caps.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t esp_cpu_cycle_count_t;

/// Cycles of a CPU of the board's clock since boot. They pass with the PC's time: not what the chip would have taken.
esp_cpu_cycle_count_t esp_cpu_get_cycle_count(void);
/// Core that the calling task is pinned to; 0 when it is not pinned.
int esp_cpu_get_core_id(void);

#ifdef __cplusplus
}
#endif
