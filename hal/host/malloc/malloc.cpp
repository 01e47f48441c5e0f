// malloc() of an app's own code on the emulated heap. The linker's --wrap sends the calls of every object that is
// linked into the app here; shared libraries (the C and C++ libraries, so operator new and strdup()) keep the PC's
// heap. What a pointer belongs to is told by its address, so either side may free the other's.
#include <malloc.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "board/board.hpp"
#include "esp_heap_caps.h"
#include "heap/heap.hpp"
#include "heap/malloc_policy.hpp"
#include "system/system.hpp"

#define CALLER __builtin_return_address(0)

// NOLINTBEGIN(bugprone-reserved-identifier): the names are those that the linker's --wrap makes.
extern "C" {

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_memalign(size_t alignment, size_t size);
void __real_free(void *ptr);

// Before app_main() runs, there may be no board yet.
void *__wrap_malloc(size_t size) {
    return hal::app_is_running() ? hal::malloc_by_policy(size, CALLER) : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size) {
    if (!hal::app_is_running()) {
        return __real_calloc(n, size);
    }
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        errno = ENOMEM;
        return nullptr;
    }
    void *memory = hal::malloc_by_policy(bytes, CALLER);
    return memory ? memset(memory, 0, bytes) : nullptr;
}

void *__wrap_realloc(void *ptr, size_t size) {
    const bool ours = hal::app_is_running() && (!ptr || hal::board().heap().owns(ptr));
    return ours ? hal::realloc_by_policy(ptr, size, CALLER) : __real_realloc(ptr, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return hal::app_is_running() ? heap_caps_aligned_alloc(alignment, size, MALLOC_CAP_DEFAULT)
                                 : __real_aligned_alloc(alignment, size);
}

void *__wrap_memalign(size_t alignment, size_t size) {
    return hal::app_is_running() ? heap_caps_aligned_alloc(alignment, size, MALLOC_CAP_DEFAULT)
                                 : __real_memalign(alignment, size);
}

void __wrap_free(void *ptr) {
    if (hal::app_is_running() && hal::board().heap().owns(ptr)) {
        hal::board().heap().release(ptr, CALLER);
    } else {
        __real_free(ptr);
    }
}
// NOLINTEND(bugprone-reserved-identifier)

}  // extern "C"
