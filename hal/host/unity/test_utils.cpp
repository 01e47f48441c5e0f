#include "test_utils.h"

#include <cstdio>

#include "esp_heap_caps.h"

namespace {

size_t g_leak_level = 0;
size_t g_before_8bit = 0;
size_t g_before_32bit = 0;
size_t g_levels[ESP_LEAK_TYPE_MAX][ESP_COMP_LEAK_ALL] = {};

}  // namespace

void unity_utils_task_delete(TaskHandle_t thandle) {
    vTaskDelete(thandle);
    while (eTaskGetState(thandle) != eDeleted) {
        vPortYield();
    }
}

void unity_utils_set_leak_level(size_t leak_level) {
    g_leak_level = leak_level;
}

void unity_utils_record_free_mem(void) {
    g_before_8bit = heap_caps_get_free_size(MALLOC_CAP_8BIT);
    g_before_32bit = heap_caps_get_free_size(MALLOC_CAP_32BIT);
}

void unity_utils_check_leak(unsigned int before_free, unsigned int after_free, const char *type,
                            unsigned int threshold) {
    const int leak = static_cast<int>(before_free) - static_cast<int>(after_free);
    const bool is_critical = leak > static_cast<int>(threshold);
    printf("MALLOC_CAP_%s %s leak: Before %u bytes free, After %u bytes free (delta %d)\n", type,
           is_critical ? "critical" : "potential", before_free, after_free, leak);
    fflush(stdout);
    TEST_ASSERT_MESSAGE(!is_critical, "The test leaked too much memory");
}

void unity_utils_evaluate_leaks_direct(size_t threshold) {
    unity_utils_check_leak(static_cast<unsigned>(g_before_8bit),
                           static_cast<unsigned>(heap_caps_get_free_size(MALLOC_CAP_8BIT)), "8BIT",
                           static_cast<unsigned>(threshold));
    unity_utils_check_leak(static_cast<unsigned>(g_before_32bit),
                           static_cast<unsigned>(heap_caps_get_free_size(MALLOC_CAP_32BIT)), "32BIT",
                           static_cast<unsigned>(threshold));
}

void unity_utils_evaluate_leaks(void) {
    unity_utils_evaluate_leaks_direct(g_leak_level);
}

void unity_utils_setup_heap_record(size_t) {}

esp_err_t test_utils_set_leak_level(size_t leak_level, esp_type_leak_t type_of_leak, esp_comp_leak_t component) {
    if (type_of_leak < 0 || type_of_leak >= ESP_LEAK_TYPE_MAX || component < 0 || component >= ESP_COMP_LEAK_ALL) {
        return ESP_ERR_INVALID_ARG;
    }
    g_levels[type_of_leak][component] = leak_level;
    return ESP_OK;
}

size_t test_utils_get_leak_level(esp_type_leak_t type_of_leak, esp_comp_leak_t component) {
    if (type_of_leak < 0 || type_of_leak >= ESP_LEAK_TYPE_MAX) {
        return 0;
    }
    if (component == ESP_COMP_LEAK_ALL) {
        size_t sum = 0;
        for (const size_t level : g_levels[type_of_leak]) {
            sum += level;
        }
        return sum;
    }
    return component >= 0 && component < ESP_COMP_LEAK_ALL ? g_levels[type_of_leak][component] : 0;
}

void test_utils_record_free_mem(void) {
    unity_utils_record_free_mem();
}

void test_utils_finish_and_evaluate_leaks(size_t, size_t critical_threshold) {
    unity_utils_evaluate_leaks_direct(critical_threshold);
}

const esp_partition_t *get_test_data_partition(void) {
    return esp_partition_find_first(ESP_PARTITION_TYPE_DATA, static_cast<esp_partition_subtype_t>(0x40), nullptr);
}
