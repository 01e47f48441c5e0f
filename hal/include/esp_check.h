#pragma once

#include "esp_err.h"
#include "esp_log.h"

/** Returns the code of `x` when it is not ESP_OK, after logging the message. */
#define ESP_RETURN_ON_ERROR(x, log_tag, format, ...)                                     \
    do {                                                                                 \
        esp_err_t err_rc_ = (x);                                                         \
        if (__builtin_expect(err_rc_ != ESP_OK, 0)) {                                    \
            ESP_LOGE(log_tag, "%s(%d): " format, __FUNCTION__, __LINE__, ##__VA_ARGS__); \
            return err_rc_;                                                              \
        }                                                                                \
    } while (0)

/** Stores the code of `x` in the local `ret` and jumps, after logging the message. */
#define ESP_GOTO_ON_ERROR(x, goto_tag, log_tag, format, ...)                             \
    do {                                                                                 \
        esp_err_t err_rc_ = (x);                                                         \
        if (__builtin_expect(err_rc_ != ESP_OK, 0)) {                                    \
            ESP_LOGE(log_tag, "%s(%d): " format, __FUNCTION__, __LINE__, ##__VA_ARGS__); \
            ret = err_rc_;                                                               \
            goto goto_tag;                                                               \
        }                                                                                \
    } while (0)

/** Returns err_code when the condition does not hold, after logging the message. */
#define ESP_RETURN_ON_FALSE(a, err_code, log_tag, format, ...)                           \
    do {                                                                                 \
        if (__builtin_expect(!(a), 0)) {                                                 \
            ESP_LOGE(log_tag, "%s(%d): " format, __FUNCTION__, __LINE__, ##__VA_ARGS__); \
            return err_code;                                                             \
        }                                                                                \
    } while (0)

/** Stores err_code in the local `ret` and jumps when the condition does not hold, after logging the message. */
#define ESP_GOTO_ON_FALSE(a, err_code, goto_tag, log_tag, format, ...)                   \
    do {                                                                                 \
        if (__builtin_expect(!(a), 0)) {                                                 \
            ESP_LOGE(log_tag, "%s(%d): " format, __FUNCTION__, __LINE__, ##__VA_ARGS__); \
            ret = err_code;                                                              \
            goto goto_tag;                                                               \
        }                                                                                \
    } while (0)

/** Returns from a void function when `x` is not ESP_OK, after logging the message. */
#define ESP_RETURN_VOID_ON_ERROR(x, log_tag, format, ...)                                \
    do {                                                                                 \
        esp_err_t err_rc_ = (x);                                                         \
        if (__builtin_expect(err_rc_ != ESP_OK, 0)) {                                    \
            ESP_LOGE(log_tag, "%s(%d): " format, __FUNCTION__, __LINE__, ##__VA_ARGS__); \
            return;                                                                      \
        }                                                                                \
    } while (0)

/** Returns from a void function when the condition does not hold, after logging the message. */
#define ESP_RETURN_VOID_ON_FALSE(a, log_tag, format, ...)                                \
    do {                                                                                 \
        if (__builtin_expect(!(a), 0)) {                                                 \
            ESP_LOGE(log_tag, "%s(%d): " format, __FUNCTION__, __LINE__, ##__VA_ARGS__); \
            return;                                                                      \
        }                                                                                \
    } while (0)

#define ESP_RETURN_ON_ERROR_ISR ESP_RETURN_ON_ERROR
#define ESP_GOTO_ON_ERROR_ISR ESP_GOTO_ON_ERROR
#define ESP_RETURN_ON_FALSE_ISR ESP_RETURN_ON_FALSE
#define ESP_GOTO_ON_FALSE_ISR ESP_GOTO_ON_FALSE
