#pragma once

#include "freertos/FreeRTOS.h"
#include "freertos/timers.h"

#ifdef __cplusplus
extern "C" {
#endif

/** 24 bits can be used. */
typedef TickType_t EventBits_t;

EventGroupHandle_t xEventGroupCreate(void);
EventGroupHandle_t xEventGroupCreateStatic(StaticEventGroup_t *buffer);
void vEventGroupDelete(EventGroupHandle_t group);

/** Waits for one or all of `bits`. @return the bits when the wait ended, before clear_on_exit took effect. */
EventBits_t xEventGroupWaitBits(EventGroupHandle_t group, EventBits_t bits, BaseType_t clear_on_exit,
                                BaseType_t wait_for_all, TickType_t ticks);
EventBits_t xEventGroupSetBits(EventGroupHandle_t group, EventBits_t bits);
/** @return the bits before. */
EventBits_t xEventGroupClearBits(EventGroupHandle_t group, EventBits_t bits);
/** Sets `set`, then waits for all of `wait_for`, which are cleared when all have come. */
EventBits_t xEventGroupSync(EventGroupHandle_t group, EventBits_t set, EventBits_t wait_for, TickType_t ticks);

#define xEventGroupGetBits(group) xEventGroupClearBits((group), 0)
#define xEventGroupGetBitsFromISR(group) xEventGroupClearBits((group), 0)
#define xEventGroupSetBitsFromISR(group, bits, woken) (xEventGroupSetBits((group), (bits)), pdPASS)
#define xEventGroupClearBitsFromISR(group, bits) (xEventGroupClearBits((group), (bits)), pdPASS)

#ifdef __cplusplus
}
#endif
