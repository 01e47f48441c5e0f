#pragma once

#include <stdint.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "unity_test_utils_memory.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Deletes another task and waits until it has ended. */
void unity_utils_task_delete(TaskHandle_t thandle);

#ifdef __cplusplus
}
#endif
