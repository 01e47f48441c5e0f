#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "esp_attr.h"
#include "esp_err.h"
#include "multi_heap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MALLOC_CAP_EXEC (1 << 0)   ///< code can run there
#define MALLOC_CAP_32BIT (1 << 1)  ///< aligned 32-bit access
#define MALLOC_CAP_8BIT (1 << 2)   ///< 8-, 16- and 32-bit access
#define MALLOC_CAP_DMA (1 << 3)    ///< reachable by DMA
#define MALLOC_CAP_PID2 (1 << 4)
#define MALLOC_CAP_PID3 (1 << 5)
#define MALLOC_CAP_PID4 (1 << 6)
#define MALLOC_CAP_PID5 (1 << 7)
#define MALLOC_CAP_PID6 (1 << 8)
#define MALLOC_CAP_PID7 (1 << 9)
#define MALLOC_CAP_SPIRAM (1 << 10)    ///< PSRAM
#define MALLOC_CAP_INTERNAL (1 << 11)  ///< in the chip
#define MALLOC_CAP_DEFAULT (1 << 12)   ///< what malloc() may return
#define MALLOC_CAP_IRAM_8BIT (1 << 13)
#define MALLOC_CAP_RETENTION (1 << 14)
#define MALLOC_CAP_RTCRAM (1 << 15)
#define MALLOC_CAP_TCM (1 << 16)  ///< tightly coupled memory
#define MALLOC_CAP_DMA_DESC_AHB (1 << 17)
#define MALLOC_CAP_DMA_DESC_AXI (1 << 18)
#define MALLOC_CAP_CACHE_ALIGNED (1 << 19)  ///< begins and ends at a cache line
#define MALLOC_CAP_SIMD (1 << 20)           ///< reachable by vector instructions, aligned for them
#define MALLOC_CAP_INVALID (1 << 31)

typedef void (*esp_alloc_failed_hook_t)(size_t size, uint32_t caps, const char *function_name);

/** Where the heap came from, and where a block lies, for heap_caps_walk(). */
typedef struct walker_heap_info {
    intptr_t start;
    intptr_t end;
} walker_heap_into_t;
typedef struct walker_block_info {
    void *ptr;
    size_t size;
    bool used;
} walker_block_info_t;
/** @return false to stop the walk. */
typedef bool (*heap_caps_walker_cb_t)(walker_heap_into_t heap_info, walker_block_info_t block_info, void *user_data);

/** Called with size, capabilities and function name before an allocation returns NULL. One at a time. */
esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback);

/** Memory of a region that has all of `caps`. NULL when none can give it; size 0 gives NULL without the callback. */
void *heap_caps_malloc(size_t size, uint32_t caps);
void heap_caps_free(void *ptr);
/** May move the block to another region when its own has not all of `caps`; the old block stays when it fails. */
void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps);
void *heap_caps_calloc(size_t n, size_t size, uint32_t caps);

/** @param alignment a power of two */
void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps);
void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps);
void heap_caps_aligned_free(void *ptr);

/** `num` sets of capabilities (uint32_t each) follow; they are tried in order. */
void *heap_caps_malloc_prefer(size_t size, size_t num, ...);
void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...);
void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...);

/** What malloc() and realloc() of the chip do: see heap_caps_malloc_extmem_enable(). */
void *heap_caps_malloc_default(size_t size);
void *heap_caps_realloc_default(void *ptr, size_t size);

/** Figures over all regions that have all of `caps`. */
size_t heap_caps_get_total_size(uint32_t caps);
size_t heap_caps_get_free_size(uint32_t caps);
size_t heap_caps_get_minimum_free_size(uint32_t caps);
size_t heap_caps_get_largest_free_block(uint32_t caps);
void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps);
void heap_caps_print_heap_info(uint32_t caps);

/** Watermarks begin anew at the present free size. stop: they become the lower of both again. */
esp_err_t heap_caps_monitor_local_minimum_free_size_start(void);
esp_err_t heap_caps_monitor_local_minimum_free_size_stop(void);

/** Every header (and, with poisoning, every canary) is checked. @return true when all is well. */
bool heap_caps_check_integrity_all(bool print_errors);
bool heap_caps_check_integrity(uint32_t caps, bool print_errors);
/** Only the region that `addr` lies in. */
bool heap_caps_check_integrity_addr(intptr_t addr, bool print_errors);

void heap_caps_dump(uint32_t caps);
void heap_caps_dump_all(void);

void heap_caps_walk(uint32_t caps, heap_caps_walker_cb_t walker_func, void *user_data);
void heap_caps_walk_all(heap_caps_walker_cb_t walker_func, void *user_data);

/** Bytes that the block really has (what was asked, rounded up). */
size_t heap_caps_get_allocated_size(void *ptr);
/** The region's part that holds the block. */
size_t heap_caps_get_containing_block_size(void *ptr);

/** malloc() of up to `limit` bytes takes internal RAM first, of more PSRAM first. */
void heap_caps_malloc_extmem_enable(size_t limit);

#ifdef __cplusplus
}
#endif
