#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <vector>

#include "esp_log.h"
#include "inttypes.h"
#include "log/chip_format.hpp"

namespace {

using testing::HasSubstr;

std::string of_chip(const char *format) {
    std::string room;
    return hal::chip_format(format, room);
}

TEST(ChipFormat, LongHas32Bits) {
    EXPECT_EQ(of_chip("%ld"), "%d");
    EXPECT_EQ(of_chip("a %5.3lu, %-08lx and %*lX"), "a %5.3u, %-08x and %*X");
    EXPECT_EQ(of_chip("%%ld %lld %llu %zu %d %s %lf %Lf %ls %lc"), "%%ld %lld %llu %zu %d %s %lf %Lf %ls %lc");
    EXPECT_EQ(of_chip("%2$ld %1$s"), "%2$d %1$s");
    EXPECT_EQ(of_chip("%l"), "%l");
    EXPECT_EQ(of_chip("%"), "%");
    EXPECT_EQ(of_chip("ld%d"), "ld%d");
    EXPECT_EQ(of_chip("%" PRId64 " %" PRIu64 " %" PRIx64 " %" PRIdPTR), "%jd %ju %jx %jd");
}

TEST(ChipFormat, SixtyFourBitsArePrintedWhole) {
    char text[64];
    snprintf(text, sizeof(text), "%" PRId64 " %" PRIu64 " %" PRIX64, INT64_MIN, UINT64_MAX, UINT64_MAX);
    EXPECT_STREQ(text, "-9223372036854775808 18446744073709551615 FFFFFFFFFFFFFFFF");
}

std::string g_line;
int keep_line(const char *format, va_list args) {
    char text[256];
    const int length = vsnprintf(text, sizeof(text), format, args);
    g_line = text;
    return length;
}

TEST(LogFormat, NegativeNumbersAsLong) {
    const vprintf_like_t before = esp_log_set_vprintf(keep_line);
    volatile int32_t value = -5;
    ESP_LOGI("tag", "%ld %lu %lx", (int32_t)value, (uint32_t)7, (uint32_t)0xFFFFFFFF);
    esp_log_set_vprintf(before);
    EXPECT_THAT(g_line, HasSubstr("tag: -5 7 ffffffff"));
}

/** What the compiler says about functions that log, one a line from line 1 on. */
std::string compile(const std::vector<std::string> &lines) {
    const std::string path = testing::TempDir() + "hal_format_lines.cpp";
    FILE *file = fopen(path.c_str(), "w");
    fprintf(file,
            "#include \"esp_log.h\"\nenum Plain { A }; enum class Scoped { B };\n"
            "extern int i; extern int32_t i32; extern uint32_t u32; extern int64_t i64; extern long long ll;\n"
            "extern size_t size; extern double d; extern float fl; extern const char *s; extern void *p;\n"
            "extern uint8_t u8; extern Plain plain; extern Scoped scoped;\n#line 1\n");
    for (size_t i = 0; i < lines.size(); ++i) {
        fprintf(file, "void f%zu() { %s; }\n", i, lines[i].c_str());
    }
    fclose(file);
    const std::string command = HAL_COMPILE " " + path + " 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer;
    size_t count;
    while ((count = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        output.append(buffer.data(), count);
    }
    pclose(pipe);
    remove(path.c_str());
    return output;
}

TEST(LogFormat, WhatFitsOnTheChipIsSilent) {
    EXPECT_EQ(compile({
                  R"(ESP_LOGI("t", "plain %%"))",
                  R"(ESP_LOGI("t", "%d %ld %lu %u %x %c %5d %-3.2f", i, i32, u32, u8, plain, 'c', true, fl))",
                  R"(ESP_LOGW("t", "%lld %lld %" PRId64 " %zu %u %d", i64, ll, i64, size, size, size))",
                  R"(ESP_LOGE("t", "%s %s %p %p %.*s %f", s, "x", p, nullptr, 3, s, d))",
                  R"(ESP_LOG_LEVEL(ESP_LOG_INFO, "t", "%" PRIu32, u32))",
                  R"(auto g = [&](auto x) { ESP_LOGD("t", "%d", x); }; g(1))",
              }),
              "");
}

TEST(LogFormat, WhatDoesNotFitIsWarnedOf) {
    const std::vector<std::string> lines = {
        R"(ESP_LOGI("t", "%s", i))",      R"(ESP_LOGI("t", "%d", d))",    R"(ESP_LOGI("t", "%f", i))",
        R"(ESP_LOGI("t", "%d"))",         R"(ESP_LOGI("t", "%d", i, i))", R"(ESP_LOGI("t", "none", i))",
        R"(ESP_LOGI("t", "%lld", i32))",  R"(ESP_LOGI("t", "%d", ll))",   R"(ESP_LOGI("t", "%d", s))",
        R"(ESP_LOGI("t", "%d", scoped))", R"(ESP_LOGI("t", "%s", p))",    R"(ESP_LOGI("t", "%"))",
    };
    const std::string output = compile(lines);
    EXPECT_THAT(output, HasSubstr("format does not fit its arguments"));
    for (size_t i = 0; i < lines.size(); ++i) {
        // The warning itself names the macro; the function is named before it.
        EXPECT_THAT(output, HasSubstr("void f" + std::to_string(i) + "()")) << lines[i];
    }
}

}  // namespace
