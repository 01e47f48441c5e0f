#pragma once

/** Unity's assertions and ESP-IDF's test cases (unity_test_runner.h).
 *
 * An assertion that fails prints "file:line:test:FAIL: why" and leaves the test case; TEST_..._MESSAGE adds its text.
 * The expected value comes first, the actual one second. */

#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int64_t UNITY_INT;
typedef uint64_t UNITY_UINT;
typedef unsigned int UNITY_LINE_TYPE;
typedef unsigned int UNITY_COUNTER_TYPE;
typedef float UNITY_FLOAT;
typedef double UNITY_DOUBLE;
typedef void (*UnityTestFunction)(void);

/** How a number is compared and printed. */
typedef enum {
    UNITY_STYLE_INT8,
    UNITY_STYLE_INT16,
    UNITY_STYLE_INT32,
    UNITY_STYLE_INT64,
    UNITY_STYLE_UINT8,
    UNITY_STYLE_UINT16,
    UNITY_STYLE_UINT32,
    UNITY_STYLE_UINT64,
    UNITY_STYLE_HEX8,
    UNITY_STYLE_HEX16,
    UNITY_STYLE_HEX32,
    UNITY_STYLE_HEX64,
    UNITY_STYLE_CHAR,
    UNITY_STYLE_INT,   ///< compared in 64 bits, arrays are of int
    UNITY_STYLE_UINT,  ///< the same of unsigned int
    UNITY_STYLE_FLOAT,
    UNITY_STYLE_DOUBLE,
    UNITY_STYLE_size_t = UNITY_STYLE_UINT64,
    UNITY_STYLE_PTR = UNITY_STYLE_HEX64,
} unity_style_t;

/** Which relation of the actual value to the other one is right. */
typedef enum {
    UNITY_OP_EQUAL = 1,
    UNITY_OP_GREATER_THAN = 2,
    UNITY_OP_LESS_THAN = 4,
    UNITY_OP_GREATER_OR_EQUAL = UNITY_OP_GREATER_THAN | UNITY_OP_EQUAL,
    UNITY_OP_LESS_OR_EQUAL = UNITY_OP_LESS_THAN | UNITY_OP_EQUAL,
    UNITY_OP_NOT_EQUAL = UNITY_OP_GREATER_THAN | UNITY_OP_LESS_THAN,
} unity_op_t;

/** What the assertions of floating point values ask for. */
typedef enum {
    UNITY_IS_INFINITE,
    UNITY_IS_NEGATIVE_INFINITE,
    UNITY_IS_NOT_A_NUMBER,
    UNITY_IS_FINITE,
} unity_trait_t;

/** The state of the run. Numbers count since UNITY_BEGIN(). */
struct UNITY_STORAGE_T {
    const char *TestFile;
    const char *CurrentTestName;
    UNITY_LINE_TYPE CurrentTestLineNumber;
    UNITY_COUNTER_TYPE NumberOfTests;
    UNITY_COUNTER_TYPE TestFailures;
    UNITY_COUNTER_TYPE TestIgnores;
    UNITY_COUNTER_TYPE CurrentTestFailed;
    UNITY_COUNTER_TYPE CurrentTestIgnored;
    jmp_buf AbortFrame;
};
extern struct UNITY_STORAGE_T Unity;

void UnityBegin(const char *file);
/** Prints the summary. @return number of failures */
int UnityEnd(void);
void UnityDefaultTestRun(UnityTestFunction function, const char *name, int line);
void UnityPrint(const char *text);
void UnityPrintNumber(UNITY_INT number);
void UnityPrintNumberUnsigned(UNITY_UINT number);
void UnityPrintNumberHex(UNITY_UINT number, char digits);
void UnityPrintFloat(UNITY_DOUBLE number);

void unity_putc(int c);
void unity_flush(void);
/** A line from standard input without its end; empty at its end. */
void unity_gets(char *dst, size_t len);
void unity_exec_time_start(void);
void unity_exec_time_stop(void);
/** Milliseconds of the last test. */
uint32_t unity_exec_time_get_ms(void);

/** Called around each RUN_TEST() where the app defines them. */
void setUp(void);
void tearDown(void);
void suiteSetUp(void);
int suiteTearDown(int failures);

// What the macros below call.
void unity_fail(const char *message, const char *file, UNITY_LINE_TYPE line) __attribute__((noreturn));
void unity_ignore(const char *message, const char *file, UNITY_LINE_TYPE line) __attribute__((noreturn));
void unity_pass(void) __attribute__((noreturn));
void unity_message(const char *message, const char *file, UNITY_LINE_TYPE line);
void unity_check(bool condition, const char *reason, const char *message, const char *file, UNITY_LINE_TYPE line);
void unity_check_number(UNITY_INT threshold, UNITY_INT actual, unity_op_t op, unity_style_t style, const char *message,
                        const char *file, UNITY_LINE_TYPE line);
void unity_check_number_within(UNITY_UINT delta, UNITY_INT expected, UNITY_INT actual, unity_style_t style,
                               const char *message, const char *file, UNITY_LINE_TYPE line);
/** @param each every element is compared with expected[0] */
void unity_check_numbers(UNITY_UINT delta, const void *expected, const void *actual, size_t count, bool each,
                         unity_style_t style, const char *message, const char *file, UNITY_LINE_TYPE line);
void unity_check_each_number(UNITY_INT expected, const void *actual, size_t count, unity_style_t style,
                             const char *message, const char *file, UNITY_LINE_TYPE line);
void unity_check_bits(UNITY_INT mask, UNITY_INT expected, UNITY_INT actual, const char *message, const char *file,
                      UNITY_LINE_TYPE line);
void unity_check_real(double threshold, double actual, unity_op_t op, unity_style_t style, const char *message,
                      const char *file, UNITY_LINE_TYPE line);
/** @param inverted the difference has to be larger than delta */
void unity_check_real_within(double delta, double expected, double actual, bool inverted, unity_style_t style,
                             const char *message, const char *file, UNITY_LINE_TYPE line);
/** @param relative delta is a share of the expected value */
void unity_check_reals(double delta, bool relative, const void *expected, const void *actual, size_t count,
                       unity_style_t style, const char *message, const char *file, UNITY_LINE_TYPE line);
void unity_check_each_real(double expected, const void *actual, size_t count, unity_style_t style, const char *message,
                           const char *file, UNITY_LINE_TYPE line);
void unity_check_trait(double actual, unity_trait_t trait, bool wanted, const char *message, const char *file,
                       UNITY_LINE_TYPE line);
/** @param length characters that count; SIZE_MAX: all */
void unity_check_string(const char *expected, const char *actual, size_t length, const char *message, const char *file,
                        UNITY_LINE_TYPE line);
void unity_check_strings(const char *const *expected, const char *const *actual, size_t count, const char *message,
                         const char *file, UNITY_LINE_TYPE line);
void unity_check_each_string(const char *expected, const char *const *actual, size_t count, const char *message,
                             const char *file, UNITY_LINE_TYPE line);
void unity_check_memory(const void *expected, const void *actual, size_t length, size_t count, bool each,
                        const char *message, const char *file, UNITY_LINE_TYPE line);

#ifdef __cplusplus
}
#endif

#define UNITY_HERE_ __FILE__, __LINE__
#define UNITY_NUMBER_(op, style, threshold, actual, message)                                                     \
    unity_check_number((UNITY_INT)(threshold), (UNITY_INT)(actual), UNITY_OP_##op, UNITY_STYLE_##style, message, \
                       UNITY_HERE_)
#define UNITY_NUMBER_WITHIN_(style, delta, expected, actual, message)                                               \
    unity_check_number_within((UNITY_UINT)(delta), (UNITY_INT)(expected), (UNITY_INT)(actual), UNITY_STYLE_##style, \
                              message, UNITY_HERE_)
#define UNITY_NUMBERS_(style, delta, expected, actual, count, message)                                                 \
    unity_check_numbers((UNITY_UINT)(delta), (const void *)(expected), (const void *)(actual), (size_t)(count), false, \
                        UNITY_STYLE_##style, message, UNITY_HERE_)
#define UNITY_EACH_NUMBER_(style, expected, actual, count, message)                                              \
    unity_check_each_number((UNITY_INT)(expected), (const void *)(actual), (size_t)(count), UNITY_STYLE_##style, \
                            message, UNITY_HERE_)
#define UNITY_REAL_(op, style, threshold, actual, message) \
    unity_check_real((threshold), (actual), UNITY_OP_##op, UNITY_STYLE_##style, message, UNITY_HERE_)
#define UNITY_REAL_WITHIN_(style, inverted, delta, expected, actual, message) \
    unity_check_real_within((delta), (expected), (actual), inverted, UNITY_STYLE_##style, message, UNITY_HERE_)
#define UNITY_REALS_(style, delta, relative, expected, actual, count, message)                              \
    unity_check_reals((delta), relative, (const void *)(expected), (const void *)(actual), (size_t)(count), \
                      UNITY_STYLE_##style, message, UNITY_HERE_)
#define UNITY_EACH_REAL_(style, expected, actual, count, message)                                            \
    unity_check_each_real((expected), (const void *)(actual), (size_t)(count), UNITY_STYLE_##style, message, \
                          UNITY_HERE_)
#define UNITY_TRAIT_(actual, trait, wanted, message) unity_check_trait((actual), trait, wanted, message, UNITY_HERE_)
/** What equal floating point values may differ by, as a share of the expected one. */
#define UNITY_FLOAT_PRECISION (0.00001f)
#define UNITY_DOUBLE_PRECISION (1e-12)

#define UNITY_BEGIN() UnityBegin(__FILE__)
#define UNITY_END() UnityEnd()
#define RUN_TEST(function) UnityDefaultTestRun(function, #function, __LINE__)
/** True the first time; assertions that fail behind it come back here and make it false. */
#define TEST_PROTECT() (setjmp(Unity.AbortFrame) == 0)
#define TEST_ABORT() longjmp(Unity.AbortFrame, 1)
#define TEST_PASS() unity_pass()
#define TEST_PASS_MESSAGE(message) (unity_message((message), UNITY_HERE_), unity_pass())
#define TEST_FAIL() unity_fail(NULL, UNITY_HERE_)
#define TEST_FAIL_MESSAGE(message) unity_fail((message), UNITY_HERE_)
#define TEST_IGNORE() unity_ignore(NULL, UNITY_HERE_)
#define TEST_IGNORE_MESSAGE(message) unity_ignore((message), UNITY_HERE_)
#define TEST_MESSAGE(message) unity_message((message), UNITY_HERE_)
#define TEST_ONLY()
#define TEST_PRINTF(...) printf(__VA_ARGS__)

// clang-format off

#define TEST_ASSERT(condition) unity_check(!!(condition), "Expression Evaluated To FALSE", NULL, UNITY_HERE_)
#define TEST_ASSERT_MESSAGE(condition, message) unity_check(!!(condition), "Expression Evaluated To FALSE", (message), UNITY_HERE_)
#define TEST_ASSERT_TRUE(condition) unity_check(!!(condition), "Expected TRUE Was FALSE", NULL, UNITY_HERE_)
#define TEST_ASSERT_TRUE_MESSAGE(condition, message) unity_check(!!(condition), "Expected TRUE Was FALSE", (message), UNITY_HERE_)
#define TEST_ASSERT_UNLESS(condition) unity_check(!(condition), "Expression Evaluated To TRUE", NULL, UNITY_HERE_)
#define TEST_ASSERT_UNLESS_MESSAGE(condition, message) unity_check(!(condition), "Expression Evaluated To TRUE", (message), UNITY_HERE_)
#define TEST_ASSERT_FALSE(condition) unity_check(!(condition), "Expected FALSE Was TRUE", NULL, UNITY_HERE_)
#define TEST_ASSERT_FALSE_MESSAGE(condition, message) unity_check(!(condition), "Expected FALSE Was TRUE", (message), UNITY_HERE_)
#define TEST_ASSERT_NULL(pointer) unity_check((pointer) == NULL, "Expected NULL", NULL, UNITY_HERE_)
#define TEST_ASSERT_NULL_MESSAGE(pointer, message) unity_check((pointer) == NULL, "Expected NULL", (message), UNITY_HERE_)
#define TEST_ASSERT_NOT_NULL(pointer) unity_check((pointer) != NULL, "Expected Non-NULL", NULL, UNITY_HERE_)
#define TEST_ASSERT_NOT_NULL_MESSAGE(pointer, message) unity_check((pointer) != NULL, "Expected Non-NULL", (message), UNITY_HERE_)
#define TEST_ASSERT_EMPTY(pointer) unity_check((pointer)[0] == 0, "Expected Empty", NULL, UNITY_HERE_)
#define TEST_ASSERT_EMPTY_MESSAGE(pointer, message) unity_check((pointer)[0] == 0, "Expected Empty", (message), UNITY_HERE_)
#define TEST_ASSERT_NOT_EMPTY(pointer) unity_check((pointer)[0] != 0, "Expected Non-Empty", NULL, UNITY_HERE_)
#define TEST_ASSERT_NOT_EMPTY_MESSAGE(pointer, message) unity_check((pointer)[0] != 0, "Expected Non-Empty", (message), UNITY_HERE_)

#define TEST_ASSERT_EQUAL(expected, actual) UNITY_NUMBER_(EQUAL, INT, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, INT, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, INT, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, INT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN(threshold, actual) UNITY_NUMBER_(GREATER_THAN, INT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, INT, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN(threshold, actual) UNITY_NUMBER_(LESS_THAN, INT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, INT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, INT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, INT, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, INT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, INT, threshold, actual, (message))
#define TEST_ASSERT_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(INT, delta, expected, actual, NULL)
#define TEST_ASSERT_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(INT, delta, expected, actual, (message))

#define TEST_ASSERT_EQUAL_INT(expected, actual) UNITY_NUMBER_(EQUAL, INT, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_INT_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, INT, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_INT(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, INT, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_INT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, INT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_INT(threshold, actual) UNITY_NUMBER_(GREATER_THAN, INT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_INT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, INT, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_INT(threshold, actual) UNITY_NUMBER_(LESS_THAN, INT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_INT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, INT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_INT(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, INT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_INT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, INT, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_INT(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, INT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_INT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, INT, threshold, actual, (message))
#define TEST_ASSERT_INT_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(INT, delta, expected, actual, NULL)
#define TEST_ASSERT_INT_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(INT, delta, expected, actual, (message))
#define TEST_ASSERT_INT_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(INT, delta, expected, actual, count, NULL)
#define TEST_ASSERT_INT_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(INT, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_INT_ARRAY(expected, actual, count) UNITY_NUMBERS_(INT, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_INT_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(INT, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_INT(expected, actual, count) UNITY_EACH_NUMBER_(INT, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_INT_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(INT, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_INT8(expected, actual) UNITY_NUMBER_(EQUAL, INT8, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_INT8_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, INT8, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_INT8(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, INT8, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_INT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, INT8, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_INT8(threshold, actual) UNITY_NUMBER_(GREATER_THAN, INT8, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_INT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, INT8, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_INT8(threshold, actual) UNITY_NUMBER_(LESS_THAN, INT8, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_INT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, INT8, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_INT8(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, INT8, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_INT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, INT8, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_INT8(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, INT8, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_INT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, INT8, threshold, actual, (message))
#define TEST_ASSERT_INT8_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(INT8, delta, expected, actual, NULL)
#define TEST_ASSERT_INT8_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(INT8, delta, expected, actual, (message))
#define TEST_ASSERT_INT8_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(INT8, delta, expected, actual, count, NULL)
#define TEST_ASSERT_INT8_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(INT8, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_INT8_ARRAY(expected, actual, count) UNITY_NUMBERS_(INT8, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_INT8_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(INT8, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_INT8(expected, actual, count) UNITY_EACH_NUMBER_(INT8, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_INT8_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(INT8, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_INT16(expected, actual) UNITY_NUMBER_(EQUAL, INT16, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_INT16_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, INT16, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_INT16(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, INT16, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_INT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, INT16, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_INT16(threshold, actual) UNITY_NUMBER_(GREATER_THAN, INT16, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_INT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, INT16, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_INT16(threshold, actual) UNITY_NUMBER_(LESS_THAN, INT16, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_INT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, INT16, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_INT16(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, INT16, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_INT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, INT16, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_INT16(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, INT16, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_INT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, INT16, threshold, actual, (message))
#define TEST_ASSERT_INT16_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(INT16, delta, expected, actual, NULL)
#define TEST_ASSERT_INT16_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(INT16, delta, expected, actual, (message))
#define TEST_ASSERT_INT16_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(INT16, delta, expected, actual, count, NULL)
#define TEST_ASSERT_INT16_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(INT16, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_INT16_ARRAY(expected, actual, count) UNITY_NUMBERS_(INT16, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_INT16_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(INT16, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_INT16(expected, actual, count) UNITY_EACH_NUMBER_(INT16, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_INT16_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(INT16, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_INT32(expected, actual) UNITY_NUMBER_(EQUAL, INT32, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_INT32_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, INT32, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_INT32(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, INT32, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_INT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, INT32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_INT32(threshold, actual) UNITY_NUMBER_(GREATER_THAN, INT32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_INT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, INT32, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_INT32(threshold, actual) UNITY_NUMBER_(LESS_THAN, INT32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_INT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, INT32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_INT32(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, INT32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_INT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, INT32, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_INT32(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, INT32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_INT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, INT32, threshold, actual, (message))
#define TEST_ASSERT_INT32_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(INT32, delta, expected, actual, NULL)
#define TEST_ASSERT_INT32_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(INT32, delta, expected, actual, (message))
#define TEST_ASSERT_INT32_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(INT32, delta, expected, actual, count, NULL)
#define TEST_ASSERT_INT32_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(INT32, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_INT32_ARRAY(expected, actual, count) UNITY_NUMBERS_(INT32, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_INT32_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(INT32, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_INT32(expected, actual, count) UNITY_EACH_NUMBER_(INT32, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_INT32_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(INT32, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_INT64(expected, actual) UNITY_NUMBER_(EQUAL, INT64, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_INT64_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, INT64, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_INT64(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, INT64, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_INT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, INT64, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_INT64(threshold, actual) UNITY_NUMBER_(GREATER_THAN, INT64, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_INT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, INT64, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_INT64(threshold, actual) UNITY_NUMBER_(LESS_THAN, INT64, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_INT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, INT64, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_INT64(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, INT64, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_INT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, INT64, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_INT64(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, INT64, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_INT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, INT64, threshold, actual, (message))
#define TEST_ASSERT_INT64_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(INT64, delta, expected, actual, NULL)
#define TEST_ASSERT_INT64_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(INT64, delta, expected, actual, (message))
#define TEST_ASSERT_INT64_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(INT64, delta, expected, actual, count, NULL)
#define TEST_ASSERT_INT64_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(INT64, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_INT64_ARRAY(expected, actual, count) UNITY_NUMBERS_(INT64, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_INT64_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(INT64, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_INT64(expected, actual, count) UNITY_EACH_NUMBER_(INT64, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_INT64_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(INT64, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_UINT(expected, actual) UNITY_NUMBER_(EQUAL, UINT, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_UINT_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, UINT, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_UINT(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, UINT, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_UINT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, UINT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_UINT(threshold, actual) UNITY_NUMBER_(GREATER_THAN, UINT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_UINT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, UINT, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_UINT(threshold, actual) UNITY_NUMBER_(LESS_THAN, UINT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_UINT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, UINT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_UINT(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, UINT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_UINT_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, UINT, threshold, actual, (message))
#define TEST_ASSERT_UINT_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(UINT, delta, expected, actual, NULL)
#define TEST_ASSERT_UINT_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(UINT, delta, expected, actual, (message))
#define TEST_ASSERT_UINT_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(UINT, delta, expected, actual, count, NULL)
#define TEST_ASSERT_UINT_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(UINT, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_UINT_ARRAY(expected, actual, count) UNITY_NUMBERS_(UINT, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_UINT_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(UINT, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_UINT(expected, actual, count) UNITY_EACH_NUMBER_(UINT, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_UINT_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(UINT, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_UINT8(expected, actual) UNITY_NUMBER_(EQUAL, UINT8, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_UINT8_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, UINT8, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_UINT8(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, UINT8, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_UINT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, UINT8, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_UINT8(threshold, actual) UNITY_NUMBER_(GREATER_THAN, UINT8, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_UINT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, UINT8, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_UINT8(threshold, actual) UNITY_NUMBER_(LESS_THAN, UINT8, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_UINT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, UINT8, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT8(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT8, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT8, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_UINT8(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, UINT8, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_UINT8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, UINT8, threshold, actual, (message))
#define TEST_ASSERT_UINT8_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(UINT8, delta, expected, actual, NULL)
#define TEST_ASSERT_UINT8_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(UINT8, delta, expected, actual, (message))
#define TEST_ASSERT_UINT8_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(UINT8, delta, expected, actual, count, NULL)
#define TEST_ASSERT_UINT8_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(UINT8, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_UINT8_ARRAY(expected, actual, count) UNITY_NUMBERS_(UINT8, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_UINT8_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(UINT8, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_UINT8(expected, actual, count) UNITY_EACH_NUMBER_(UINT8, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_UINT8_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(UINT8, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_UINT16(expected, actual) UNITY_NUMBER_(EQUAL, UINT16, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_UINT16_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, UINT16, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_UINT16(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, UINT16, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_UINT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, UINT16, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_UINT16(threshold, actual) UNITY_NUMBER_(GREATER_THAN, UINT16, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_UINT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, UINT16, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_UINT16(threshold, actual) UNITY_NUMBER_(LESS_THAN, UINT16, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_UINT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, UINT16, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT16(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT16, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT16, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_UINT16(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, UINT16, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_UINT16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, UINT16, threshold, actual, (message))
#define TEST_ASSERT_UINT16_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(UINT16, delta, expected, actual, NULL)
#define TEST_ASSERT_UINT16_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(UINT16, delta, expected, actual, (message))
#define TEST_ASSERT_UINT16_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(UINT16, delta, expected, actual, count, NULL)
#define TEST_ASSERT_UINT16_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(UINT16, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_UINT16_ARRAY(expected, actual, count) UNITY_NUMBERS_(UINT16, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_UINT16_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(UINT16, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_UINT16(expected, actual, count) UNITY_EACH_NUMBER_(UINT16, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_UINT16_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(UINT16, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_UINT32(expected, actual) UNITY_NUMBER_(EQUAL, UINT32, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_UINT32_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, UINT32, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_UINT32(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, UINT32, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_UINT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, UINT32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_UINT32(threshold, actual) UNITY_NUMBER_(GREATER_THAN, UINT32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_UINT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, UINT32, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_UINT32(threshold, actual) UNITY_NUMBER_(LESS_THAN, UINT32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_UINT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, UINT32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT32(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT32, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_UINT32(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, UINT32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_UINT32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, UINT32, threshold, actual, (message))
#define TEST_ASSERT_UINT32_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(UINT32, delta, expected, actual, NULL)
#define TEST_ASSERT_UINT32_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(UINT32, delta, expected, actual, (message))
#define TEST_ASSERT_UINT32_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(UINT32, delta, expected, actual, count, NULL)
#define TEST_ASSERT_UINT32_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(UINT32, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_UINT32_ARRAY(expected, actual, count) UNITY_NUMBERS_(UINT32, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_UINT32_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(UINT32, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_UINT32(expected, actual, count) UNITY_EACH_NUMBER_(UINT32, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_UINT32_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(UINT32, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_UINT64(expected, actual) UNITY_NUMBER_(EQUAL, UINT64, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_UINT64_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, UINT64, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_UINT64(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, UINT64, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_UINT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, UINT64, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_UINT64(threshold, actual) UNITY_NUMBER_(GREATER_THAN, UINT64, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_UINT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, UINT64, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_UINT64(threshold, actual) UNITY_NUMBER_(LESS_THAN, UINT64, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_UINT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, UINT64, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT64(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT64, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_UINT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, UINT64, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_UINT64(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, UINT64, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_UINT64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, UINT64, threshold, actual, (message))
#define TEST_ASSERT_UINT64_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(UINT64, delta, expected, actual, NULL)
#define TEST_ASSERT_UINT64_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(UINT64, delta, expected, actual, (message))
#define TEST_ASSERT_UINT64_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(UINT64, delta, expected, actual, count, NULL)
#define TEST_ASSERT_UINT64_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(UINT64, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_UINT64_ARRAY(expected, actual, count) UNITY_NUMBERS_(UINT64, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_UINT64_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(UINT64, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_UINT64(expected, actual, count) UNITY_EACH_NUMBER_(UINT64, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_UINT64_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(UINT64, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_size_t(expected, actual) UNITY_NUMBER_(EQUAL, size_t, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_size_t_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, size_t, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_size_t(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, size_t, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_size_t_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, size_t, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_size_t(threshold, actual) UNITY_NUMBER_(GREATER_THAN, size_t, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_size_t_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, size_t, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_size_t(threshold, actual) UNITY_NUMBER_(LESS_THAN, size_t, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_size_t_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, size_t, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_size_t(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, size_t, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_size_t_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, size_t, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_size_t(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, size_t, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_size_t_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, size_t, threshold, actual, (message))
#define TEST_ASSERT_size_t_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(size_t, delta, expected, actual, NULL)
#define TEST_ASSERT_size_t_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(size_t, delta, expected, actual, (message))
#define TEST_ASSERT_size_t_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(size_t, delta, expected, actual, count, NULL)
#define TEST_ASSERT_size_t_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(size_t, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_size_t_ARRAY(expected, actual, count) UNITY_NUMBERS_(size_t, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_size_t_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(size_t, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_size_t(expected, actual, count) UNITY_EACH_NUMBER_(size_t, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_size_t_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(size_t, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_HEX(expected, actual) UNITY_NUMBER_(EQUAL, HEX32, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_HEX_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, HEX32, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_HEX(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_HEX_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, HEX32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_HEX(threshold, actual) UNITY_NUMBER_(GREATER_THAN, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_HEX_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, HEX32, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_HEX(threshold, actual) UNITY_NUMBER_(LESS_THAN, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_HEX_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, HEX32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX32, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_HEX(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_HEX_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, HEX32, threshold, actual, (message))
#define TEST_ASSERT_HEX_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(HEX32, delta, expected, actual, NULL)
#define TEST_ASSERT_HEX_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(HEX32, delta, expected, actual, (message))
#define TEST_ASSERT_HEX_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(HEX32, delta, expected, actual, count, NULL)
#define TEST_ASSERT_HEX_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(HEX32, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_HEX_ARRAY(expected, actual, count) UNITY_NUMBERS_(HEX32, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_HEX_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(HEX32, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_HEX(expected, actual, count) UNITY_EACH_NUMBER_(HEX32, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_HEX_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(HEX32, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_HEX8(expected, actual) UNITY_NUMBER_(EQUAL, HEX8, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_HEX8_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, HEX8, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_HEX8(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, HEX8, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_HEX8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, HEX8, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_HEX8(threshold, actual) UNITY_NUMBER_(GREATER_THAN, HEX8, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_HEX8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, HEX8, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_HEX8(threshold, actual) UNITY_NUMBER_(LESS_THAN, HEX8, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_HEX8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, HEX8, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX8(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX8, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX8, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_HEX8(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, HEX8, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_HEX8_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, HEX8, threshold, actual, (message))
#define TEST_ASSERT_HEX8_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(HEX8, delta, expected, actual, NULL)
#define TEST_ASSERT_HEX8_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(HEX8, delta, expected, actual, (message))
#define TEST_ASSERT_HEX8_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(HEX8, delta, expected, actual, count, NULL)
#define TEST_ASSERT_HEX8_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(HEX8, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_HEX8_ARRAY(expected, actual, count) UNITY_NUMBERS_(HEX8, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_HEX8_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(HEX8, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_HEX8(expected, actual, count) UNITY_EACH_NUMBER_(HEX8, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_HEX8_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(HEX8, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_HEX16(expected, actual) UNITY_NUMBER_(EQUAL, HEX16, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_HEX16_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, HEX16, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_HEX16(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, HEX16, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_HEX16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, HEX16, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_HEX16(threshold, actual) UNITY_NUMBER_(GREATER_THAN, HEX16, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_HEX16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, HEX16, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_HEX16(threshold, actual) UNITY_NUMBER_(LESS_THAN, HEX16, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_HEX16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, HEX16, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX16(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX16, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX16, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_HEX16(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, HEX16, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_HEX16_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, HEX16, threshold, actual, (message))
#define TEST_ASSERT_HEX16_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(HEX16, delta, expected, actual, NULL)
#define TEST_ASSERT_HEX16_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(HEX16, delta, expected, actual, (message))
#define TEST_ASSERT_HEX16_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(HEX16, delta, expected, actual, count, NULL)
#define TEST_ASSERT_HEX16_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(HEX16, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_HEX16_ARRAY(expected, actual, count) UNITY_NUMBERS_(HEX16, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_HEX16_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(HEX16, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_HEX16(expected, actual, count) UNITY_EACH_NUMBER_(HEX16, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_HEX16_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(HEX16, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_HEX32(expected, actual) UNITY_NUMBER_(EQUAL, HEX32, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_HEX32_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, HEX32, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_HEX32(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_HEX32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, HEX32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_HEX32(threshold, actual) UNITY_NUMBER_(GREATER_THAN, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_HEX32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, HEX32, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_HEX32(threshold, actual) UNITY_NUMBER_(LESS_THAN, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_HEX32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, HEX32, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX32(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX32, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_HEX32(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, HEX32, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_HEX32_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, HEX32, threshold, actual, (message))
#define TEST_ASSERT_HEX32_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(HEX32, delta, expected, actual, NULL)
#define TEST_ASSERT_HEX32_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(HEX32, delta, expected, actual, (message))
#define TEST_ASSERT_HEX32_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(HEX32, delta, expected, actual, count, NULL)
#define TEST_ASSERT_HEX32_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(HEX32, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_HEX32_ARRAY(expected, actual, count) UNITY_NUMBERS_(HEX32, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_HEX32_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(HEX32, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_HEX32(expected, actual, count) UNITY_EACH_NUMBER_(HEX32, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_HEX32_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(HEX32, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_HEX64(expected, actual) UNITY_NUMBER_(EQUAL, HEX64, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_HEX64_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, HEX64, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_HEX64(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, HEX64, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_HEX64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, HEX64, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_HEX64(threshold, actual) UNITY_NUMBER_(GREATER_THAN, HEX64, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_HEX64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, HEX64, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_HEX64(threshold, actual) UNITY_NUMBER_(LESS_THAN, HEX64, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_HEX64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, HEX64, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX64(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX64, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_HEX64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, HEX64, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_HEX64(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, HEX64, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_HEX64_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, HEX64, threshold, actual, (message))
#define TEST_ASSERT_HEX64_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(HEX64, delta, expected, actual, NULL)
#define TEST_ASSERT_HEX64_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(HEX64, delta, expected, actual, (message))
#define TEST_ASSERT_HEX64_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(HEX64, delta, expected, actual, count, NULL)
#define TEST_ASSERT_HEX64_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(HEX64, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_HEX64_ARRAY(expected, actual, count) UNITY_NUMBERS_(HEX64, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_HEX64_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(HEX64, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_HEX64(expected, actual, count) UNITY_EACH_NUMBER_(HEX64, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_HEX64_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(HEX64, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_CHAR(expected, actual) UNITY_NUMBER_(EQUAL, CHAR, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_CHAR_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, CHAR, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_CHAR(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, CHAR, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_CHAR_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, CHAR, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_CHAR(threshold, actual) UNITY_NUMBER_(GREATER_THAN, CHAR, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_CHAR_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_THAN, CHAR, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_CHAR(threshold, actual) UNITY_NUMBER_(LESS_THAN, CHAR, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_CHAR_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_THAN, CHAR, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_CHAR(threshold, actual) UNITY_NUMBER_(GREATER_OR_EQUAL, CHAR, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_CHAR_MESSAGE(threshold, actual, message) UNITY_NUMBER_(GREATER_OR_EQUAL, CHAR, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_CHAR(threshold, actual) UNITY_NUMBER_(LESS_OR_EQUAL, CHAR, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_CHAR_MESSAGE(threshold, actual, message) UNITY_NUMBER_(LESS_OR_EQUAL, CHAR, threshold, actual, (message))
#define TEST_ASSERT_CHAR_WITHIN(delta, expected, actual) UNITY_NUMBER_WITHIN_(CHAR, delta, expected, actual, NULL)
#define TEST_ASSERT_CHAR_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_NUMBER_WITHIN_(CHAR, delta, expected, actual, (message))
#define TEST_ASSERT_CHAR_ARRAY_WITHIN(delta, expected, actual, count) UNITY_NUMBERS_(CHAR, delta, expected, actual, count, NULL)
#define TEST_ASSERT_CHAR_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_NUMBERS_(CHAR, delta, expected, actual, count, (message))
#define TEST_ASSERT_EQUAL_CHAR_ARRAY(expected, actual, count) UNITY_NUMBERS_(CHAR, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_CHAR_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(CHAR, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_CHAR(expected, actual, count) UNITY_EACH_NUMBER_(CHAR, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_CHAR_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(CHAR, expected, actual, count, (message))

#define TEST_ASSERT_EQUAL_PTR(expected, actual) UNITY_NUMBER_(EQUAL, PTR, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_PTR_MESSAGE(expected, actual, message) UNITY_NUMBER_(EQUAL, PTR, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_PTR(threshold, actual) UNITY_NUMBER_(NOT_EQUAL, PTR, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_PTR_MESSAGE(threshold, actual, message) UNITY_NUMBER_(NOT_EQUAL, PTR, threshold, actual, (message))
#define TEST_ASSERT_EQUAL_PTR_ARRAY(expected, actual, count) UNITY_NUMBERS_(PTR, 0, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_PTR_ARRAY_MESSAGE(expected, actual, count, message) UNITY_NUMBERS_(PTR, 0, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_PTR(expected, actual, count) UNITY_EACH_NUMBER_(PTR, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_PTR_MESSAGE(expected, actual, count, message) UNITY_EACH_NUMBER_(PTR, expected, actual, count, (message))

#define TEST_ASSERT_BITS(mask, expected, actual) unity_check_bits((UNITY_INT)(mask), (UNITY_INT)(expected), (UNITY_INT)(actual), NULL, UNITY_HERE_)
#define TEST_ASSERT_BITS_MESSAGE(mask, expected, actual, message) unity_check_bits((UNITY_INT)(mask), (UNITY_INT)(expected), (UNITY_INT)(actual), (message), UNITY_HERE_)
#define TEST_ASSERT_BITS_HIGH(mask, actual) unity_check_bits((UNITY_INT)(mask), -1, (UNITY_INT)(actual), NULL, UNITY_HERE_)
#define TEST_ASSERT_BITS_HIGH_MESSAGE(mask, actual, message) unity_check_bits((UNITY_INT)(mask), -1, (UNITY_INT)(actual), (message), UNITY_HERE_)
#define TEST_ASSERT_BITS_LOW(mask, actual) unity_check_bits((UNITY_INT)(mask), 0, (UNITY_INT)(actual), NULL, UNITY_HERE_)
#define TEST_ASSERT_BITS_LOW_MESSAGE(mask, actual, message) unity_check_bits((UNITY_INT)(mask), 0, (UNITY_INT)(actual), (message), UNITY_HERE_)
#define TEST_ASSERT_BIT_HIGH(bit, actual) unity_check_bits((UNITY_INT)1 << (bit), -1, (UNITY_INT)(actual), NULL, UNITY_HERE_)
#define TEST_ASSERT_BIT_HIGH_MESSAGE(bit, actual, message) unity_check_bits((UNITY_INT)1 << (bit), -1, (UNITY_INT)(actual), (message), UNITY_HERE_)
#define TEST_ASSERT_BIT_LOW(bit, actual) unity_check_bits((UNITY_INT)1 << (bit), 0, (UNITY_INT)(actual), NULL, UNITY_HERE_)
#define TEST_ASSERT_BIT_LOW_MESSAGE(bit, actual, message) unity_check_bits((UNITY_INT)1 << (bit), 0, (UNITY_INT)(actual), (message), UNITY_HERE_)

#define TEST_ASSERT_EQUAL_FLOAT(expected, actual) UNITY_REAL_(EQUAL, FLOAT, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_FLOAT_MESSAGE(expected, actual, message) UNITY_REAL_(EQUAL, FLOAT, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_FLOAT(threshold, actual) UNITY_REAL_(NOT_EQUAL, FLOAT, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_FLOAT_MESSAGE(threshold, actual, message) UNITY_REAL_(NOT_EQUAL, FLOAT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_FLOAT(threshold, actual) UNITY_REAL_(GREATER_THAN, FLOAT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_FLOAT_MESSAGE(threshold, actual, message) UNITY_REAL_(GREATER_THAN, FLOAT, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_FLOAT(threshold, actual) UNITY_REAL_(LESS_THAN, FLOAT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_FLOAT_MESSAGE(threshold, actual, message) UNITY_REAL_(LESS_THAN, FLOAT, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_FLOAT(threshold, actual) UNITY_REAL_(GREATER_OR_EQUAL, FLOAT, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_FLOAT_MESSAGE(threshold, actual, message) UNITY_REAL_(GREATER_OR_EQUAL, FLOAT, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_FLOAT(threshold, actual) UNITY_REAL_(LESS_OR_EQUAL, FLOAT, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_FLOAT_MESSAGE(threshold, actual, message) UNITY_REAL_(LESS_OR_EQUAL, FLOAT, threshold, actual, (message))
#define TEST_ASSERT_FLOAT_WITHIN(delta, expected, actual) UNITY_REAL_WITHIN_(FLOAT, false, delta, expected, actual, NULL)
#define TEST_ASSERT_FLOAT_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_REAL_WITHIN_(FLOAT, false, delta, expected, actual, (message))
#define TEST_ASSERT_FLOAT_NOT_WITHIN(delta, expected, actual) UNITY_REAL_WITHIN_(FLOAT, true, delta, expected, actual, NULL)
#define TEST_ASSERT_FLOAT_NOT_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_REAL_WITHIN_(FLOAT, true, delta, expected, actual, (message))
#define TEST_ASSERT_EQUAL_FLOAT_ARRAY(expected, actual, count) UNITY_REALS_(FLOAT, UNITY_FLOAT_PRECISION, true, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_FLOAT_ARRAY_MESSAGE(expected, actual, count, message) UNITY_REALS_(FLOAT, UNITY_FLOAT_PRECISION, true, expected, actual, count, (message))
#define TEST_ASSERT_FLOAT_ARRAY_WITHIN(delta, expected, actual, count) UNITY_REALS_(FLOAT, delta, false, expected, actual, count, NULL)
#define TEST_ASSERT_FLOAT_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_REALS_(FLOAT, delta, false, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_FLOAT(expected, actual, count) UNITY_EACH_REAL_(FLOAT, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_FLOAT_MESSAGE(expected, actual, count, message) UNITY_EACH_REAL_(FLOAT, expected, actual, count, (message))
#define TEST_ASSERT_FLOAT_IS_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, true, NULL)
#define TEST_ASSERT_FLOAT_IS_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, true, (message))
#define TEST_ASSERT_FLOAT_IS_NOT_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, false, NULL)
#define TEST_ASSERT_FLOAT_IS_NOT_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, false, (message))
#define TEST_ASSERT_FLOAT_IS_NEG_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, true, NULL)
#define TEST_ASSERT_FLOAT_IS_NEG_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, true, (message))
#define TEST_ASSERT_FLOAT_IS_NOT_NEG_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, false, NULL)
#define TEST_ASSERT_FLOAT_IS_NOT_NEG_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, false, (message))
#define TEST_ASSERT_FLOAT_IS_NAN(actual) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, true, NULL)
#define TEST_ASSERT_FLOAT_IS_NAN_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, true, (message))
#define TEST_ASSERT_FLOAT_IS_NOT_NAN(actual) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, false, NULL)
#define TEST_ASSERT_FLOAT_IS_NOT_NAN_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, false, (message))
#define TEST_ASSERT_FLOAT_IS_DETERMINATE(actual) UNITY_TRAIT_(actual, UNITY_IS_FINITE, true, NULL)
#define TEST_ASSERT_FLOAT_IS_DETERMINATE_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_FINITE, true, (message))
#define TEST_ASSERT_FLOAT_IS_NOT_DETERMINATE(actual) UNITY_TRAIT_(actual, UNITY_IS_FINITE, false, NULL)
#define TEST_ASSERT_FLOAT_IS_NOT_DETERMINATE_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_FINITE, false, (message))

#define TEST_ASSERT_EQUAL_DOUBLE(expected, actual) UNITY_REAL_(EQUAL, DOUBLE, expected, actual, NULL)
#define TEST_ASSERT_EQUAL_DOUBLE_MESSAGE(expected, actual, message) UNITY_REAL_(EQUAL, DOUBLE, expected, actual, (message))
#define TEST_ASSERT_NOT_EQUAL_DOUBLE(threshold, actual) UNITY_REAL_(NOT_EQUAL, DOUBLE, threshold, actual, NULL)
#define TEST_ASSERT_NOT_EQUAL_DOUBLE_MESSAGE(threshold, actual, message) UNITY_REAL_(NOT_EQUAL, DOUBLE, threshold, actual, (message))
#define TEST_ASSERT_GREATER_THAN_DOUBLE(threshold, actual) UNITY_REAL_(GREATER_THAN, DOUBLE, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_THAN_DOUBLE_MESSAGE(threshold, actual, message) UNITY_REAL_(GREATER_THAN, DOUBLE, threshold, actual, (message))
#define TEST_ASSERT_LESS_THAN_DOUBLE(threshold, actual) UNITY_REAL_(LESS_THAN, DOUBLE, threshold, actual, NULL)
#define TEST_ASSERT_LESS_THAN_DOUBLE_MESSAGE(threshold, actual, message) UNITY_REAL_(LESS_THAN, DOUBLE, threshold, actual, (message))
#define TEST_ASSERT_GREATER_OR_EQUAL_DOUBLE(threshold, actual) UNITY_REAL_(GREATER_OR_EQUAL, DOUBLE, threshold, actual, NULL)
#define TEST_ASSERT_GREATER_OR_EQUAL_DOUBLE_MESSAGE(threshold, actual, message) UNITY_REAL_(GREATER_OR_EQUAL, DOUBLE, threshold, actual, (message))
#define TEST_ASSERT_LESS_OR_EQUAL_DOUBLE(threshold, actual) UNITY_REAL_(LESS_OR_EQUAL, DOUBLE, threshold, actual, NULL)
#define TEST_ASSERT_LESS_OR_EQUAL_DOUBLE_MESSAGE(threshold, actual, message) UNITY_REAL_(LESS_OR_EQUAL, DOUBLE, threshold, actual, (message))
#define TEST_ASSERT_DOUBLE_WITHIN(delta, expected, actual) UNITY_REAL_WITHIN_(DOUBLE, false, delta, expected, actual, NULL)
#define TEST_ASSERT_DOUBLE_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_REAL_WITHIN_(DOUBLE, false, delta, expected, actual, (message))
#define TEST_ASSERT_DOUBLE_NOT_WITHIN(delta, expected, actual) UNITY_REAL_WITHIN_(DOUBLE, true, delta, expected, actual, NULL)
#define TEST_ASSERT_DOUBLE_NOT_WITHIN_MESSAGE(delta, expected, actual, message) UNITY_REAL_WITHIN_(DOUBLE, true, delta, expected, actual, (message))
#define TEST_ASSERT_EQUAL_DOUBLE_ARRAY(expected, actual, count) UNITY_REALS_(DOUBLE, UNITY_DOUBLE_PRECISION, true, expected, actual, count, NULL)
#define TEST_ASSERT_EQUAL_DOUBLE_ARRAY_MESSAGE(expected, actual, count, message) UNITY_REALS_(DOUBLE, UNITY_DOUBLE_PRECISION, true, expected, actual, count, (message))
#define TEST_ASSERT_DOUBLE_ARRAY_WITHIN(delta, expected, actual, count) UNITY_REALS_(DOUBLE, delta, false, expected, actual, count, NULL)
#define TEST_ASSERT_DOUBLE_ARRAY_WITHIN_MESSAGE(delta, expected, actual, count, message) UNITY_REALS_(DOUBLE, delta, false, expected, actual, count, (message))
#define TEST_ASSERT_EACH_EQUAL_DOUBLE(expected, actual, count) UNITY_EACH_REAL_(DOUBLE, expected, actual, count, NULL)
#define TEST_ASSERT_EACH_EQUAL_DOUBLE_MESSAGE(expected, actual, count, message) UNITY_EACH_REAL_(DOUBLE, expected, actual, count, (message))
#define TEST_ASSERT_DOUBLE_IS_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, true, NULL)
#define TEST_ASSERT_DOUBLE_IS_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, true, (message))
#define TEST_ASSERT_DOUBLE_IS_NOT_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, false, NULL)
#define TEST_ASSERT_DOUBLE_IS_NOT_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_INFINITE, false, (message))
#define TEST_ASSERT_DOUBLE_IS_NEG_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, true, NULL)
#define TEST_ASSERT_DOUBLE_IS_NEG_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, true, (message))
#define TEST_ASSERT_DOUBLE_IS_NOT_NEG_INF(actual) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, false, NULL)
#define TEST_ASSERT_DOUBLE_IS_NOT_NEG_INF_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NEGATIVE_INFINITE, false, (message))
#define TEST_ASSERT_DOUBLE_IS_NAN(actual) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, true, NULL)
#define TEST_ASSERT_DOUBLE_IS_NAN_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, true, (message))
#define TEST_ASSERT_DOUBLE_IS_NOT_NAN(actual) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, false, NULL)
#define TEST_ASSERT_DOUBLE_IS_NOT_NAN_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_NOT_A_NUMBER, false, (message))
#define TEST_ASSERT_DOUBLE_IS_DETERMINATE(actual) UNITY_TRAIT_(actual, UNITY_IS_FINITE, true, NULL)
#define TEST_ASSERT_DOUBLE_IS_DETERMINATE_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_FINITE, true, (message))
#define TEST_ASSERT_DOUBLE_IS_NOT_DETERMINATE(actual) UNITY_TRAIT_(actual, UNITY_IS_FINITE, false, NULL)
#define TEST_ASSERT_DOUBLE_IS_NOT_DETERMINATE_MESSAGE(actual, message) UNITY_TRAIT_(actual, UNITY_IS_FINITE, false, (message))

#define TEST_ASSERT_EQUAL_STRING(expected, actual) unity_check_string((const char *)(expected), (const char *)(actual), SIZE_MAX, NULL, UNITY_HERE_)
#define TEST_ASSERT_EQUAL_STRING_MESSAGE(expected, actual, message) unity_check_string((const char *)(expected), (const char *)(actual), SIZE_MAX, (message), UNITY_HERE_)
#define TEST_ASSERT_EQUAL_STRING_LEN(expected, actual, length) unity_check_string((const char *)(expected), (const char *)(actual), (size_t)(length), NULL, UNITY_HERE_)
#define TEST_ASSERT_EQUAL_STRING_LEN_MESSAGE(expected, actual, length, message) unity_check_string((const char *)(expected), (const char *)(actual), (size_t)(length), (message), UNITY_HERE_)
#define TEST_ASSERT_EQUAL_STRING_ARRAY(expected, actual, count) unity_check_strings((const char *const *)(expected), (const char *const *)(actual), (size_t)(count), NULL, UNITY_HERE_)
#define TEST_ASSERT_EQUAL_STRING_ARRAY_MESSAGE(expected, actual, count, message) unity_check_strings((const char *const *)(expected), (const char *const *)(actual), (size_t)(count), (message), UNITY_HERE_)
#define TEST_ASSERT_EACH_EQUAL_STRING(expected, actual, count) unity_check_each_string((const char *)(expected), (const char *const *)(actual), (size_t)(count), NULL, UNITY_HERE_)
#define TEST_ASSERT_EACH_EQUAL_STRING_MESSAGE(expected, actual, count, message) unity_check_each_string((const char *)(expected), (const char *const *)(actual), (size_t)(count), (message), UNITY_HERE_)
#define TEST_ASSERT_EQUAL_MEMORY(expected, actual, length) unity_check_memory((const void *)(expected), (const void *)(actual), (size_t)(length), 1, false, NULL, UNITY_HERE_)
#define TEST_ASSERT_EQUAL_MEMORY_MESSAGE(expected, actual, length, message) unity_check_memory((const void *)(expected), (const void *)(actual), (size_t)(length), 1, false, (message), UNITY_HERE_)
#define TEST_ASSERT_EQUAL_MEMORY_ARRAY(expected, actual, length, count) unity_check_memory((const void *)(expected), (const void *)(actual), (size_t)(length), (size_t)(count), false, NULL, UNITY_HERE_)
#define TEST_ASSERT_EQUAL_MEMORY_ARRAY_MESSAGE(expected, actual, length, count, message) unity_check_memory((const void *)(expected), (const void *)(actual), (size_t)(length), (size_t)(count), false, (message), UNITY_HERE_)
#define TEST_ASSERT_EACH_EQUAL_MEMORY(expected, actual, length, count) unity_check_memory((const void *)(expected), (const void *)(actual), (size_t)(length), (size_t)(count), true, NULL, UNITY_HERE_)
#define TEST_ASSERT_EACH_EQUAL_MEMORY_MESSAGE(expected, actual, length, count, message) unity_check_memory((const void *)(expected), (const void *)(actual), (size_t)(length), (size_t)(count), true, (message), UNITY_HERE_)

/** ESP-IDF's own: an esp_err_t has to be ESP_OK, or `error`. */
#define TEST_ESP_OK(rc) TEST_ASSERT_EQUAL_HEX32(ESP_OK, (rc))
#define TEST_ESP_ERR(error, rc) TEST_ASSERT_EQUAL_HEX32((error), (rc))
// clang-format on

#include "unity_test_runner.h"
