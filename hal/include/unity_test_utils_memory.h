#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a test may leave allocated, in bytes of a kind of memory; 0 at start. */
void unity_utils_set_leak_level(size_t leak_level);
/** Remembers how much memory is free, 8-bit and 32-bit accessible. */
void unity_utils_record_free_mem(void);
/** Fails the test where more than `threshold` bytes are gone; prints where some are. */
void unity_utils_check_leak(unsigned int before_free, unsigned int after_free, const char *type,
                            unsigned int threshold);
/** Compares with what unity_utils_record_free_mem() remembered. */
void unity_utils_evaluate_leaks(void);
void unity_utils_evaluate_leaks_direct(size_t threshold);
/** Heap tracing is not emulated (--heap-report names who holds memory when the app ends): this does nothing. */
void unity_utils_setup_heap_record(size_t num_heap_records);

#ifdef __cplusplus
}
#endif
