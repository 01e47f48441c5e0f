#include "esp_log.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "esp_timer.h"

namespace {

// Of single tags: as many as an app sets.
struct Level {
    const char *tag;
    esp_log_level_t level;
};
constexpr int MAX_LEVELS = 32;
Level s_levels[MAX_LEVELS];
int s_level_count = 0;

#ifdef CONFIG_LOG_DEFAULT_LEVEL
esp_log_level_t s_default = static_cast<esp_log_level_t>(CONFIG_LOG_DEFAULT_LEVEL);
#else
esp_log_level_t s_default = ESP_LOG_INFO;
#endif
vprintf_like_t s_vprintf = vprintf;

}  // namespace

void esp_log_level_set(const char *tag, esp_log_level_t level) {
    if (std::strcmp(tag, "*") == 0) {
        s_default = level;
        s_level_count = 0;
        return;
    }
    int at = 0;
    while (at < s_level_count && std::strcmp(s_levels[at].tag, tag) != 0) {
        at++;
    }
    if (at < MAX_LEVELS) {
        s_levels[at] = {tag, level};
        s_level_count = at == s_level_count ? at + 1 : s_level_count;
    }
}

esp_log_level_t esp_log_level_get(const char *tag) {
    for (int at = 0; at < s_level_count; at++) {
        if (std::strcmp(s_levels[at].tag, tag) == 0) {
            return s_levels[at].level;
        }
    }
    return s_default;
}

vprintf_like_t esp_log_set_vprintf(vprintf_like_t func) {
    const vprintf_like_t before = s_vprintf;
    s_vprintf = func;
    return before;
}

uint32_t esp_log_timestamp(void) {
    return static_cast<uint32_t>(esp_timer_get_time() / 1000);
}

void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list args) {
    if (level != ESP_LOG_NONE && level <= esp_log_level_get(tag)) {
        s_vprintf(format, args);
    }
}

const char *esp_log_line_begin(esp_log_level_t) {
    return "";
}
const char *esp_log_line_end(esp_log_level_t) {
    return "";
}
