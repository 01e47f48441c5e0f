#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "esp_heap_caps.h"
#include "test_utils.h"

namespace {

void *g_kept = nullptr;

TEST(TestUtils, ALeakFailsTheTest) {
    UNITY_BEGIN();
    UnityDefaultTestRun(
        [] {
            unity_utils_record_free_mem();
            g_kept = heap_caps_malloc(100, MALLOC_CAP_8BIT);
            unity_utils_evaluate_leaks_direct(50);
        },
        "leaks", 1);
    EXPECT_EQ(Unity.TestFailures, 1u);
    UnityDefaultTestRun(
        [] {
            unity_utils_record_free_mem();
            heap_caps_free(g_kept);
            g_kept = heap_caps_malloc(100, MALLOC_CAP_8BIT);
            unity_utils_set_leak_level(0);
            unity_utils_evaluate_leaks();
        },
        "does not", 1);
    EXPECT_EQ(Unity.TestFailures, 1u);
    heap_caps_free(g_kept);
}

TEST(TestUtils, Levels) {
    EXPECT_EQ(test_utils_set_leak_level(100, ESP_LEAK_TYPE_CRITICAL, ESP_COMP_LEAK_GENERAL), ESP_OK);
    EXPECT_EQ(test_utils_set_leak_level(20, ESP_LEAK_TYPE_CRITICAL, ESP_COMP_LEAK_NVS), ESP_OK);
    EXPECT_EQ(test_utils_get_leak_level(ESP_LEAK_TYPE_CRITICAL, ESP_COMP_LEAK_ALL), 120u);
    EXPECT_EQ(test_utils_set_leak_level(1, ESP_LEAK_TYPE_MAX, ESP_COMP_LEAK_GENERAL), ESP_ERR_INVALID_ARG);
}

}  // namespace
