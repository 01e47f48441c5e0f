#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_partition.h"
#include "unity.h"
#include "unity_test_utils.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The component test_utils of ESP-IDF's test apps: leaks of 8-bit and 32-bit accessible memory. */
typedef enum { ESP_LEAK_TYPE_WARNING = 0, ESP_LEAK_TYPE_CRITICAL, ESP_LEAK_TYPE_MAX } esp_type_leak_t;
typedef enum {
    ESP_COMP_LEAK_GENERAL = 0,
    ESP_COMP_LEAK_LWIP,
    ESP_COMP_LEAK_NVS,
    ESP_COMP_LEAK_ALL,
} esp_comp_leak_t;

/** Bytes that a test may leave allocated: below the first level nothing is said, from the second one on the test fails.
 */
esp_err_t test_utils_set_leak_level(size_t leak_level, esp_type_leak_t type_of_leak, esp_comp_leak_t component);
size_t test_utils_get_leak_level(esp_type_leak_t type_of_leak, esp_comp_leak_t component);
void test_utils_record_free_mem(void);
void test_utils_finish_and_evaluate_leaks(size_t warn_threshold, size_t critical_threshold);
/** The data partition of subtype 0x40, or NULL. */
const esp_partition_t *get_test_data_partition(void);
#define test_utils_task_delete unity_utils_task_delete

#ifdef __cplusplus
}
#endif
