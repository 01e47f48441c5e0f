#pragma once

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "esp_assert.h"
#include "esp_rom_sys.h"

#if __has_include("sdkconfig.h")
#include "sdkconfig.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ESP_LOG_NONE = 0,
    ESP_LOG_ERROR = 1,
    ESP_LOG_WARN = 2,
    ESP_LOG_INFO = 3,
    ESP_LOG_DEBUG = 4,
    ESP_LOG_VERBOSE = 5,
    ESP_LOG_MAX = 6,
} esp_log_level_t;

typedef int (*vprintf_like_t)(const char *, va_list);

/** Messages of `tag` above this level are dropped. "*" sets every tag's level and forgets the single ones. */
void esp_log_level_set(const char *tag, esp_log_level_t level);
esp_log_level_t esp_log_level_get(const char *tag);

/** Level of tags that have none of their own. */
esp_log_level_t esp_log_get_default_level(void);
void esp_log_set_default_level(esp_log_level_t level);

/** Sends log output to `func` instead of the console. @return the function in use before. */
vprintf_like_t esp_log_set_vprintf(vprintf_like_t func);

/** Milliseconds since boot, as printed in a line. */
uint32_t esp_log_timestamp(void);
uint32_t esp_log_early_timestamp(void);
/** "HH:MM:SS.mmm" since boot; the string stays valid until the calling thread's next call. */
char *esp_log_system_timestamp(void);

/** Writes the finished text if the tag's level allows it. */
void esp_log_write(esp_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The same for the macros below. A project's formats are checked by the compiler, with the chip's types
 * (ESP_LOG_FORMATS_BY_COMPILER, cmake/format_check.cmake); elsewhere the macros check them themselves. */
#if defined(ESP_LOG_FORMATS_BY_COMPILER)
void esp_log_write_line(esp_log_level_t level, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#else
void esp_log_write_line(esp_log_level_t level, const char *tag, const char *format, ...);
#endif
void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list args);

/** Colour that a line of this level begins with, and what ends it; "" where colours are off. */
const char *esp_log_line_begin(esp_log_level_t level);
const char *esp_log_line_end(esp_log_level_t level);

void esp_log_buffer_hex_internal(const char *tag, const void *buffer, uint16_t buff_len, esp_log_level_t level);
void esp_log_buffer_char_internal(const char *tag, const void *buffer, uint16_t buff_len, esp_log_level_t level);
void esp_log_buffer_hexdump_internal(const char *tag, const void *buffer, uint16_t buff_len, esp_log_level_t level);

#ifdef __cplusplus
}
#endif

/** Levels above this are not compiled in. A source file may define it before the include. */
#ifndef LOG_LOCAL_LEVEL
#ifdef CONFIG_LOG_MAXIMUM_LEVEL
#define LOG_LOCAL_LEVEL ((esp_log_level_t)CONFIG_LOG_MAXIMUM_LEVEL)
#else
#define LOG_LOCAL_LEVEL ESP_LOG_VERBOSE
#endif
#endif

#define LOG_COLOR_BLACK "30"
#define LOG_COLOR_RED "31"
#define LOG_COLOR_GREEN "32"
#define LOG_COLOR_BROWN "33"
#define LOG_COLOR_BLUE "34"
#define LOG_COLOR_PURPLE "35"
#define LOG_COLOR_CYAN "36"
#define LOG_COLOR(COLOR) "\033[0;" COLOR "m"
#define LOG_BOLD(COLOR) "\033[1;" COLOR "m"
#define LOG_RESET_COLOR "\033[0m"
#define LOG_COLOR_E LOG_COLOR(LOG_COLOR_RED)
#define LOG_COLOR_W LOG_COLOR(LOG_COLOR_BROWN)
#define LOG_COLOR_I LOG_COLOR(LOG_COLOR_GREEN)
#define LOG_COLOR_D
#define LOG_COLOR_V

#if defined(__cplusplus) && __cplusplus >= 202002L && !defined(ESP_LOG_FORMATS_BY_COMPILER)
#include "esp_log_check.hpp"
#else
#define ESP_LOG_CHECK_FORMAT(format, ...) ((void)0)
#endif

/** Colours depend on where the output goes, so they are arguments, not part of the format. */
#define ESP_LOG_LEVEL(level, tag, format, ...)                                                                     \
    do {                                                                                                           \
        ESP_LOG_CHECK_FORMAT(format, ##__VA_ARGS__);                                                               \
        esp_log_write_line((level), (tag), "%s%c (%" PRIu32 ") %s: " format "%s\n", esp_log_line_begin(level),     \
                           "NEWIDV"[(level)], esp_log_timestamp(), (tag), ##__VA_ARGS__, esp_log_line_end(level)); \
    } while (0)

#define ESP_LOG_LEVEL_LOCAL(level, tag, format, ...)            \
    do {                                                        \
        if (LOG_LOCAL_LEVEL >= (level)) {                       \
            ESP_LOG_LEVEL((level), tag, format, ##__VA_ARGS__); \
        }                                                       \
    } while (0)

#define ESP_LOGE(tag, format, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_ERROR, tag, format, ##__VA_ARGS__)
#define ESP_LOGW(tag, format, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_WARN, tag, format, ##__VA_ARGS__)
#define ESP_LOGI(tag, format, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_INFO, tag, format, ##__VA_ARGS__)
#define ESP_LOGD(tag, format, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_DEBUG, tag, format, ##__VA_ARGS__)
#define ESP_LOGV(tag, format, ...) ESP_LOG_LEVEL_LOCAL(ESP_LOG_VERBOSE, tag, format, ##__VA_ARGS__)

/** Before the scheduler runs, and where flash is not readable, the chip needs other paths; the output is the same. */
#define ESP_EARLY_LOGE ESP_LOGE
#define ESP_EARLY_LOGW ESP_LOGW
#define ESP_EARLY_LOGI ESP_LOGI
#define ESP_EARLY_LOGD ESP_LOGD
#define ESP_EARLY_LOGV ESP_LOGV
#define ESP_DRAM_LOGE ESP_LOGE
#define ESP_DRAM_LOGW ESP_LOGW
#define ESP_DRAM_LOGI ESP_LOGI
#define ESP_DRAM_LOGD ESP_LOGD
#define ESP_DRAM_LOGV ESP_LOGV

#define ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, buff_len, level)         \
    do {                                                               \
        if (LOG_LOCAL_LEVEL >= (level)) {                              \
            esp_log_buffer_hex_internal(tag, buffer, buff_len, level); \
        }                                                              \
    } while (0)
#define ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, buff_len, level)         \
    do {                                                                \
        if (LOG_LOCAL_LEVEL >= (level)) {                               \
            esp_log_buffer_char_internal(tag, buffer, buff_len, level); \
        }                                                               \
    } while (0)
#define ESP_LOG_BUFFER_HEXDUMP(tag, buffer, buff_len, level)               \
    do {                                                                   \
        if (LOG_LOCAL_LEVEL >= (level)) {                                  \
            esp_log_buffer_hexdump_internal(tag, buffer, buff_len, level); \
        }                                                                  \
    } while (0)
#define ESP_LOG_BUFFER_HEXDUMP_LEVEL ESP_LOG_BUFFER_HEXDUMP
#define ESP_LOG_BUFFER_HEX(tag, buffer, buff_len) ESP_LOG_BUFFER_HEX_LEVEL(tag, buffer, buff_len, ESP_LOG_INFO)
#define ESP_LOG_BUFFER_CHAR(tag, buffer, buff_len) ESP_LOG_BUFFER_CHAR_LEVEL(tag, buffer, buff_len, ESP_LOG_INFO)
