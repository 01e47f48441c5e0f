#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_heap_caps.h"
#include "esp_system.h"
#include "freertos/FreeRTOSConfig.h"
#include "freertos/portmacro.h"
#include "freertos/projdefs.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Room that the *Static functions ask for. What it holds is the HAL's business.
typedef struct {
    void *reserved[44];
} StaticTask_t;
typedef struct {
    void *reserved[12];
} StaticQueue_t;
typedef StaticQueue_t StaticSemaphore_t;
typedef struct {
    void *reserved[6];
} StaticEventGroup_t;
typedef struct {
    void *reserved[8];
} StaticTimer_t;

void *pvPortMalloc(size_t size);
void vPortFree(void *ptr);

#ifdef __cplusplus
}
#endif
