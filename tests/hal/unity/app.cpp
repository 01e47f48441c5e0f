// An app whose test cases pass, fail, are ignored and crash; UNITY_APP_DO says how they are started.
#include <stdlib.h>
#include <string.h>

#include "unity.h"

extern "C" {
extern const char deskboard_board_toml[] = R"toml(
title = "Unity board"
chip = "esp32s3"
cores = 2
cpu_mhz = 240
[flash]
size = "8M"
[[ram]]
name = "RAM"
address = 0x3FC94628
size = 0x550E8
caps = ["default", "internal", "dma", "8bit", "32bit"]
)toml";
extern const char deskboard_board_name[] = "unity_board";
extern const char deskboard_app_name[] = "unity_app";

static int g_set_up = 0;
void setUp(void) {
    g_set_up++;
}
void tearDown(void) {
    g_set_up--;
}
}

TEST_CASE("a sum is right", "[good][sum]") {
    TEST_ASSERT_EQUAL(1, g_set_up);
    TEST_ASSERT_EQUAL(4, 2 + 2);
}

TEST_CASE("a sum is <wrong>", "[bad][sum]") {
    TEST_ASSERT_EQUAL_MESSAGE(5, 2 + 2, "arithmetic");
}

TEST_CASE("not today", "[good]") {
    TEST_IGNORE_MESSAGE("tomorrow");
}

TEST_CASE("takes the app down", "[crash]") {
    abort();
}

static void first() {
    printf("first function\n");
}
static void fails() {
    TEST_FAIL_MESSAGE("as it should");
}
static void second() {
    printf("second function\n");
}
TEST_CASE_MULTIPLE_STAGES("two stages", "[good]", first, second);

extern "C" void app_main(void) {
    const char *what = getenv("UNITY_APP_DO");
    if (!what) {
        unity_run_menu();
    }
    UNITY_BEGIN();
    if (strcmp(what, "functions") == 0) {
        RUN_TEST(first);
        RUN_TEST(fails);
    } else if (strcmp(what, "all") == 0) {
        unity_run_all_tests();
    } else if (strcmp(what, "tag") == 0) {
        unity_run_tests_by_tag("[good]", false);
    } else if (strcmp(what, "not crash") == 0) {
        unity_run_tests_by_tag("[crash]", true);
    } else if (strcmp(what, "name") == 0) {
        unity_run_test_by_name("in C");
    }
    UNITY_END();
}
