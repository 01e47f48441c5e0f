#include "esp_log.h"
#include "esp_macros.h"

#define HAL_WITH(...) 1
#define HAL_WITHOUT(...) 2
#define HAL_CHOOSE(...) CHOOSE_MACRO_VA_ARG(HAL_WITH, HAL_WITHOUT, ##__VA_ARGS__)(__VA_ARGS__)
_Static_assert(HAL_CHOOSE() == 2, "no argument");
_Static_assert(HAL_CHOOSE(7) == 1, "one argument");

// Of int32_t, %ld is right on the chip; the compiler must not warn.
void hal_log_in_c(int32_t value);
void hal_log_in_c(int32_t value) {
    ESP_LOGI("c", "%ld %d", value, 7);
}
