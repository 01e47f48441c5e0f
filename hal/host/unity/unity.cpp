// Assertions and the run of one test. The registry of test cases and the menu: runner.cpp.
#include "unity.h"

#include <cinttypes>
#include <cmath>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <string>

#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "unity/unity.hpp"

struct UNITY_STORAGE_T Unity;

namespace {

thread_local bool t_in_test = false;  // assertions of this task can come back to the run
int64_t g_started_us = 0;
int64_t g_stopped_us = 0;

void print_place(const char *file, UNITY_LINE_TYPE line, const char *verdict) {
    printf("%s:%u:%s:%s", file ? file : "", line, Unity.CurrentTestName ? Unity.CurrentTestName : "", verdict);
}

[[noreturn]] void leave_test(const char *file, UNITY_LINE_TYPE line) {
    if (!t_in_test) {
        printf("%s:%u: this assertion is in task '%s', which runs no test: there is no way back\n", file, line,
               pcTaskGetName(nullptr));
        fflush(stdout);
        abort();
    }
    longjmp(Unity.AbortFrame, 1);
}

[[noreturn]] void fail_with(const char *file, UNITY_LINE_TYPE line, const char *message, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Keeps what is printed about a test for its results, too. */
void say(const char *file, UNITY_LINE_TYPE line, const char *verdict, const std::string &what) {
    print_place(file, line, verdict);
    printf("%s%s\n", what.empty() ? "" : ": ", what.c_str());
    hal::unity_last_message() = std::string(file ? file : "") + ":" + std::to_string(line) + ": " + what;
}

void fail_with(const char *file, UNITY_LINE_TYPE line, const char *message, const char *format, ...) {
    {
        char text[1024] = "";
        if (format) {
            va_list args;
            va_start(args, format);
            vsnprintf(text, sizeof(text), format, args);
            va_end(args);
        }
        // Destroyed here: leave_test() does not come back.
        say(file, line, "FAIL", std::string(text) + (format && message ? ". " : "") + (message ? message : ""));
    }
    Unity.CurrentTestFailed = 1;
    leave_test(file, line);
}

struct StyleFacts {
    int bytes;
    bool is_signed;
    bool hexadecimal;
};

StyleFacts facts_of(unity_style_t style) {
    switch (style) {
        case UNITY_STYLE_INT8:
        case UNITY_STYLE_CHAR:
            return {1, true, false};
        case UNITY_STYLE_INT16:
            return {2, true, false};
        case UNITY_STYLE_INT:
        case UNITY_STYLE_INT32:
            return {4, true, false};
        case UNITY_STYLE_INT64:
            return {8, true, false};
        case UNITY_STYLE_UINT8:
            return {1, false, false};
        case UNITY_STYLE_UINT16:
            return {2, false, false};
        case UNITY_STYLE_UINT:
        case UNITY_STYLE_UINT32:
            return {4, false, false};
        case UNITY_STYLE_HEX8:
            return {1, false, true};
        case UNITY_STYLE_HEX16:
            return {2, false, true};
        case UNITY_STYLE_HEX32:
            return {4, false, true};
        case UNITY_STYLE_HEX64:
            return {8, false, true};
        default:
            return {8, false, false};
    }
}

/** The value as its type holds it. INT and UINT are compared as they are. */
int64_t narrowed(int64_t value, unity_style_t style) {
    if (style == UNITY_STYLE_INT || style == UNITY_STYLE_UINT) {
        return value;
    }
    const StyleFacts facts = facts_of(style);
    switch (facts.bytes) {
        case 1:
            return facts.is_signed ? static_cast<int64_t>(static_cast<int8_t>(value))
                                   : static_cast<int64_t>(static_cast<uint8_t>(value));
        case 2:
            return facts.is_signed ? static_cast<int64_t>(static_cast<int16_t>(value))
                                   : static_cast<int64_t>(static_cast<uint16_t>(value));
        case 4:
            return facts.is_signed ? static_cast<int64_t>(static_cast<int32_t>(value))
                                   : static_cast<int64_t>(static_cast<uint32_t>(value));
        default:
            return value;
    }
}

int64_t element(const void *array, size_t index, unity_style_t style) {
    int64_t value = 0;  // little endian
    const int bytes = facts_of(style).bytes;
    memcpy(&value, static_cast<const char *>(array) + index * bytes, bytes);
    if (style == UNITY_STYLE_INT) {
        return static_cast<int32_t>(value);
    }
    return narrowed(value, style);
}

struct Number {
    char text[40];
};

Number text_of(int64_t value, unity_style_t style) {
    Number number;
    const StyleFacts facts = facts_of(style);
    if (style == UNITY_STYLE_CHAR && value >= 32 && value < 127) {
        snprintf(number.text, sizeof(number.text), "'%c'", static_cast<char>(value));
    } else if (facts.hexadecimal) {
        snprintf(number.text, sizeof(number.text), "0x%0*" PRIX64, facts.bytes * 2, static_cast<uint64_t>(value));
    } else if (facts.is_signed) {
        snprintf(number.text, sizeof(number.text), "%" PRId64, value);
    } else {
        snprintf(number.text, sizeof(number.text), "%" PRIu64, static_cast<uint64_t>(value));
    }
    return number;
}

const char *relation_text(unity_op_t op) {
    switch (op) {
        case UNITY_OP_GREATER_THAN:
            return " to be greater than ";
        case UNITY_OP_LESS_THAN:
            return " to be less than ";
        case UNITY_OP_GREATER_OR_EQUAL:
            return " to be greater or equal to ";
        case UNITY_OP_LESS_OR_EQUAL:
            return " to be less or equal to ";
        default:
            return " to be not equal to ";
    }
}

bool is_signed(unity_style_t style) {
    return facts_of(style).is_signed;
}

uint64_t distance(int64_t a, int64_t b, unity_style_t style) {
    const bool a_is_larger = is_signed(style) ? a > b : static_cast<uint64_t>(a) > static_cast<uint64_t>(b);
    return a_is_larger ? static_cast<uint64_t>(a) - static_cast<uint64_t>(b)
                       : static_cast<uint64_t>(b) - static_cast<uint64_t>(a);
}

double real_element(const void *array, size_t index, unity_style_t style) {
    if (style == UNITY_STYLE_FLOAT) {
        float value;
        memcpy(&value, static_cast<const float *>(array) + index, sizeof(value));
        return value;
    }
    double value;
    memcpy(&value, static_cast<const double *>(array) + index, sizeof(value));
    return value;
}

/** Infinities of one sign, and NaNs, are equal to each other. */
bool near(double delta, double expected, double actual) {
    if (std::isnan(expected) || std::isnan(actual)) {
        return std::isnan(expected) && std::isnan(actual);
    }
    return expected == actual ||
           (std::isfinite(expected) && std::isfinite(actual) && std::fabs(expected - actual) <= delta);
}

double precision(unity_style_t style) {
    return style == UNITY_STYLE_FLOAT ? UNITY_FLOAT_PRECISION : UNITY_DOUBLE_PRECISION;
}

bool same_string(const char *expected, const char *actual, size_t length) {
    if (!expected || !actual) {
        return expected == actual;
    }
    return length == SIZE_MAX ? strcmp(expected, actual) == 0 : strncmp(expected, actual, length) == 0;
}

struct Quoted {
    char text[160];
};

Quoted quoted(const char *string, size_t length) {
    Quoted result;
    if (!string) {
        snprintf(result.text, sizeof(result.text), "NULL");
    } else {
        const int shown = static_cast<int>(strnlen(string, length < 120 ? length : 120));
        snprintf(result.text, sizeof(result.text), "'%.*s'", shown, string);
    }
    return result;
}

void check_pointers(const void *expected, const void *actual, size_t count, const char *message, const char *file,
                    UNITY_LINE_TYPE line) {
    if (count == 0) {
        fail_with(file, line, message, "You Asked Me To Compare Nothing, Which Was Pointless.");
    }
    if (!expected || !actual) {
        fail_with(file, line, message, "%s pointer was NULL", expected ? "Actual" : "Expected");
    }
}

}  // namespace

extern "C" {

__attribute__((weak)) void setUp(void) {}
__attribute__((weak)) void tearDown(void) {}
__attribute__((weak)) void suiteSetUp(void) {}
__attribute__((weak)) int suiteTearDown(int failures) {
    return failures;
}

void UnityBegin(const char *file) {
    Unity = {};
    Unity.TestFile = file;
}

int UnityEnd(void) {
    printf("\n-----------------------\n%u Tests %u Failures %u Ignored \n%s\n", Unity.NumberOfTests, Unity.TestFailures,
           Unity.TestIgnores, Unity.TestFailures == 0 ? "OK" : "FAIL");
    fflush(stdout);
    return static_cast<int>(Unity.TestFailures);
}

void UnityDefaultTestRun(UnityTestFunction function, const char *name, int line) {
    Unity.CurrentTestName = name;
    Unity.CurrentTestLineNumber = static_cast<UNITY_LINE_TYPE>(line);
    Unity.CurrentTestFailed = 0;
    Unity.CurrentTestIgnored = 0;
    Unity.NumberOfTests++;
    t_in_test = true;
    hal::unity_test_starts(name, Unity.TestFile, line);
    unity_exec_time_start();
    if (TEST_PROTECT()) {
        setUp();
        function();
    }
    if (TEST_PROTECT()) {
        tearDown();
    }
    unity_exec_time_stop();
    t_in_test = false;
    if (Unity.CurrentTestIgnored) {
        Unity.TestIgnores++;
    } else if (Unity.CurrentTestFailed) {
        Unity.TestFailures++;
    } else {
        print_place(Unity.TestFile, static_cast<UNITY_LINE_TYPE>(line), "PASS");
        printf("\n");
    }
    fflush(stdout);
    hal::unity_test_ends();
}

void UnityPrint(const char *text) {
    printf("%s", text ? text : "NULL");
}

void UnityPrintNumber(UNITY_INT number) {
    printf("%" PRId64, number);
}

void UnityPrintNumberUnsigned(UNITY_UINT number) {
    printf("%" PRIu64, number);
}

void UnityPrintNumberHex(UNITY_UINT number, char digits) {
    printf("%0*" PRIX64, digits, number);
}

void UnityPrintFloat(UNITY_DOUBLE number) {
    printf("%g", number);
}

void unity_putc(int c) {
    putchar(c);
}

void unity_flush(void) {
    fflush(stdout);
}

void unity_gets(char *dst, size_t len) {
    if (len == 0) {
        return;
    }
    dst[0] = '\0';
    if (fgets(dst, static_cast<int>(len < INT32_MAX ? len : INT32_MAX), stdin)) {
        dst[strcspn(dst, "\r\n")] = '\0';
    }
}

void unity_exec_time_start(void) {
    g_started_us = esp_timer_get_time();
}

void unity_exec_time_stop(void) {
    g_stopped_us = esp_timer_get_time();
}

uint32_t unity_exec_time_get_ms(void) {
    return static_cast<uint32_t>((g_stopped_us - g_started_us) / 1000);
}

void unity_fail(const char *message, const char *file, UNITY_LINE_TYPE line) {
    fail_with(file, line, message, nullptr);
}

void unity_ignore(const char *message, const char *file, UNITY_LINE_TYPE line) {
    say(file, line, "IGNORE", message ? message : "");
    Unity.CurrentTestIgnored = 1;
    leave_test(file, line);
}

void unity_pass(void) {
    leave_test(Unity.TestFile, Unity.CurrentTestLineNumber);
}

void unity_message(const char *message, const char *file, UNITY_LINE_TYPE line) {
    print_place(file, line, "INFO");
    printf(": %s\n", message ? message : "");
}

void unity_check(bool condition, const char *reason, const char *message, const char *file, UNITY_LINE_TYPE line) {
    if (!condition) {
        fail_with(file, line, message, "%s", reason);
    }
}

void unity_check_number(UNITY_INT threshold, UNITY_INT actual, unity_op_t op, unity_style_t style, const char *message,
                        const char *file, UNITY_LINE_TYPE line) {
    threshold = narrowed(threshold, style);
    actual = narrowed(actual, style);
    const bool less =
        is_signed(style) ? actual < threshold : static_cast<uint64_t>(actual) < static_cast<uint64_t>(threshold);
    const int relation = actual == threshold ? UNITY_OP_EQUAL : less ? UNITY_OP_LESS_THAN : UNITY_OP_GREATER_THAN;
    if (op & relation) {
        return;
    }
    const Number wanted = text_of(threshold, style);
    const Number was = text_of(actual, style);
    if (op == UNITY_OP_EQUAL) {
        fail_with(file, line, message, "Expected %s Was %s", wanted.text, was.text);
    }
    fail_with(file, line, message, "Expected %s%s%s", was.text, relation_text(op), wanted.text);
}

void unity_check_number_within(UNITY_UINT delta, UNITY_INT expected, UNITY_INT actual, unity_style_t style,
                               const char *message, const char *file, UNITY_LINE_TYPE line) {
    expected = narrowed(expected, style);
    actual = narrowed(actual, style);
    if (distance(expected, actual, style) > delta) {
        fail_with(file, line, message, "Values Not Within Delta %" PRIu64 " Expected %s Was %s", delta,
                  text_of(expected, style).text, text_of(actual, style).text);
    }
}

void unity_check_numbers(UNITY_UINT delta, const void *expected, const void *actual, size_t count, bool each,
                         unity_style_t style, const char *message, const char *file, UNITY_LINE_TYPE line) {
    check_pointers(expected, actual, count, message, file, line);
    for (size_t i = 0; i < count; i++) {
        const int64_t wanted = element(expected, each ? 0 : i, style);
        const int64_t was = element(actual, i, style);
        if (distance(wanted, was, style) > delta) {
            fail_with(file, line, message, "Element %zu Expected %s Was %s", i, text_of(wanted, style).text,
                      text_of(was, style).text);
        }
    }
}

void unity_check_each_number(UNITY_INT expected, const void *actual, size_t count, unity_style_t style,
                             const char *message, const char *file, UNITY_LINE_TYPE line) {
    unity_check_numbers(0, &expected, actual, count, true, style, message, file, line);
}

void unity_check_bits(UNITY_INT mask, UNITY_INT expected, UNITY_INT actual, const char *message, const char *file,
                      UNITY_LINE_TYPE line) {
    if ((mask & expected) != (mask & actual)) {
        fail_with(file, line, message, "Expected 0x%" PRIX64 " Was 0x%" PRIX64 " in bits 0x%" PRIX64,
                  static_cast<uint64_t>(mask & expected), static_cast<uint64_t>(mask & actual),
                  static_cast<uint64_t>(mask));
    }
}

void unity_check_real(double threshold, double actual, unity_op_t op, unity_style_t style, const char *message,
                      const char *file, UNITY_LINE_TYPE line) {
    if (style == UNITY_STYLE_FLOAT) {
        threshold = static_cast<float>(threshold);
        actual = static_cast<float>(actual);
    }
    const bool equal = near(std::fabs(threshold) * precision(style), threshold, actual);
    const bool right = ((op & UNITY_OP_EQUAL) && equal) ||
                       ((op & UNITY_OP_GREATER_THAN) && actual > threshold && !(op == UNITY_OP_NOT_EQUAL && equal)) ||
                       ((op & UNITY_OP_LESS_THAN) && actual < threshold && !(op == UNITY_OP_NOT_EQUAL && equal)) ||
                       (op == UNITY_OP_NOT_EQUAL && !equal);
    if (right) {
        return;
    }
    if (op == UNITY_OP_EQUAL) {
        fail_with(file, line, message, "Expected %.9g Was %.9g", threshold, actual);
    }
    fail_with(file, line, message, "Expected %.9g%s%.9g", actual, relation_text(op), threshold);
}

void unity_check_real_within(double delta, double expected, double actual, bool inverted, unity_style_t style,
                             const char *message, const char *file, UNITY_LINE_TYPE line) {
    if (style == UNITY_STYLE_FLOAT) {
        delta = static_cast<float>(delta);
        expected = static_cast<float>(expected);
        actual = static_cast<float>(actual);
    }
    if (near(std::fabs(delta), expected, actual) == inverted) {
        fail_with(file, line, message, "Expected %.9g%s Was %.9g", expected, inverted ? " to be further away" : "",
                  actual);
    }
}

void unity_check_reals(double delta, bool relative, const void *expected, const void *actual, size_t count,
                       unity_style_t style, const char *message, const char *file, UNITY_LINE_TYPE line) {
    check_pointers(expected, actual, count, message, file, line);
    for (size_t i = 0; i < count; i++) {
        const double wanted = real_element(expected, i, style);
        const double was = real_element(actual, i, style);
        if (!near(relative ? std::fabs(wanted) * delta : std::fabs(delta), wanted, was)) {
            fail_with(file, line, message, "Element %zu Expected %.9g Was %.9g", i, wanted, was);
        }
    }
}

void unity_check_each_real(double expected, const void *actual, size_t count, unity_style_t style, const char *message,
                           const char *file, UNITY_LINE_TYPE line) {
    check_pointers(&expected, actual, count, message, file, line);
    if (style == UNITY_STYLE_FLOAT) {
        expected = static_cast<float>(expected);
    }
    for (size_t i = 0; i < count; i++) {
        const double was = real_element(actual, i, style);
        if (!near(std::fabs(expected) * precision(style), expected, was)) {
            fail_with(file, line, message, "Element %zu Expected %.9g Was %.9g", i, expected, was);
        }
    }
}

void unity_check_trait(double actual, unity_trait_t trait, bool wanted, const char *message, const char *file,
                       UNITY_LINE_TYPE line) {
    bool has = false;
    const char *name = "";
    switch (trait) {
        case UNITY_IS_INFINITE:
            has = std::isinf(actual) && actual > 0;
            name = "Infinity";
            break;
        case UNITY_IS_NEGATIVE_INFINITE:
            has = std::isinf(actual) && actual < 0;
            name = "Negative Infinity";
            break;
        case UNITY_IS_NOT_A_NUMBER:
            has = std::isnan(actual);
            name = "NaN";
            break;
        case UNITY_IS_FINITE:
            has = std::isfinite(actual);
            name = "Determinate";
            break;
    }
    if (has != wanted) {
        fail_with(file, line, message, "Expected %s%s Was %.9g", wanted ? "" : "Not ", name, actual);
    }
}

void unity_check_string(const char *expected, const char *actual, size_t length, const char *message, const char *file,
                        UNITY_LINE_TYPE line) {
    if (!same_string(expected, actual, length)) {
        fail_with(file, line, message, "Expected %s Was %s", quoted(expected, length).text,
                  quoted(actual, length).text);
    }
}

void unity_check_strings(const char *const *expected, const char *const *actual, size_t count, const char *message,
                         const char *file, UNITY_LINE_TYPE line) {
    check_pointers(expected, actual, count, message, file, line);
    for (size_t i = 0; i < count; i++) {
        if (!same_string(expected[i], actual[i], SIZE_MAX)) {
            fail_with(file, line, message, "Element %zu Expected %s Was %s", i, quoted(expected[i], SIZE_MAX).text,
                      quoted(actual[i], SIZE_MAX).text);
        }
    }
}

void unity_check_each_string(const char *expected, const char *const *actual, size_t count, const char *message,
                             const char *file, UNITY_LINE_TYPE line) {
    check_pointers(actual, actual, count, message, file, line);
    for (size_t i = 0; i < count; i++) {
        if (!same_string(expected, actual[i], SIZE_MAX)) {
            fail_with(file, line, message, "Element %zu Expected %s Was %s", i, quoted(expected, SIZE_MAX).text,
                      quoted(actual[i], SIZE_MAX).text);
        }
    }
}

void unity_check_memory(const void *expected, const void *actual, size_t length, size_t count, bool each,
                        const char *message, const char *file, UNITY_LINE_TYPE line) {
    check_pointers(expected, actual, length && count ? 1 : 0, message, file, line);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *wanted = static_cast<const uint8_t *>(expected) + (each ? 0 : i * length);
        const uint8_t *was = static_cast<const uint8_t *>(actual) + i * length;
        for (size_t byte = 0; byte < length; byte++) {
            if (wanted[byte] != was[byte]) {
                if (count > 1) {
                    fail_with(file, line, message, "Memory Mismatch. Element %zu Byte %zu Expected 0x%02X Was 0x%02X",
                              i, byte, wanted[byte], was[byte]);
                }
                fail_with(file, line, message, "Memory Mismatch. Byte %zu Expected 0x%02X Was 0x%02X", byte,
                          wanted[byte], was[byte]);
            }
        }
    }
}
}
