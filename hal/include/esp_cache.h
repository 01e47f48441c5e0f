#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "esp_bit_defs.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_CACHE_MSYNC_FLAG_INVALIDATE BIT(0)
#define ESP_CACHE_MSYNC_FLAG_UNALIGNED BIT(1)
#define ESP_CACHE_MSYNC_FLAG_DIR_C2M BIT(2)
#define ESP_CACHE_MSYNC_FLAG_DIR_M2C BIT(3)
#define ESP_CACHE_MSYNC_FLAG_TYPE_DATA BIT(4)
#define ESP_CACHE_MSYNC_FLAG_TYPE_INST BIT(5)

/** Writes back or drops cache lines. The PC's memory is coherent, so only the arguments are checked. */
esp_err_t esp_cache_msync(void *addr, size_t size, int flags);
/** Bytes of a cache line of the memory with these capabilities. */
esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment);

#ifdef __cplusplus
}
#endif
