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

typedef struct tskTaskControlBlock *TaskHandle_t;
typedef struct QueueDefinition *QueueHandle_t;
typedef struct QueueDefinition *QueueSetHandle_t;
typedef struct QueueDefinition *QueueSetMemberHandle_t;
typedef QueueHandle_t SemaphoreHandle_t;
typedef struct EventGroupDef_t *EventGroupHandle_t;
typedef struct StreamBufferDef_t *StreamBufferHandle_t;
typedef StreamBufferHandle_t MessageBufferHandle_t;
typedef struct tmrTimerControl *TimerHandle_t;

/** Room that the *Static functions ask for. What it holds is the HAL's business. */
typedef struct {
    void *reserved[44];
} StaticTask_t;
typedef struct {
    void *reserved[12];
} StaticQueue_t;
typedef StaticQueue_t StaticSemaphore_t;
typedef struct {
    void *reserved[10];
} StaticStreamBuffer_t;
typedef StaticStreamBuffer_t StaticMessageBuffer_t;
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

// As ESP-IDF's, this header brings tasks, queues, semaphores, event groups and buffers along.
#include "freertos/idf_additions.h"
