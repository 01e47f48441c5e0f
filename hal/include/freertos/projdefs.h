#pragma once

#include <stdint.h>

#include "freertos/FreeRTOSConfig.h"

#define pdFALSE 0
#define pdTRUE 1
#define pdPASS pdTRUE
#define pdFAIL pdFALSE
#define errQUEUE_EMPTY 0
#define errQUEUE_FULL 0
#define errCOULD_NOT_ALLOCATE_REQUIRED_MEMORY (-1)
#define errQUEUE_BLOCKED (-4)
#define errQUEUE_YIELD (-5)

#define pdMS_TO_TICKS(ms) ((TickType_t)(((uint64_t)(ms) * (uint64_t)configTICK_RATE_HZ) / 1000u))
#define pdTICKS_TO_MS(ticks) ((TickType_t)(((uint64_t)(ticks)*1000u) / (uint64_t)configTICK_RATE_HZ))

typedef void (*TaskFunction_t)(void *);
