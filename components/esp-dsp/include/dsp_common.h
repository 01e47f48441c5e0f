#pragma once

#include <stdbool.h>
#include "dsp_err.h"
#include "esp_cpu.h"
#include "esp_idf_version.h"

#ifdef __cplusplus
extern "C" {
#endif

bool dsp_is_power_of_two(int x);
/** Binary logarithm of a power of two; of another number that of the power below it. */
int dsp_power_of_two(int x);

#define dsp_get_cpu_cycle_count esp_cpu_get_cycle_count

#ifdef __cplusplus
}
#endif
