#pragma once

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"
#include "esp_log.h"
#include "esp_partition.h"

/** Handle of a mounted wear levelling layer. */
typedef int32_t wl_handle_t;
#define WL_INVALID_HANDLE -1
