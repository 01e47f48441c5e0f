#define LOG_LOCAL_LEVEL ESP_LOG_DEBUG
#include "esp_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "board/board.hpp"

namespace {

std::string g_text;

int collect(const char *format, va_list args) {
    char text[512];
    const int count = vsnprintf(text, sizeof(text), format, args);
    g_text += text;
    return count;
}

// The terminal decides about colours; what is said is the same.
std::string without_colours(const std::string &text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\033') {
            i = text.find('m', i);
        } else {
            plain += text[i];
        }
    }
    return plain;
}

class Log : public testing::Test {
protected:
    void SetUp() override {
        hal::Board::reset_for_test(hal::Board::built_in_profile());
        hal::clock().set_manual();
        hal::clock().advance_us(252999 - hal::clock().now_us());
        esp_log_level_set("*", ESP_LOG_INFO);
        g_text.clear();
        m_before = esp_log_set_vprintf(collect);
    }
    void TearDown() override {
        EXPECT_EQ(esp_log_set_vprintf(m_before), &collect);
        esp_log_level_set("*", ESP_LOG_INFO);
        hal::clock().restart();
    }
    static std::string text() { return without_colours(g_text); }

    vprintf_like_t m_before = nullptr;
};

TEST_F(Log, LineHasLevelMillisecondsTagAndMessage) {
    ESP_LOGI("tag", "message");
    ESP_LOGW("main_task", "%d of %s", 3, "four");
    ESP_LOGE("e", "no arguments");
    EXPECT_EQ(text(), "I (252) tag: message\nW (252) main_task: 3 of four\nE (252) e: no arguments\n");
}

TEST_F(Log, EarlyAndDramVariantsLookTheSame) {
    ESP_EARLY_LOGI("tag", "%d", 1);
    ESP_DRAM_LOGW("tag", "%d", 2);
    EXPECT_EQ(text(), "I (252) tag: 1\nW (252) tag: 2\n");
}

TEST_F(Log, LevelsOfTags) {
    EXPECT_EQ(esp_log_level_get("a"), ESP_LOG_INFO);
    esp_log_level_set("a", ESP_LOG_WARN);
    esp_log_level_set("b", ESP_LOG_DEBUG);
    EXPECT_EQ(esp_log_level_get("a"), ESP_LOG_WARN);
    EXPECT_EQ(esp_log_level_get("c"), ESP_LOG_INFO);
    ESP_LOGI("a", "dropped");
    ESP_LOGW("a", "kept");
    ESP_LOGD("b", "kept");
    ESP_LOGD("c", "dropped");
    EXPECT_EQ(text(), "W (252) a: kept\nD (252) b: kept\n");
    // "*" forgets the single ones.
    esp_log_level_set("*", ESP_LOG_ERROR);
    EXPECT_EQ(esp_log_level_get("a"), ESP_LOG_ERROR);
    EXPECT_EQ(esp_log_level_get("b"), ESP_LOG_ERROR);
    esp_log_level_set("a", ESP_LOG_NONE);
    g_text.clear();
    ESP_LOGE("a", "dropped");
    EXPECT_EQ(text(), "");
}

TEST_F(Log, LocalLevelIsCompiledIn) {
    esp_log_level_set("*", ESP_LOG_VERBOSE);
    int evaluated = 0;
    ESP_LOGV("tag", "%d", ++evaluated);
    EXPECT_EQ(evaluated, 0);
    ESP_LOGD("tag", "%d", ++evaluated);
    EXPECT_EQ(evaluated, 1);
    EXPECT_EQ(text(), "D (252) tag: 1\n");
}

TEST_F(Log, WriteTakesTheTextAsItIs) {
    esp_log_write(ESP_LOG_INFO, "tag", "%s|", "raw");
    esp_log_write(ESP_LOG_DEBUG, "tag", "%s|", "dropped");
    EXPECT_EQ(text(), "raw|");
}

TEST_F(Log, BufferAsHex) {
    uint8_t bytes[18];
    for (int i = 0; i < 18; ++i) {
        bytes[i] = static_cast<uint8_t>(i * 15);
    }
    ESP_LOG_BUFFER_HEX("tag", bytes, sizeof(bytes));
    EXPECT_EQ(text(),
              "I (252) tag: 00 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1\n"
              "I (252) tag: f0 ff\n");
    g_text.clear();
    ESP_LOG_BUFFER_HEX_LEVEL("tag", bytes, 2, ESP_LOG_WARN);
    EXPECT_EQ(text(), "W (252) tag: 00 0f\n");
}

TEST_F(Log, BufferAsCharacters) {
    ESP_LOG_BUFFER_CHAR("tag", "seventeen letters", 17);
    EXPECT_EQ(text(), "I (252) tag: seventeen letter\nI (252) tag: s\n");
}

TEST_F(Log, BufferAsHexdump) {
    char bytes[20] = "ESP32 is great\x01\x7f!?";
    ESP_LOG_BUFFER_HEXDUMP("tag", bytes, 18, ESP_LOG_INFO);
    char first[24];
    snprintf(first, sizeof(first), "%p", static_cast<void *>(bytes));
    EXPECT_THAT(text(),
                testing::StartsWith(std::string("I (252) tag: ") + first +
                                    "   45 53 50 33 32 20 69 73  20 67 72 65 61 74 01 7f  |ESP32 is great..|\n"));
    EXPECT_THAT(text(), testing::EndsWith("  |!?|\n"));
}

TEST_F(Log, Timestamps) {
    EXPECT_EQ(esp_log_timestamp(), 252u);
    hal::clock().advance_us(int64_t{3600 + 2 * 60 + 3} * 1000000);
    EXPECT_STREQ(esp_log_system_timestamp(), "01:02:03.252");
}

}  // namespace
