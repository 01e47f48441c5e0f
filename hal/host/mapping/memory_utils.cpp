#include "esp_memory_utils.h"

#include <link.h>
#include <pthread.h>

#include <mutex>
#include <vector>

#include "board/board.hpp"
#include "esp_cache.h"
#include "heap/heap.hpp"
#include "heap/memory_map.hpp"

namespace {

struct Span {
    uintptr_t begin;
    uintptr_t end;

    bool has(const void *p) const {
        const auto at = reinterpret_cast<uintptr_t>(p);
        return at >= begin && at < end;
    }
};

std::mutex g_mutex;
std::vector<Span> &mappings() {
    static auto *spans = new std::vector<Span>;
    return *spans;
}

// The parts of this program: what is constant lies in flash on the chip, what is not in internal RAM.
struct Program {
    std::vector<Span> constant;
    std::vector<Span> code;
    std::vector<Span> data;
};

int add_segments(dl_phdr_info *info, size_t, void *user) {
    auto *program = static_cast<Program *>(user);
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr) &segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD) {
            continue;
        }
        const Span span{info->dlpi_addr + segment.p_vaddr, info->dlpi_addr + segment.p_vaddr + segment.p_memsz};
        if ((segment.p_flags & PF_W) != 0) {
            program->data.push_back(span);
        } else if ((segment.p_flags & PF_X) != 0) {
            program->code.push_back(span);
        } else {
            program->constant.push_back(span);
        }
    }
    return 1;  // the first object is the program itself
}

const Program &program() {
    static const Program *instance = [] {
        auto *made = new Program;
        dl_iterate_phdr(add_segments, made);
        return made;
    }();
    return *instance;
}

bool any(const std::vector<Span> &spans, const void *p) {
    for (const Span &span : spans) {
        if (span.has(p)) {
            return true;
        }
    }
    return false;
}

bool in_own_stack(const void *p) {
    static thread_local Span stack{0, 0};
    if (stack.end == 0) {
        pthread_attr_t attributes;
        if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
            return false;
        }
        void *begin = nullptr;
        size_t size = 0;
        pthread_attr_getstack(&attributes, &begin, &size);
        pthread_attr_destroy(&attributes);
        stack.begin = reinterpret_cast<uintptr_t>(begin);
        stack.end = stack.begin + size;
    }
    return stack.has(p);
}

hal::Heap &heap() {
    return hal::board().heap();
}

}  // namespace

namespace hal {

void add_flash_mapping(const void *begin, size_t size) {
    std::lock_guard<std::mutex> guard(g_mutex);
    const auto at = reinterpret_cast<uintptr_t>(begin);
    mappings().push_back(Span{at, at + size});
}

void remove_flash_mapping(const void *begin) {
    std::lock_guard<std::mutex> guard(g_mutex);
    for (auto it = mappings().begin(); it != mappings().end(); ++it) {
        if (it->begin == reinterpret_cast<uintptr_t>(begin)) {
            mappings().erase(it);
            return;
        }
    }
}

bool is_flash_mapping(const void *p) {
    std::lock_guard<std::mutex> guard(g_mutex);
    return any(mappings(), p);
}

}  // namespace hal

bool esp_ptr_external_ram(const void *p) {
    return heap().is_psram(p);
}

bool esp_ptr_internal(const void *p) {
    return heap().is_internal(p) || any(program().data, p) || in_own_stack(p);
}

bool esp_ptr_in_dram(const void *p) {
    return esp_ptr_internal(p);
}

bool esp_ptr_in_diram_dram(const void *p) {
    return esp_ptr_internal(p) && !esp_ptr_in_tcm(p);
}

bool esp_ptr_in_iram(const void *p) {
    return (heap().caps_at(p) & MALLOC_CAP_EXEC) != 0;
}

bool esp_ptr_in_drom(const void *p) {
    return hal::is_flash_mapping(p) || any(program().constant, p);
}

bool esp_ptr_in_tcm(const void *p) {
    return (heap().caps_at(p) & MALLOC_CAP_TCM) != 0;
}

bool esp_ptr_in_rtc_dram_fast(const void *p) {
    return (heap().caps_at(p) & MALLOC_CAP_RTCRAM) != 0;
}

bool esp_ptr_dma_capable(const void *p) {
    const uint32_t caps = heap().caps_at(p);
    return caps != 0 ? (caps & MALLOC_CAP_DMA) != 0 : esp_ptr_internal(p);
}

bool esp_ptr_dma_ext_capable(const void *p) {
    return esp_ptr_external_ram(p);
}

bool esp_ptr_byte_accessible(const void *p) {
    const uint32_t caps = heap().caps_at(p);
    return caps != 0 ? (caps & MALLOC_CAP_8BIT) != 0 : esp_ptr_internal(p);
}

bool esp_ptr_word_aligned(const void *p) {
    return (reinterpret_cast<uintptr_t>(p) & 3) == 0;
}

bool esp_ptr_executable(const void *p) {
    return any(program().code, p) || (heap().caps_at(p) & MALLOC_CAP_EXEC) != 0;
}

bool esp_stack_ptr_in_dram(uint32_t sp) {
    return esp_ptr_in_dram(reinterpret_cast<const void *>(uintptr_t{sp}));
}

esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment) {
    if (!out_alignment) {
        return ESP_ERR_INVALID_ARG;
    }
    const hal::Heap::CacheLines &lines = heap().cache_lines();
    const uint32_t line = (heap_caps & MALLOC_CAP_SPIRAM) != 0 ? lines.psram : lines.internal;
    *out_alignment = line != 0 ? line : 1;
    return ESP_OK;
}

esp_err_t esp_cache_msync(void *addr, size_t size, int flags) {
    const bool both = (flags & ESP_CACHE_MSYNC_FLAG_DIR_C2M) != 0 && (flags & ESP_CACHE_MSYNC_FLAG_DIR_M2C) != 0;
    if (!addr || both) {
        return ESP_ERR_INVALID_ARG;
    }
    size_t line = 1;
    esp_cache_get_alignment(esp_ptr_external_ram(addr) ? MALLOC_CAP_SPIRAM : MALLOC_CAP_INTERNAL, &line);
    const bool whole = (reinterpret_cast<uintptr_t>(addr) | size) % line == 0;
    const bool to_cache = (flags & ESP_CACHE_MSYNC_FLAG_DIR_M2C) != 0;
    if (!whole && (to_cache || (flags & ESP_CACHE_MSYNC_FLAG_UNALIGNED) == 0)) {
        return ESP_ERR_INVALID_ARG;
    }
    return ESP_OK;
}
