#pragma once

#include "freertos/FreeRTOS.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { eRunning = 0, eReady, eBlocked, eSuspended, eDeleted, eInvalid } eTaskState;
typedef enum {
    eNoAction = 0,
    eSetBits,
    eIncrement,
    eSetValueWithOverwrite,
    eSetValueWithoutOverwrite,
} eNotifyAction;

#define tskIDLE_PRIORITY ((UBaseType_t)0U)
#define tskNO_AFFINITY ((BaseType_t)0x7FFFFFFF)
#define tskKERNEL_VERSION_NUMBER "V10.5.1"

#define taskSCHEDULER_SUSPENDED ((BaseType_t)0)
#define taskSCHEDULER_NOT_STARTED ((BaseType_t)1)
#define taskSCHEDULER_RUNNING ((BaseType_t)2)

#define taskYIELD() vPortYield()

/** @param stack_depth bytes; taken from the board's internal RAM, with the control block.
 * Each task is a thread of the PC: priorities and cores are kept and reported, but decide only who of several waiting
 * tasks is woken first. */
BaseType_t xTaskCreate(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth, void *parameters,
                       UBaseType_t priority, TaskHandle_t *created_task);
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE stack_depth,
                                   void *parameters, UBaseType_t priority, TaskHandle_t *created_task,
                                   BaseType_t core_id);
TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, uint32_t stack_depth, void *parameters,
                               UBaseType_t priority, StackType_t *stack_buffer, StaticTask_t *task_buffer);
TaskHandle_t xTaskCreateStaticPinnedToCore(TaskFunction_t code, const char *name, uint32_t stack_depth,
                                           void *parameters, UBaseType_t priority, StackType_t *stack_buffer,
                                           StaticTask_t *task_buffer, BaseType_t core_id);

/** NULL: the calling task, which does not return. Another task ends at its next FreeRTOS call. */
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);
BaseType_t xTaskDelayUntil(TickType_t *previous_wake_time, TickType_t increment);
#define vTaskDelayUntil(previous_wake_time, increment) ((void)xTaskDelayUntil((previous_wake_time), (increment)))

void vTaskSuspend(TaskHandle_t task);
void vTaskResume(TaskHandle_t task);
UBaseType_t uxTaskPriorityGet(TaskHandle_t task);
void vTaskPrioritySet(TaskHandle_t task, UBaseType_t priority);
eTaskState eTaskGetState(TaskHandle_t task);

TickType_t xTaskGetTickCount(void);
TickType_t xTaskGetTickCountFromISR(void);
UBaseType_t uxTaskGetNumberOfTasks(void);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
TaskHandle_t xTaskGetCurrentTaskHandleForCore(BaseType_t core_id);
TaskHandle_t xTaskGetHandle(const char *name);
TaskHandle_t xTaskGetIdleTaskHandle(void);
char *pcTaskGetName(TaskHandle_t task);
BaseType_t xTaskGetCoreID(TaskHandle_t task);
BaseType_t xTaskGetAffinity(TaskHandle_t task);
BaseType_t xTaskGetSchedulerState(void);
void vTaskSuspendAll(void);
BaseType_t xTaskResumeAll(void);

/** Least free stack so far, in bytes: what was asked for, less what the task used on the PC (0 when it used more). */
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task);
#define uxTaskGetStackHighWaterMark2 uxTaskGetStackHighWaterMark
uint8_t *pxTaskGetStackStart(TaskHandle_t task);

/** A line for each task: name, state (X running, B blocked, S suspended), priority, free stack, number, core. */
void vTaskList(char *buffer);

BaseType_t xTaskGenericNotify(TaskHandle_t task, UBaseType_t index, uint32_t value, eNotifyAction action,
                              uint32_t *previous_value);
BaseType_t xTaskGenericNotifyWait(UBaseType_t index, uint32_t clear_on_entry, uint32_t clear_on_exit, uint32_t *value,
                                  TickType_t ticks);
uint32_t ulTaskGenericNotifyTake(UBaseType_t index, BaseType_t clear_on_exit, TickType_t ticks);
BaseType_t xTaskGenericNotifyStateClear(TaskHandle_t task, UBaseType_t index);
uint32_t ulTaskGenericNotifyValueClear(TaskHandle_t task, UBaseType_t index, uint32_t bits);

#define xTaskNotify(task, value, action) xTaskGenericNotify((task), 0, (value), (action), NULL)
#define xTaskNotifyAndQuery(task, value, action, previous) xTaskGenericNotify((task), 0, (value), (action), (previous))
#define xTaskNotifyGive(task) xTaskGenericNotify((task), 0, 0, eIncrement, NULL)
#define xTaskNotifyFromISR(task, value, action, woken) xTaskGenericNotify((task), 0, (value), (action), NULL)
#define vTaskNotifyGiveFromISR(task, woken) ((void)xTaskGenericNotify((task), 0, 0, eIncrement, NULL))
#define xTaskNotifyWait(clear_on_entry, clear_on_exit, value, ticks) \
    xTaskGenericNotifyWait(0, (clear_on_entry), (clear_on_exit), (value), (ticks))
#define ulTaskNotifyTake(clear_on_exit, ticks) ulTaskGenericNotifyTake(0, (clear_on_exit), (ticks))
#define xTaskNotifyStateClear(task) xTaskGenericNotifyStateClear((task), 0)
#define ulTaskNotifyValueClear(task, bits) ulTaskGenericNotifyValueClear((task), 0, (bits))
#define xTaskNotifyIndexed(task, index, value, action) xTaskGenericNotify((task), (index), (value), (action), NULL)
#define xTaskNotifyGiveIndexed(task, index) xTaskGenericNotify((task), (index), 0, eIncrement, NULL)
#define ulTaskNotifyTakeIndexed(index, clear, ticks) ulTaskGenericNotifyTake((index), (clear), (ticks))

#ifdef __cplusplus
}
#endif
