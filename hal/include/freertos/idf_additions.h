#pragma once

#include "esp_heap_caps.h"
#include "freertos/event_groups.h"
#include "freertos/message_buffer.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/stream_buffer.h"
#include "freertos/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The plain functions, with the memory taken from regions that have `caps`. */
BaseType_t xTaskCreateWithCaps(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth,
                               void *parameters, UBaseType_t priority, TaskHandle_t *created_task, UBaseType_t caps);
BaseType_t xTaskCreatePinnedToCoreWithCaps(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth,
                                           void *parameters, UBaseType_t priority, TaskHandle_t *created_task,
                                           BaseType_t core_id, UBaseType_t caps);
void vTaskDeleteWithCaps(TaskHandle_t task);
QueueHandle_t xQueueCreateWithCaps(UBaseType_t length, UBaseType_t item_size, UBaseType_t caps);
void vQueueDeleteWithCaps(QueueHandle_t queue);
SemaphoreHandle_t xSemaphoreCreateBinaryWithCaps(UBaseType_t caps);
SemaphoreHandle_t xSemaphoreCreateCountingWithCaps(UBaseType_t max_count, UBaseType_t initial_count, UBaseType_t caps);
SemaphoreHandle_t xSemaphoreCreateMutexWithCaps(UBaseType_t caps);
SemaphoreHandle_t xSemaphoreCreateRecursiveMutexWithCaps(UBaseType_t caps);
void vSemaphoreDeleteWithCaps(SemaphoreHandle_t semaphore);
EventGroupHandle_t xEventGroupCreateWithCaps(UBaseType_t caps);
void vEventGroupDeleteWithCaps(EventGroupHandle_t group);

#ifdef __cplusplus
}
#endif
