#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*test_func)(void);

/** A test case; the macros below register one. */
typedef struct test_desc_t {
    const char *name;
    const char *desc;  ///< tags: "[fft][slow]"
    test_func *fn;
    const char *file;
    int line;
    uint8_t test_fn_count;
    const char **test_fn_name;  ///< of the stages or devices; NULL where there is one function
    struct test_desc_t *next;
} test_desc_t;

void unity_testcase_register(test_desc_t *desc);

/** Run what is registered, in the order of the menu. Between UNITY_BEGIN() and UNITY_END(). */
void unity_run_test_by_name(const char *name);
/** @param invert run those that do not have the tag */
void unity_run_tests_by_tag(const char *tag, bool invert);
void unity_run_all_tests(void);

/** Reads commands from standard input: an empty line lists the test cases, a number runs one, * all, [tag] those with
 * the tag, ![tag] those without, "name" one. At the end of the input the app ends, with exit code 1 if a test has
 * failed; an input without any command runs all tests. The option --unity COMMAND comes instead of the input. */
void unity_run_menu(void);

#ifdef __cplusplus
}
#endif

#define UNITY_EXPAND2(a, b) a##b
#define UNITY_EXPAND(a, b) UNITY_EXPAND2(a, b)
#define UNITY_TEST_UID(what) UNITY_EXPAND(what, __LINE__)

#define UNITY_REGISTER_(name_, desc_, functions_, count_, function_names_)                \
    static void __attribute__((constructor)) UNITY_TEST_UID(test_reg_helper_)(void) {     \
        static test_desc_t description = {                                                \
            name_, desc_, functions_, __FILE__, __LINE__, count_, function_names_, NULL}; \
        unity_testcase_register(&description);                                            \
    }

/** TEST_CASE("what it shows", "[tag][another]") { ... } */
#define TEST_CASE(name_, desc_)                                                        \
    static void UNITY_TEST_UID(test_func_)(void);                                      \
    static test_func UNITY_TEST_UID(test_functions)[] = {&UNITY_TEST_UID(test_func_)}; \
    UNITY_REGISTER_(name_, desc_, UNITY_TEST_UID(test_functions), 1, NULL)             \
    static void UNITY_TEST_UID(test_func_)(void)

#define UNITY_COUNT_(...) UNITY_COUNT_OF_(__VA_ARGS__, 5, 4, 3, 2, 1, 0)
#define UNITY_COUNT_OF_(_1, _2, _3, _4, _5, N, ...) N
#define UNITY_NAMES_1_(a) \
    { #a }
#define UNITY_NAMES_2_(a, b) \
    { #a, #b }
#define UNITY_NAMES_3_(a, b, c) \
    { #a, #b, #c }
#define UNITY_NAMES_4_(a, b, c, d) \
    { #a, #b, #c, #d }
#define UNITY_NAMES_5_(a, b, c, d, e) \
    { #a, #b, #c, #d, #e }
#define UNITY_NAMES_OF_(count) UNITY_EXPAND(UNITY_EXPAND(UNITY_NAMES_, count), _)
#define UNITY_SEVERAL_(name_, desc_, ...)                                                                        \
    static test_func UNITY_TEST_UID(test_functions)[] = {__VA_ARGS__};                                           \
    static const char *UNITY_TEST_UID(test_fn_name)[] = UNITY_NAMES_OF_(UNITY_COUNT_(__VA_ARGS__))(__VA_ARGS__); \
    UNITY_REGISTER_(name_, desc_, UNITY_TEST_UID(test_functions), UNITY_COUNT_(__VA_ARGS__),                     \
                    UNITY_TEST_UID(test_fn_name))

/** Functions with a reset of the chip between them, or on several chips: up to five. All together they are reported as
 * ignored; the menu runs one of them as "number,function". */
#define TEST_CASE_MULTIPLE_STAGES(name_, desc_, ...) UNITY_SEVERAL_(name_, desc_ "[multi_stage]", __VA_ARGS__)
#define TEST_CASE_MULTIPLE_DEVICES(name_, desc_, ...) UNITY_SEVERAL_(name_, desc_ "[multi_device]", __VA_ARGS__)
