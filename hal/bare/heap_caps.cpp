// heap_caps_*() on the board's RAM, and malloc() and its family on top of it, C++'s operator new included: all of a
// program's memory is the board's, as on a chip.
#include "esp_heap_caps.h"

#include <malloc.h>
#include <reent.h>

#include <cerrno>
#include <cinttypes>
#include <cstring>
#include <initializer_list>

#include "board.hpp"
#include "esp_cache.h"
#include "esp_log.h"
#include "esp_memory_utils.h"
#include "heap.hpp"

static const char *TAG = "heap";

extern "C" {
extern const uint8_t hal_rodata_start[];
extern const uint8_t hal_rodata_end[];
}

namespace {

constexpr size_t MAX_RAM = 16;
// Taken for their own sake only, or when nothing else is left.
constexpr uint32_t LAST = MALLOC_CAP_SPIRAM | MALLOC_CAP_RTCRAM | MALLOC_CAP_TCM;
// What a cache or a vector unit of the chips asks for at most.
constexpr size_t LINE = 64;

hal::BlockHeap *heaps() {
    static hal::BlockHeap s_heaps[MAX_RAM];
    static bool s_made = false;
    if (!s_made) {
        s_made = true;
        for (size_t i = 0; i < hal::board.ram_count && i < MAX_RAM; i++) {
            s_heaps[i].add_memory(hal::board.ram[i].begin, hal::board.ram[i].size);
        }
    }
    return s_heaps;
}

// The number of the piece that `memory` lies in, or -1.
int find(const void *memory) {
    for (size_t i = 0; i < hal::board.ram_count; i++) {
        if (heaps()[i].owns(memory)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

bool has(size_t ram, uint32_t caps) {
    return (hal::board.ram[ram].caps & caps) == caps;
}

void *take(size_t size, size_t alignment, uint32_t caps) {
    if (size == 0) {
        return nullptr;
    }
    if (caps & (MALLOC_CAP_CACHE_ALIGNED | MALLOC_CAP_DMA | MALLOC_CAP_SIMD)) {
        alignment = alignment < LINE ? LINE : alignment;
        caps &= ~static_cast<uint32_t>(MALLOC_CAP_CACHE_ALIGNED);
        if (caps & MALLOC_CAP_SPIRAM) {
            caps &= ~static_cast<uint32_t>(MALLOC_CAP_DMA);  // within its reach
        }
    }
    for (const bool last : {false, true}) {
        for (size_t i = 0; i < hal::board.ram_count; i++) {
            const bool is_last = (hal::board.ram[i].caps & LAST & ~caps) != 0;
            if (is_last == last && has(i, caps)) {
                if (void *memory = heaps()[i].allocate(size, alignment)) {
                    return memory;
                }
            }
        }
    }
    return nullptr;
}

void *failed(size_t size, uint32_t caps, const char *function) {
    ESP_LOGW(TAG, "%s: no %zu bytes with capabilities 0x%08" PRIx32 ": %zu bytes free, largest free block %zu",
             function, size, caps, heap_caps_get_free_size(caps), heap_caps_get_largest_free_block(caps));
    return nullptr;
}

void *take_or_say(size_t size, size_t alignment, uint32_t caps, const char *function) {
    void *memory = take(size, alignment, caps);
    return memory || size == 0 ? memory : failed(size, caps, function);
}

void *take_cleared(size_t n, size_t size, size_t alignment, uint32_t caps, const char *function) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        return failed(SIZE_MAX, caps, function);
    }
    void *memory = take_or_say(bytes, alignment, caps, function);
    return memory ? std::memset(memory, 0, bytes) : nullptr;
}

void *take_default(size_t size, size_t alignment, const char *function) {
    const uint32_t kind =
        size <= hal::board.malloc_always_internal ? MALLOC_CAP_INTERNAL : static_cast<uint32_t>(MALLOC_CAP_SPIRAM);
    void *memory = take(size, alignment, MALLOC_CAP_DEFAULT | kind);
    return memory ? memory : take_or_say(size, alignment, MALLOC_CAP_DEFAULT, function);
}

// `memory` with another size; where it must move, `taken` is asked for the new block.
template <typename Take>
void *resize(void *memory, size_t size, const Take &taken) {
    if (!memory) {
        return taken(size);
    }
    if (size == 0) {
        heap_caps_free(memory);
        return nullptr;
    }
    const size_t old = hal::BlockHeap::size_of(memory);
    if (size <= old && size >= old / 2) {
        return memory;
    }
    void *moved = taken(size);
    if (moved) {
        std::memcpy(moved, memory, old < size ? old : size);
        heap_caps_free(memory);
    }
    return moved;
}

template <typename Figure>
size_t sum(uint32_t caps, const Figure &figure) {
    size_t total = 0;
    for (size_t i = 0; i < hal::board.ram_count; i++) {
        total += has(i, caps) ? figure(heaps()[i]) : 0;
    }
    return total;
}

uint32_t caps_at(const void *memory) {
    const int ram = find(memory);
    return ram < 0 ? 0 : hal::board.ram[ram].caps;
}

// Outside of the heap: variables and the stack.
bool is_static(const void *memory) {
    const bool constant = memory >= hal_rodata_start && memory < hal_rodata_end;
    return memory && find(memory) < 0 && !constant;
}

}  // namespace

void *heap_caps_malloc(size_t size, uint32_t caps) {
    return take_or_say(size, 8, caps, __func__);
}
void *heap_caps_calloc(size_t n, size_t size, uint32_t caps) {
    return take_cleared(n, size, 8, caps, __func__);
}
void *heap_caps_aligned_alloc(size_t alignment, size_t size, uint32_t caps) {
    return take_or_say(size, alignment < 8 ? 8 : alignment, caps, __func__);
}
void *heap_caps_aligned_calloc(size_t alignment, size_t n, size_t size, uint32_t caps) {
    return take_cleared(n, size, alignment < 8 ? 8 : alignment, caps, __func__);
}
void *heap_caps_malloc_default(size_t size) {
    return take_default(size, 8, __func__);
}
void *heap_caps_realloc(void *ptr, size_t size, uint32_t caps) {
    return resize(ptr, size, [&](size_t bytes) { return take_or_say(bytes, 8, caps, "heap_caps_realloc"); });
}

void heap_caps_free(void *ptr) {
    if (!ptr) {
        return;
    }
    const int ram = find(ptr);
    if (ram < 0) {
        hal::panic("assert failed: heap_caps_free: %p is not the start of a block of the heap", ptr);
    }
    heaps()[ram].release(ptr);
}
void heap_caps_aligned_free(void *ptr) {
    heap_caps_free(ptr);
}

size_t heap_caps_get_total_size(uint32_t caps) {
    return sum(caps, [](const hal::BlockHeap &heap) { return heap.total(); });
}
size_t heap_caps_get_free_size(uint32_t caps) {
    return sum(caps, [](const hal::BlockHeap &heap) { return heap.free(); });
}
size_t heap_caps_get_minimum_free_size(uint32_t caps) {
    return sum(caps, [](const hal::BlockHeap &heap) { return heap.minimum_free(); });
}
size_t heap_caps_get_largest_free_block(uint32_t caps) {
    size_t largest = 0;
    for (size_t i = 0; i < hal::board.ram_count; i++) {
        if (has(i, caps) && heaps()[i].largest() > largest) {
            largest = heaps()[i].largest();
        }
    }
    return largest;
}

bool esp_ptr_external_ram(const void *p) {
    return (caps_at(p) & MALLOC_CAP_SPIRAM) != 0;
}
bool esp_ptr_internal(const void *p) {
    return (caps_at(p) & MALLOC_CAP_INTERNAL) != 0 || is_static(p);
}
bool esp_ptr_in_drom(const void *p) {
    return p >= hal_rodata_start && p < hal_rodata_end;
}
bool esp_ptr_byte_accessible(const void *p) {
    return (caps_at(p) & MALLOC_CAP_8BIT) != 0 || is_static(p);
}

esp_err_t esp_cache_get_alignment(uint32_t, size_t *out_alignment) {
    *out_alignment = LINE;
    return ESP_OK;
}

// newlib's functions call the ones with the structure, which are the same.
extern "C" {

void *malloc(size_t size) {
    void *memory = take_default(size ? size : 1, 8, __func__);
    errno = memory ? errno : ENOMEM;
    return memory;
}
void *calloc(size_t n, size_t size) {
    size_t bytes;
    void *memory = __builtin_mul_overflow(n, size, &bytes) ? nullptr : malloc(bytes);
    return memory ? memset(memory, 0, bytes) : nullptr;
}
void *realloc(void *memory, size_t size) {
    return resize(memory, size, [](size_t bytes) { return malloc(bytes); });
}
void *memalign(size_t alignment, size_t size) {
    return take_default(size, alignment < 8 ? 8 : alignment, __func__);
}
void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}
void free(void *memory) {
    heap_caps_free(memory);
}

void *_malloc_r(struct _reent *, size_t size) {
    return malloc(size);
}
void *_calloc_r(struct _reent *, size_t n, size_t size) {
    return calloc(n, size);
}
void *_realloc_r(struct _reent *, void *memory, size_t size) {
    return realloc(memory, size);
}
void *_memalign_r(struct _reent *, size_t alignment, size_t size) {
    return memalign(alignment, size);
}
void _free_r(struct _reent *, void *memory) {
    free(memory);
}

}  // extern "C"
