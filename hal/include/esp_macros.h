#pragma once

#include <assert.h>

#include "esp_assert.h"
#include "esp_attr.h"
#include "esp_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ESP_UNUSED
#define ESP_UNUSED(x) ((void)(x))
#endif

/** MACRO_WITH_ARGS when further arguments are given, else MACRO_WITH_NO_ARGS. */
#define CHOOSE_MACRO_VA_ARG_FIRST(a, b, chosen, ...) chosen
#if defined(__cplusplus) && __cplusplus >= 202002L
#define CHOOSE_MACRO_VA_ARG(with, without, ...) CHOOSE_MACRO_VA_ARG_FIRST(0 __VA_OPT__(, 0, with), 0, without, 0)
#else
#define CHOOSE_MACRO_VA_ARG_SECOND(first, second, with, without, ...) with
#define CHOOSE_MACRO_VA_ARG(with, without, ...) CHOOSE_MACRO_VA_ARG_SECOND(0, ##__VA_ARGS__, with, without, 0)
#endif

static inline __attribute__((always_inline, __noreturn__)) void esp_infinite_loop(void) {
    while (1) {
        __asm__ volatile("");
    }
}
#define ESP_INFINITE_LOOP() esp_infinite_loop()

#define ESP_ALIGN_UP(val, align) (((val) + ((align)-1)) & ~((align)-1))
#define ESP_ALIGN_DOWN(val, align) ((val) & ~((align)-1))

#ifdef __cplusplus
}
#endif
