#include "esp_heap_caps.h"

#include <atomic>
#include <cinttypes>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

#include "board/board.hpp"
#include "esp_log.h"
#include "esp_psram.h"
#include "freertos/FreeRTOS.h"
#include "heap/heap.hpp"
#include "heap/malloc_policy.hpp"

#define CALLER __builtin_return_address(0)

namespace {

constexpr const char *TAG = "heap";

std::atomic<esp_alloc_failed_hook_t> g_failed_hook{nullptr};
std::atomic<int64_t> g_extmem_limit{-1};  // -1: the configuration's

hal::Heap &heap() {
    return hal::board().heap();
}

// Counts an allocation for --fault alloc=N.
bool fault_strikes(const char *function) {
    hal::Faults &faults = hal::board().faults();
    if (!faults.armed(hal::FaultKind::ALLOC) && !faults.armed(hal::FaultKind::ALLOC_FROM)) {
        return false;
    }
    const bool once = faults.strikes(hal::FaultKind::ALLOC, function);
    const bool lasting = faults.strikes(hal::FaultKind::ALLOC_FROM, function);
    return once || lasting;
}

std::string caps_text(uint32_t caps) {
    struct Name {
        uint32_t bit;
        const char *name;
    };
    constexpr Name NAMES[] = {
        {MALLOC_CAP_EXEC, "EXEC"},
        {MALLOC_CAP_32BIT, "32BIT"},
        {MALLOC_CAP_8BIT, "8BIT"},
        {MALLOC_CAP_DMA, "DMA"},
        {MALLOC_CAP_SPIRAM, "SPIRAM"},
        {MALLOC_CAP_INTERNAL, "INTERNAL"},
        {MALLOC_CAP_DEFAULT, "DEFAULT"},
        {MALLOC_CAP_IRAM_8BIT, "IRAM_8BIT"},
        {MALLOC_CAP_RETENTION, "RETENTION"},
        {MALLOC_CAP_RTCRAM, "RTCRAM"},
        {MALLOC_CAP_TCM, "TCM"},
        {MALLOC_CAP_DMA_DESC_AHB, "DMA_DESC_AHB"},
        {MALLOC_CAP_DMA_DESC_AXI, "DMA_DESC_AXI"},
        {MALLOC_CAP_CACHE_ALIGNED, "CACHE_ALIGNED"},
        {MALLOC_CAP_SIMD, "SIMD"},
    };
    std::string text;
    for (const Name &entry : NAMES) {
        if ((caps & entry.bit) != 0) {
            text += (text.empty() ? "" : "|") + std::string(entry.name);
        }
    }
    return text.empty() ? "none" : text;
}

// What a caller learns of a failed allocation, before it gets NULL. A caller that has another way may go on, so it is a
// warning; whoever gives up says so itself.
void *failed(size_t size, uint32_t caps, const char *function) {
    // What the request was rounded or narrowed to is the heap's business; free memory is told for what was asked.
    const uint32_t asked = caps & ~(MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI);
    multi_heap_info_t info;
    heap().info(asked, info);
    ESP_LOGW(TAG, "%s: no %zu bytes with capabilities 0x%08" PRIx32 " (%s): %zu bytes free, largest free block %zu",
             function, size, caps, caps_text(caps).c_str(), info.total_free_bytes, info.largest_free_block);
    esp_alloc_failed_hook_t hook = g_failed_hook;
    if (hook) {
        hook(size, caps, function);
    }
    if (deskboard_app_config.heap_abort_when_allocation_fails) {
        hal::panic("Memory allocation failed in %s: %zu bytes", function, size);
    }
    return nullptr;
}

// From the first of `num` capabilities that has it.
void *allocate_preferred(size_t size, size_t num, va_list capabilities, const void *caller, const char *function) {
    if (size == 0) {
        return nullptr;
    }
    if (fault_strikes(function)) {
        return failed(size, MALLOC_CAP_DEFAULT, function);
    }
    void *memory = nullptr;
    uint32_t caps = MALLOC_CAP_DEFAULT;
    for (size_t i = 0; i < num && !memory; ++i) {
        caps = va_arg(capabilities, uint32_t);
        memory = heap().allocate(size, 4, caps, caller);
    }
    return memory ? memory : failed(size, caps, function);
}

void *allocate(size_t size, size_t alignment, uint32_t caps, const void *caller, const char *function) {
    if (size == 0) {
        return nullptr;
    }
    if (fault_strikes(function)) {
        return failed(size, caps, function);
    }
    void *memory = heap().allocate(size, alignment, caps, caller);
    return memory ? memory : failed(size, caps, function);
}

// A null pointer where n * size is no size_t: the product is reported as SIZE_MAX.
void *allocate_cleared(size_t n, size_t size, size_t alignment, uint32_t caps, const void *caller,
                       const char *function) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        return failed(SIZE_MAX, caps, function);
    }
    void *memory = allocate(bytes, alignment, caps, caller, function);
    if (memory) {
        memset(memory, 0, bytes);
    }
    return memory;
}

bool is_alignment(size_t alignment) {
    return alignment != 0 && (alignment & (alignment - 1)) == 0;
}

// Sets of capabilities for malloc() of `size` bytes, in order; 0: no second try.
struct Policy {
    uint32_t first;
    uint32_t second;
};

Policy malloc_policy(size_t size) {
    if (!deskboard_app_config.spiram_use_malloc && g_extmem_limit < 0) {
        return {MALLOC_CAP_DEFAULT | MALLOC_CAP_INTERNAL, 0};
    }
    const int64_t limit = g_extmem_limit >= 0
                              ? g_extmem_limit.load()
                              : static_cast<int64_t>(deskboard_app_config.spiram_malloc_always_internal);
    const uint32_t kind = static_cast<int64_t>(size) <= limit ? MALLOC_CAP_INTERNAL : MALLOC_CAP_SPIRAM;
    return {MALLOC_CAP_DEFAULT | kind, MALLOC_CAP_DEFAULT};
}

}  // namespace

esp_err_t heap_caps_register_failed_alloc_callback(esp_alloc_failed_hook_t callback) {
    if (!callback) {
        return ESP_ERR_INVALID_ARG;
    }
    g_failed_hook = callback;
    return ESP_OK;
}

void *heap_caps_malloc(size_t size, uint32_t caps) {
    return allocate(size, 4, caps, CALLER, __func__);
}

void heap_caps_free(void *ptr) {
    heap().release(ptr, CALLER);
}

void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps) {
    if (!ptr) {
        return allocate(size, 4, caps, CALLER, __func__);
    }
    if (size == 0) {
        heap().release(ptr, CALLER);
        return nullptr;
    }
    if (fault_strikes(__func__)) {
        return failed(size, caps, __func__);
    }
    void *memory = heap().reallocate(ptr, size, caps, CALLER);
    return memory ? memory : failed(size, caps, __func__);
}

void *heap_caps_calloc(size_t n, size_t size, uint32_t caps) {
    return allocate_cleared(n, size, 4, caps, CALLER, __func__);
}

void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    if (!is_alignment(alignment) || (caps & MALLOC_CAP_EXEC) != 0) {
        return nullptr;
    }
    return allocate(size, alignment, caps, CALLER, __func__);
}

void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps) {
    if (!is_alignment(alignment) || (caps & MALLOC_CAP_EXEC) != 0) {
        return nullptr;
    }
    return allocate_cleared(n, size, alignment, caps, CALLER, __func__);
}

void heap_caps_aligned_free(void *ptr) {
    heap().release(ptr, CALLER);
}

void *heap_caps_malloc_prefer(size_t size, size_t num, ...) {
    va_list args;
    va_start(args, num);
    void *memory = allocate_preferred(size, num, args, CALLER, __func__);
    va_end(args);
    return memory;
}

void *heap_caps_calloc_prefer(size_t n, size_t size, size_t num, ...) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        return failed(SIZE_MAX, MALLOC_CAP_DEFAULT, __func__);
    }
    va_list args;
    va_start(args, num);
    void *memory = allocate_preferred(bytes, num, args, CALLER, __func__);
    va_end(args);
    return memory ? memset(memory, 0, bytes) : nullptr;
}

void *heap_caps_realloc_prefer(void *ptr, size_t size, size_t num, ...) {
    if (size == 0) {
        heap().release(ptr, CALLER);
        return nullptr;
    }
    if (fault_strikes(__func__)) {
        return failed(size, MALLOC_CAP_DEFAULT, __func__);
    }
    va_list args;
    va_start(args, num);
    void *memory = nullptr;
    uint32_t caps = MALLOC_CAP_DEFAULT;
    for (size_t i = 0; i < num && !memory; ++i) {
        caps = va_arg(args, uint32_t);
        memory = ptr ? heap().reallocate(ptr, size, caps, CALLER) : heap().allocate(size, 4, caps, CALLER);
    }
    va_end(args);
    return memory ? memory : failed(size, caps, __func__);
}

namespace hal {

void *malloc_by_policy(size_t size, const void *caller) {
    if (size == 0) {
        return nullptr;
    }
    if (fault_strikes("malloc")) {
        return failed(size, MALLOC_CAP_DEFAULT, "malloc");
    }
    const Policy policy = malloc_policy(size);
    void *memory = ::heap().allocate(size, 4, policy.first, caller);
    if (!memory && policy.second != 0) {
        memory = ::heap().allocate(size, 4, policy.second, caller);
    }
    return memory ? memory : failed(size, MALLOC_CAP_DEFAULT, "malloc");
}

void *realloc_by_policy(void *ptr, size_t size, const void *caller) {
    if (!ptr) {
        return malloc_by_policy(size, caller);
    }
    if (size == 0) {
        ::heap().release(ptr, caller);
        return nullptr;
    }
    if (fault_strikes("realloc")) {
        return failed(size, MALLOC_CAP_DEFAULT, "realloc");
    }
    const Policy policy = malloc_policy(size);
    void *memory = ::heap().reallocate(ptr, size, policy.first, caller);
    if (!memory && policy.second != 0) {
        memory = ::heap().reallocate(ptr, size, policy.second, caller);
    }
    return memory ? memory : failed(size, MALLOC_CAP_DEFAULT, "realloc");
}

}  // namespace hal

void *heap_caps_malloc_default(size_t size) {
    return hal::malloc_by_policy(size, CALLER);
}

void *heap_caps_realloc_default(void *ptr, size_t size) {
    return hal::realloc_by_policy(ptr, size, CALLER);
}

size_t heap_caps_get_total_size(uint32_t caps) {
    return heap().total_size(caps);
}
size_t heap_caps_get_free_size(uint32_t caps) {
    return heap().free_size(caps);
}
size_t heap_caps_get_minimum_free_size(uint32_t caps) {
    return heap().minimum_free_size(caps);
}
size_t heap_caps_get_largest_free_block(uint32_t caps) {
    return heap().largest_free_block(caps);
}
void heap_caps_get_info(multi_heap_info_t *info, uint32_t caps) {
    heap().info(caps, *info);
}
void heap_caps_print_heap_info(uint32_t caps) {
    heap().print_info(caps);
}

esp_err_t heap_caps_monitor_local_minimum_free_size_start(void) {
    heap().restart_minimum();
    return ESP_OK;
}

esp_err_t heap_caps_monitor_local_minimum_free_size_stop(void) {
    heap().resume_minimum();
    return ESP_OK;
}

bool heap_caps_check_integrity_all(bool print_errors) {
    return heap().check(0, nullptr, print_errors);
}
bool heap_caps_check_integrity(uint32_t caps, bool print_errors) {
    return heap().check(caps, nullptr, print_errors);
}
bool heap_caps_check_integrity_addr(intptr_t addr, bool print_errors) {
    return heap().check(0, reinterpret_cast<const void *>(addr), print_errors);
}

void heap_caps_dump(uint32_t caps) {
    heap().dump(caps);
}
void heap_caps_dump_all(void) {
    heap().dump(0);
}

void heap_caps_walk(uint32_t caps, heap_caps_walker_cb_t walker_func, void *user_data) {
    heap().walk(caps, walker_func, user_data);
}
void heap_caps_walk_all(heap_caps_walker_cb_t walker_func, void *user_data) {
    heap().walk(0, walker_func, user_data);
}

size_t heap_caps_get_allocated_size(void *ptr) {
    return heap().allocated_size(ptr, CALLER);
}
size_t heap_caps_get_containing_block_size(void *ptr) {
    return heap().allocated_size(ptr, CALLER);
}

void heap_caps_malloc_extmem_enable(size_t limit) {
    g_extmem_limit = static_cast<int64_t>(limit);
}

esp_err_t esp_psram_init(void) {
    return hal::board().psram_size() == 0 ? ESP_ERR_NOT_FOUND : ESP_ERR_INVALID_STATE;
}
bool esp_psram_is_initialized(void) {
    return hal::board().psram_size() != 0;
}
size_t esp_psram_get_size(void) {
    return hal::board().psram_size();
}
