#include "esp_log.h"

#include <unistd.h>

#include <atomic>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>

#include "board/board.hpp"
#include "esp_timer.h"
#include "log/chip_format.hpp"

namespace {

struct Levels {
    std::mutex mutex;
    std::unordered_map<std::string, esp_log_level_t> of_tag;
    std::atomic<esp_log_level_t> other{ESP_LOG_INFO};
    std::atomic<bool> any_of_tag{false};

    Levels() { other = static_cast<esp_log_level_t>(deskboard_app_config.log_default_level); }
};

// Never destroyed: other threads may log while the process ends.
Levels &levels() {
    static Levels *instance = new Levels;
    return *instance;
}

std::atomic<vprintf_like_t> g_vprintf{&vprintf};

bool colours() {
    static const bool on = deskboard_app_config.log_colors && !getenv("NO_COLOR") && isatty(STDOUT_FILENO) != 0;
    return on;
}

// One line for up to 16 bytes; `line` holds the address a hexdump begins with, or nothing.
void log_line(const char *tag, esp_log_level_t level, const std::string &line) {
    ESP_LOG_LEVEL(level, tag, "%s", line.c_str());
}

constexpr int BYTES_PER_LINE = 16;

char printable(uint8_t byte) {
    return isprint(byte) ? static_cast<char>(byte) : '.';
}

}  // namespace

void esp_log_level_set(const char *tag, esp_log_level_t level) {
    Levels &all = levels();
    std::lock_guard<std::mutex> guard(all.mutex);
    if (strcmp(tag, "*") == 0) {
        all.of_tag.clear();
        all.other = level;
        all.any_of_tag = false;
    } else {
        all.of_tag[tag] = level;
        all.any_of_tag = true;
    }
}

esp_log_level_t esp_log_level_get(const char *tag) {
    Levels &all = levels();
    if (tag && all.any_of_tag) {
        std::lock_guard<std::mutex> guard(all.mutex);
        const auto it = all.of_tag.find(tag);
        if (it != all.of_tag.end()) {
            return it->second;
        }
    }
    return all.other;
}

esp_log_level_t esp_log_get_default_level(void) {
    return levels().other;
}

void esp_log_set_default_level(esp_log_level_t level) {
    levels().other = level;
}

vprintf_like_t esp_log_set_vprintf(vprintf_like_t func) {
    return g_vprintf.exchange(func);
}

uint32_t esp_log_timestamp(void) {
    return static_cast<uint32_t>(esp_timer_get_time() / 1000);
}

uint32_t esp_log_early_timestamp(void) {
    return esp_log_timestamp();
}

char *esp_log_system_timestamp(void) {
    static thread_local char text[24];
    const uint32_t ms = esp_log_timestamp();
    snprintf(text, sizeof(text), "%02u:%02u:%02u.%03u", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
    return text;
}

void esp_log_writev(esp_log_level_t level, const char *tag, const char *format, va_list args) {
    if (level == ESP_LOG_NONE || level > esp_log_level_get(tag)) {
        return;
    }
    std::string room;
    g_vprintf.load()(hal::chip_format(format, room), args);
}

// Called where a format does not fit; the compiler has said so.
void esp_log_format_mismatch(void) {}

const char *esp_log_line_begin(esp_log_level_t level) {
    if (!colours()) {
        return "";
    }
    switch (level) {
        case ESP_LOG_ERROR:
            return LOG_COLOR(LOG_COLOR_RED);
        case ESP_LOG_WARN:
            return LOG_COLOR(LOG_COLOR_BROWN);
        case ESP_LOG_INFO:
            return LOG_COLOR(LOG_COLOR_GREEN);
        default:
            return "";
    }
}

const char *esp_log_line_end(esp_log_level_t level) {
    return *esp_log_line_begin(level) != '\0' ? LOG_RESET_COLOR : "";
}

void esp_log_buffer_hex_internal(const char *tag, const void *buffer, uint16_t buff_len, esp_log_level_t level) {
    const auto *bytes = static_cast<const uint8_t *>(buffer);
    for (int at = 0; at < buff_len; at += BYTES_PER_LINE) {
        std::string line;
        for (int i = at; i < buff_len && i < at + BYTES_PER_LINE; ++i) {
            char text[4];
            snprintf(text, sizeof(text), i == at ? "%02x" : " %02x", bytes[i]);
            line += text;
        }
        log_line(tag, level, line);
    }
}

void esp_log_buffer_char_internal(const char *tag, const void *buffer, uint16_t buff_len, esp_log_level_t level) {
    const auto *bytes = static_cast<const uint8_t *>(buffer);
    for (int at = 0; at < buff_len; at += BYTES_PER_LINE) {
        std::string line;
        for (int i = at; i < buff_len && i < at + BYTES_PER_LINE; ++i) {
            line += static_cast<char>(bytes[i]);
        }
        log_line(tag, level, line);
    }
}

void esp_log_buffer_hexdump_internal(const char *tag, const void *buffer, uint16_t buff_len, esp_log_level_t level) {
    const auto *bytes = static_cast<const uint8_t *>(buffer);
    for (int at = 0; at < buff_len; at += BYTES_PER_LINE) {
        char text[24];
        snprintf(text, sizeof(text), "%p ", static_cast<const void *>(bytes + at));
        std::string line = text;
        std::string characters;
        for (int i = at; i < at + BYTES_PER_LINE; ++i) {
            if ((i - at) % 8 == 0) {
                line += ' ';
            }
            if (i < buff_len) {
                snprintf(text, sizeof(text), " %02x", bytes[i]);
                line += text;
                characters += printable(bytes[i]);
            } else {
                line += "   ";
            }
        }
        log_line(tag, level, line + "  |" + characters + "|");
    }
}
