#pragma once

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Prints who called whom, with function, file and line, as a panic does.
 * @param depth  at most so many calls
 * @return ESP_ERR_INVALID_ARG if `depth` is not positive */
esp_err_t esp_backtrace_print(int depth);

#ifdef __cplusplus
}
#endif
