#pragma once

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "esp_attr.h"
#include "esp_cpu.h"
#include "esp_heap_caps.h"
#include "esp_macros.h"
#include "esp_memory_utils.h"
#include "esp_rom_sys.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "freertos/FreeRTOSConfig.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int BaseType_t;
typedef unsigned int UBaseType_t;
typedef uint32_t TickType_t;
typedef uint8_t StackType_t;

#define portBASE_TYPE int
#define portSTACK_TYPE uint8_t
#define portMAX_DELAY ((TickType_t)0xffffffffUL)
#define portTICK_PERIOD_MS ((TickType_t)(1000 / configTICK_RATE_HZ))
#define portSTACK_GROWTH (-1)
#define portBYTE_ALIGNMENT 16

/** Taken by one task at a time; the holder may take it again. */
typedef struct {
    uint32_t owner;
    uint32_t count;
} portMUX_TYPE;
typedef portMUX_TYPE spinlock_t;

#define portMUX_FREE_VAL 0xB33FFFFFu
#define portMUX_INITIALIZER_UNLOCKED \
    { portMUX_FREE_VAL, 0 }
#define SPINLOCK_INITIALIZER portMUX_INITIALIZER_UNLOCKED
#define portMUX_INITIALIZE(mux) spinlock_initialize(mux)
#define portMUX_NO_TIMEOUT (-1)
#define portMUX_TRY_LOCK 0

void spinlock_initialize(portMUX_TYPE *mux);
void vPortEnterCritical(portMUX_TYPE *mux);
void vPortExitCritical(portMUX_TYPE *mux);
/** @return pdTRUE, or pdFALSE when somebody else holds it. */
BaseType_t xPortTryEnterCritical(portMUX_TYPE *mux, int timeout);

#define portENTER_CRITICAL(mux) vPortEnterCritical(mux)
#define portEXIT_CRITICAL(mux) vPortExitCritical(mux)
#define portENTER_CRITICAL_ISR(mux) vPortEnterCritical(mux)
#define portEXIT_CRITICAL_ISR(mux) vPortExitCritical(mux)
#define portENTER_CRITICAL_SAFE(mux) vPortEnterCritical(mux)
#define portEXIT_CRITICAL_SAFE(mux) vPortExitCritical(mux)
#define portTRY_ENTER_CRITICAL(mux, timeout) xPortTryEnterCritical(mux, timeout)
#define taskENTER_CRITICAL(mux) portENTER_CRITICAL(mux)
#define taskEXIT_CRITICAL(mux) portEXIT_CRITICAL(mux)
#define taskENTER_CRITICAL_ISR(mux) portENTER_CRITICAL(mux)
#define taskEXIT_CRITICAL_ISR(mux) portEXIT_CRITICAL(mux)

/** Nothing runs as an interrupt on the PC. */
BaseType_t xPortInIsrContext(void);
BaseType_t xPortGetCoreID(void);
bool xPortCanYield(void);
void vPortYield(void);

#define portYIELD() vPortYield()
#define portYIELD_FROM_ISR(...) ((void)0)
#define portEND_SWITCHING_ISR(...) ((void)0)
#define portGET_CORE_ID() xPortGetCoreID()
#define portDISABLE_INTERRUPTS() ((void)0)
#define portENABLE_INTERRUPTS() ((void)0)

#ifdef __cplusplus
}
#endif
