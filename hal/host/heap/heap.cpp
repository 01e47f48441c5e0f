#include "heap/heap.hpp"

#include <cxxabi.h>
#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <cstring>
#include <map>

#include "board/board.hpp"
#include "board/chips.hpp"
#include "esp_log.h"
#include "mapping/mapping.hpp"
#include "system/trace.hpp"

#ifdef DESKBOARD_SANITIZE_ADDRESS
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#define HAL_POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define HAL_UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define HAL_POISON(p, n) ((void)(p), (void)(n))
#define HAL_UNPOISON(p, n) ((void)(p), (void)(n))
#endif

namespace hal {
namespace {

constexpr const char *TAG = "heap";
constexpr uint32_t HEAP_HEADER = 20;  // what the chip keeps at the start of a region, before the allocator's own
constexpr size_t LARGEST = size_t{1} << 31;
#ifdef DESKBOARD_SANITIZE_ADDRESS
constexpr uint64_t GUARDED_BEHIND = 64 << 20;  // a block: more than any chip's PSRAM
constexpr uint64_t SEARCHED_AT_ONCE = 1 << 20;
#endif

// Poisoning, in the chip's layout: magic and size in front of the block, magic behind it.
constexpr uint32_t HEAD_CANARY = 0xABBA1234;
constexpr uint32_t TAIL_CANARY = 0xBAAD5678;
constexpr uint32_t HEAD_SIZE = 8;
constexpr uint32_t TAIL_SIZE = 4;
constexpr int FILL_NEW = 0xCE;
// The allocator's own words in a free block: links at its front, the way back to it at its end; and what it writes
// behind a block that it cuts off: that header and its links.
constexpr uint32_t FREE_FRONT = 8;
constexpr uint32_t FREE_BACK = 4;
constexpr uint32_t REST_HEADER = 12;
// Looked at in every allocation, so that a write into freed memory is found soon.
constexpr size_t LAST_FREED = 16;
constexpr uint32_t LAST_FREED_BYTES = 4096;
constexpr int FILL_FREED = 0xFE;

constexpr uint32_t POOL_CAPS_SECOND = MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL;
constexpr uint32_t POOL_CAPS_LAST = MALLOC_CAP_8BIT | MALLOC_CAP_32BIT;

uint32_t read_word(const uint8_t *p) {
    uint32_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

void write_word(uint8_t *p, uint32_t value) {
    memcpy(p, &value, sizeof(value));
}

void print_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print_line(FILE *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(out, format, args);
    va_end(args);
    fputc('\n', out);
}

uint64_t next_random(uint64_t &state) {
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

}  // namespace

std::string symbol_of(const void *address) {
    char text[64];
    Dl_info info;
    if (!address || dladdr(address, &info) == 0) {
        snprintf(text, sizeof(text), "%p", address);
        return text;
    }
    const char *file = info.dli_fname ? strrchr(info.dli_fname, '/') : nullptr;
    const std::string where = file ? file + 1 : "?";
    if (!info.dli_sname) {
        snprintf(text, sizeof(text), "+0x%zx",
                 static_cast<size_t>(static_cast<const char *>(address) - static_cast<const char *>(info.dli_fbase)));
        return where + text;
    }
    int status = 0;
    char *demangled = abi::__cxa_demangle(info.dli_sname, nullptr, nullptr, &status);
    std::string name = status == 0 && demangled ? demangled : info.dli_sname;
    free(demangled);
    snprintf(text, sizeof(text), "+0x%zx",
             static_cast<size_t>(static_cast<const char *>(address) - static_cast<const char *>(info.dli_saddr)));
    return name + text;
}

Heap::Heap(const BoardProfile &profile, const Config &config, Faults &faults)
    : m_faults(faults), m_poisoning(config.poisoning) {
    const Chip *chip = find_chip(profile.chip);
    m_lines = chip ? CacheLines{chip->internal_alignment, chip->external_alignment} : CacheLines{0, 32};
    // Neighbours share an arena, so that each page is mapped once.
    std::vector<const RamRegion *> sorted;
    for (const RamRegion &ram : profile.ram) {
        sorted.push_back(&ram);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const RamRegion *a, const RamRegion *b) { return a->address < b->address; });
    std::map<uint32_t, uint8_t *> bases;
    for (size_t i = 0; i < sorted.size();) {
        size_t j = i + 1;
        uint32_t end = sorted[i]->address + sorted[i]->size;
        while (j < sorted.size() && sorted[j]->address - end < 0x10000) {
            end = sorted[j]->address + sorted[j]->size;
            ++j;
        }
        uint8_t *base = map_arena(sorted[i]->address, end - sorted[i]->address, sorted[i]->name.c_str());
        for (size_t k = i; k < j; ++k) {
            bases[sorted[k]->address] = base + (sorted[k]->address - sorted[i]->address);
        }
        i = j;
    }
    for (const RamRegion &ram : profile.ram) {
        add_region(ram.name, ram.address, ram.size, ram.caps, bases[ram.address], false);
    }
    if (config.psram_size > profile.psram_reserved) {
        const uint64_t size = config.psram_size - profile.psram_reserved;
        const uint32_t address = profile.psram_address + static_cast<uint32_t>(profile.psram_reserved);
        const uint32_t simd = chip && chip->simd ? MALLOC_CAP_SIMD : 0;
        add_region("SPIRAM", address, static_cast<uint32_t>(size),
                   MALLOC_CAP_SPIRAM | MALLOC_CAP_DEFAULT | MALLOC_CAP_8BIT | MALLOC_CAP_32BIT | simd,
                   map_arena(address, size, "SPIRAM"), false);
        reserve_pool(config.reserve_internal);
    }
}

Heap::~Heap() {
#ifdef DESKBOARD_SANITIZE_ADDRESS
    for (const auto &region : m_regions) {
        HAL_UNPOISON(region->base, region->guarded);
        if (region->searched > 0) {
            __lsan_unregister_root_region(region->base, region->searched);
        }
    }
#endif
    for (const Arena &arena : m_arenas) {
        mapping::release(arena.memory, arena.size);
    }
}

uint8_t *Heap::map_arena(uint32_t address, uint64_t size, const char *name) {
    const uintptr_t first = address & ~0xFFFu;
    const size_t length = (address + size - first + 0xFFF) & ~size_t{0xFFF};
    void *memory = mapping::memory(first, length);
    if (!memory) {
        refuse_start("the PC has no " + std::to_string(length) + " bytes of address space for " + name);
    }
    if (memory != reinterpret_cast<void *>(first)) {
        ESP_LOGD(TAG, "%s of the board at 0x%08" PRIx32 " is not free on this PC, it lies at %p", name, address,
                 memory);
    }
    m_arenas.push_back(Arena{memory, length});
    return static_cast<uint8_t *>(memory) + (address - first);
}

void Heap::add_region(const std::string &name, uint32_t address, uint32_t size, uint32_t caps, uint8_t *base,
                      bool pool) {
    auto region = std::make_unique<Region>();
    region->name = name;
    region->chip_address = address;
    region->size = size;
    // PSRAM, RTC and tightly coupled memory are taken for their own sake first, for anything else last.
    const uint32_t own = caps & (MALLOC_CAP_SPIRAM | MALLOC_CAP_RTCRAM | MALLOC_CAP_TCM);
    if (pool) {
        region->caps[0] = 0;
        region->caps[1] = POOL_CAPS_SECOND;
        region->caps[2] = POOL_CAPS_LAST;
    } else if (own != 0) {
        region->caps[0] = own;
        region->caps[1] = (own & MALLOC_CAP_TCM) != 0 ? caps & ~own : 0;
        region->caps[2] = (own & MALLOC_CAP_TCM) != 0 ? 0 : caps & ~own;
    } else {
        region->caps[0] = caps;
        region->caps[1] = region->caps[2] = 0;
    }
    region->base = base;
    region->pool = pool;
    region->tlsf = std::make_unique<Tlsf>(base + HEAP_HEADER, size - HEAP_HEADER);
    region->free = region->tlsf->initial_free();
    region->minimum = region->minimum_before = region->free;
    watch(*region, 0);
    // Regions added later are tried first among equals.
    if (pool || (caps & MALLOC_CAP_SPIRAM) != 0) {
        m_order.insert(m_order.begin(), region.get());
    } else {
        m_order.push_back(region.get());
    }
    m_regions.push_back(std::move(region));
}

// Before a region has a block that ends at `end`. Neither sanitizer goes further than it must: the one has a byte for
// eight of what it guards, the other reads all that it searches, and of a region of a gigabyte both would make the PC
// find that many pages for each program.
void Heap::watch([[maybe_unused]] Region &region, [[maybe_unused]] uint32_t end) const {
#ifdef DESKBOARD_SANITIZE_ADDRESS
    const uint64_t size = region.size;
    if (region.guarded < std::min(size, end + GUARDED_BEHIND)) {
        const uint64_t guarded = std::min(size, end + 2 * GUARDED_BEHIND);
        HAL_POISON(region.base + region.guarded, guarded - region.guarded);
        region.guarded = static_cast<uint32_t>(guarded);
    }
    // A pool lies inside a block of another region.
    if (end > region.searched && !region.pool) {
        const uint64_t pieces = std::max(uint64_t{2} * region.searched, end + SEARCHED_AT_ONCE) / SEARCHED_AT_ONCE;
        if (region.searched > 0) {
            __lsan_unregister_root_region(region.base, region.searched);
        }
        region.searched = static_cast<uint32_t>(std::min(size, pieces * SEARCHED_AT_ONCE));
        __lsan_register_root_region(region.base, region.searched);
    }
#endif
}

void Heap::reserve_pool(uint32_t size) {
    // It may take several pieces, as internal RAM is in pieces.
    while (size >= 1024) {
        const uint32_t caps = MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL;
        uint32_t piece = 0;
        for (const auto &region : m_regions) {
            if (!region->pool && (region->all_caps() & caps) == caps) {
                multi_heap_info_t figures{};
                fill_info(*region, figures);
                piece = std::max(piece, static_cast<uint32_t>(figures.largest_free_block));
            }
        }
        piece = std::min(piece, size);
        void *memory = piece >= 1024 ? allocate_locked(piece, 4, caps, nullptr) : nullptr;
        if (!memory) {
            return;
        }
        Region *parent = find(memory);
        auto *base = static_cast<uint8_t *>(memory);
        add_region("DMA pool", parent->chip_address + static_cast<uint32_t>(base - parent->base), piece, 0, base, true);
        size -= piece;
    }
}

Heap::Region *Heap::find(const void *ptr) const {
    Region *found = nullptr;
    const auto *p = static_cast<const uint8_t *>(ptr);
    for (const auto &region : m_regions) {
        // A pool lies inside another region and is listed after it.
        if (p >= region->base && p < region->base + region->size && (!found || region->pool)) {
            found = region.get();
        }
    }
    return found;
}

// What the hardware asks for on top of what the caller did.
void Heap::adjust(size_t &size, size_t &alignment, uint32_t &caps) const {
    if ((caps & (MALLOC_CAP_EXEC | MALLOC_CAP_32BIT)) != 0) {
        size = (size + 3) & ~size_t{3};
    }
    if ((caps & (MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI)) != 0) {
        alignment = std::max<size_t>(alignment, (caps & MALLOC_CAP_DMA_DESC_AXI) != 0 ? 8 : 4);
        caps = (caps & ~(MALLOC_CAP_DMA_DESC_AHB | MALLOC_CAP_DMA_DESC_AXI)) | MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL;
    }
    const bool psram = (caps & MALLOC_CAP_SPIRAM) != 0;
    const uint32_t line = psram ? m_lines.psram : m_lines.internal;
    const bool lines =
        (caps & MALLOC_CAP_CACHE_ALIGNED) != 0 || ((caps & MALLOC_CAP_DMA) != 0 && m_lines.internal != 0);
    if (lines && line != 0) {
        alignment = std::max<size_t>(alignment, line);
        size = (size + line - 1) & ~size_t{line - 1};
    }
    if (psram && (caps & MALLOC_CAP_DMA) != 0) {
        caps &= ~MALLOC_CAP_DMA;  // PSRAM is within reach of DMA once its lines are
    }
    caps &= ~MALLOC_CAP_CACHE_ALIGNED;
    if ((caps & MALLOC_CAP_SIMD) != 0) {
        alignment = std::max<size_t>(alignment, 16);
    }
}

void *Heap::allocate(size_t size, size_t alignment, uint32_t caps, const void *caller) {
    if (size == 0 || size > LARGEST || alignment > LARGEST) {
        return nullptr;
    }
    if ((caps & MALLOC_CAP_EXEC) != 0 && (caps & (MALLOC_CAP_8BIT | MALLOC_CAP_DMA)) != 0) {
        return nullptr;
    }
    adjust(size, alignment, caps);
    std::unique_lock<std::mutex> guard(m_mutex);
    void *memory = allocate_locked(size, alignment, caps, caller);
    guard.unlock();
    trace_memory(*this);
    return memory;
}

void *Heap::allocate_locked(size_t size, size_t alignment, uint32_t caps, const void *caller) {
    for (int priority = 0; priority < 3; ++priority) {
        for (Region *region : m_order) {
            if ((region->caps[priority] & caps) != 0 && (region->all_caps() & caps) == caps) {
                void *memory = allocate_in(*region, size, alignment, caller);
                if (memory) {
                    return memory;
                }
            }
        }
    }
    return nullptr;
}

void *Heap::allocate_in(Region &region, size_t size, size_t alignment, const void *caller) {
    const uint32_t lead = m_poisoning ? HEAD_SIZE : 0;
    const size_t whole = size + (m_poisoning ? HEAD_SIZE + TAIL_SIZE : 0);
    if (whole > region.size || alignment > region.size) {
        return nullptr;
    }
    check_last_freed(region, caller);
    const uint32_t offset = region.tlsf->allocate(static_cast<uint32_t>(whole), static_cast<uint32_t>(alignment), lead);
    if (region.tlsf->broken() != 0) {
        corrupt(region, region.tlsf->broken(), caller);
    }
    if (offset == 0) {
        return nullptr;
    }
    take_freed(region, offset, offset + region.tlsf->block_size(offset), caller);
    finish_block(region, offset, size, caller, ++m_allocations);
    uint8_t *memory = region.base + HEAP_HEADER + offset + lead;
    if (m_poisoning) {
        memset(memory, FILL_NEW, size);
    }
    if (m_faults.armed(FaultKind::PSRAM_FLIP)) {
        flip_psram_bits();
    }
    return memory;
}

// Takes note of a block that was just made or resized.
void Heap::finish_block(Region &region, uint32_t offset, size_t requested, const void *caller, uint64_t number) {
    const uint32_t size = region.tlsf->block_size(offset);
    region.blocks[offset] = BlockInfo{size, static_cast<uint32_t>(requested), caller, number};
    region.free -= size + Tlsf::BLOCK_OVERHEAD;
    region.minimum = std::min(region.minimum, region.free);
    uint8_t *block = region.base + HEAP_HEADER + offset;
    watch(region, HEAP_HEADER + offset + size);
    HAL_UNPOISON(block, size);
    if (m_poisoning) {
        write_word(block, HEAD_CANARY);
        write_word(block + 4, static_cast<uint32_t>(requested));
        write_word(block + HEAD_SIZE + requested, TAIL_CANARY);
        HAL_POISON(block, HEAD_SIZE);
        HAL_POISON(block + HEAD_SIZE + requested, size - HEAD_SIZE - requested);
    } else {
        // The rounding belongs to the caller on the chip too, but what was asked for is what is meant.
        HAL_POISON(block + requested, size - requested);
    }
}

std::string Heap::canary_problem(const Region &region, uint32_t offset, const BlockInfo &block) const {
    if (!m_poisoning) {
        return "";
    }
    uint8_t *at = region.base + HEAP_HEADER + offset;
    HAL_UNPOISON(at, block.size);
    const uint32_t head = read_word(at);
    const uint32_t head_size = read_word(at + 4);
    const uint32_t tail = read_word(at + HEAD_SIZE + block.requested);
    HAL_POISON(at, HEAD_SIZE);
    HAL_POISON(at + HEAD_SIZE + block.requested, block.size - HEAD_SIZE - block.requested);
    char text[160];
    if (head != HEAD_CANARY) {
        snprintf(text, sizeof(text), "CORRUPT HEAP: Bad head at %p. Expected 0x%08x got 0x%08" PRIx32,
                 static_cast<void *>(at), HEAD_CANARY, head);
        return text;
    }
    if (head_size != block.requested) {
        snprintf(text, sizeof(text), "CORRUPT HEAP: Bad head at %p. Expected the size 0x%08" PRIx32 " got 0x%08" PRIx32,
                 static_cast<void *>(at + 4), block.requested, head_size);
        return text;
    }
    if (tail != TAIL_CANARY) {
        snprintf(text, sizeof(text), "CORRUPT HEAP: Bad tail at %p. Expected 0x%08x got 0x%08" PRIx32,
                 static_cast<void *>(at + HEAD_SIZE + block.requested), TAIL_CANARY, tail);
        return text;
    }
    return "";
}

// What is wrong with a stretch of freed memory between two offsets; empty when nothing is.
__attribute__((no_sanitize("address"))) std::string Heap::freed_problem(const Region &region, uint32_t begin,
                                                                        const Freed &freed, uint32_t from,
                                                                        uint32_t to) const {
    const uint8_t *base = region.base + HEAP_HEADER;
    for (uint32_t at = std::max(begin, from); at < std::min(freed.end, to); ++at) {
        if (base[at] != FILL_FREED) {
            char text[200];
            snprintf(text, sizeof(text),
                     "CORRUPT HEAP: freed memory at %p was written. Expected 0x%02x got 0x%02x\nIt is byte %" PRId64
                     " of block %p of %" PRIu32 " bytes, allocated by ",
                     static_cast<const void *>(base + at), FILL_FREED, base[at],
                     static_cast<int64_t>(at) - static_cast<int64_t>(freed.block),
                     static_cast<const void *>(base + freed.block), freed.requested);
            return text + symbol_of(freed.allocated_by) + ", freed by " + symbol_of(freed.freed_by);
        }
    }
    return "";
}

void Heap::check_last_freed(Region &region, const void *caller) {
    for (const uint32_t begin : region.last_freed) {
        const auto it = region.freed.find(begin);
        const std::string problem =
            it == region.freed.end()
                ? ""
                : freed_problem(region, begin, it->second, begin, begin + std::min(LAST_FREED_BYTES, region.size));
        if (!problem.empty()) {
            panic("%s; found in an allocation by %s", problem.c_str(), symbol_of(caller).c_str());
        }
    }
}

// The allocator has given [begin, end) away: what was freed there must still have the pattern.
void Heap::take_freed(Region &region, uint32_t begin, uint32_t end, const void *caller) {
    if (region.freed.empty()) {
        return;
    }
    auto it = region.freed.upper_bound(begin);
    if (it != region.freed.begin()) {
        --it;
    }
    while (it != region.freed.end() && it->first < end + REST_HEADER) {
        const uint32_t first = it->first;
        const Freed freed = it->second;
        if (freed.end + FREE_FRONT <= begin) {
            ++it;
            continue;
        }
        const std::string problem = freed_problem(region, first, freed, begin, end);
        if (!problem.empty()) {
            panic("%s; found in an allocation by %s", problem.c_str(), symbol_of(caller).c_str());
        }
        it = region.freed.erase(it);
        // What is left in front ends before this block's header, what is left behind begins after the next one's.
        if (first + FREE_FRONT < begin) {
            Freed front = freed;
            front.end = std::min(freed.end, begin - FREE_FRONT);
            region.freed.emplace(first, front);
        }
        if (freed.end > end + REST_HEADER) {
            it = std::next(region.freed.emplace(std::max(first, end + REST_HEADER), freed).first);
        }
    }
}

// The TLSF offset of the block whose memory begins at `ptr`; ends the app when there is none or it was overwritten.
uint32_t Heap::block_of(Region &region, const void *ptr, const char *what, const void *caller) const {
    const auto at = static_cast<uint32_t>(static_cast<const uint8_t *>(ptr) - region.base);
    const uint32_t offset = at - HEAP_HEADER - (m_poisoning ? HEAD_SIZE : 0);
    const auto it = region.blocks.find(offset);
    if (it == region.blocks.end()) {
        bool inside_free = false;
        region.tlsf->walk([&](const Tlsf::Block &block) {
            if (at >= block.offset + HEAP_HEADER && at < block.offset + HEAP_HEADER + block.size) {
                inside_free = !block.used;
                return false;
            }
            return true;
        });
        if (inside_free) {
            panic("assert failed: %s: block already marked as free: %p was freed before; called from %s", what, ptr,
                  symbol_of(caller).c_str());
        }
        panic("assert failed: %s: %p is not the start of a block of the heap; called from %s", what, ptr,
              symbol_of(caller).c_str());
    }
    const BlockInfo &block = it->second;
    const std::string problem = canary_problem(region, offset, block);
    if (!problem.empty()) {
        panic("%s\nBlock %p of %" PRIu32 " bytes, allocated by %s, found in %s called from %s", problem.c_str(), ptr,
              block.requested, symbol_of(block.caller).c_str(), what, symbol_of(caller).c_str());
    }
    if (!region.tlsf->is_used_block(offset, block.size)) {
        panic("CORRUPT HEAP: the header before or behind %p was overwritten\nBlock of %" PRIu32
              " bytes, allocated by %s, found in %s called from %s",
              ptr, block.requested, symbol_of(block.caller).c_str(), what, symbol_of(caller).c_str());
    }
    return offset;
}

void Heap::corrupt(const Region &region, uint32_t offset, const void *caller) const {
    // The block before a broken header is the one that was written past its end.
    uint32_t owner = 0;
    for (const auto &[start, block] : region.blocks) {
        if (start <= offset && start >= owner) {
            owner = start;
        }
    }
    std::string by;
    if (owner != 0) {
        const BlockInfo &block = region.blocks.at(owner);
        char text[96];
        snprintf(text, sizeof(text), "; the block before it, %p of %" PRIu32 " bytes, was allocated by ",
                 static_cast<void *>(region.base + HEAP_HEADER + owner), block.requested);
        by = text + symbol_of(block.caller);
    }
    panic("CORRUPT HEAP: %s: block header at %p was overwritten%s; found in an allocation by %s", region.name.c_str(),
          static_cast<void *>(region.base + HEAP_HEADER + offset), by.c_str(), symbol_of(caller).c_str());
}

void Heap::release_in(Region &region, uint32_t offset, const void *caller) {
    const uint32_t size = region.tlsf->block_size(offset);
    uint8_t *block = region.base + HEAP_HEADER + offset;
    HAL_UNPOISON(block, size);
    if (m_poisoning) {
        memset(block, FILL_FREED, size);
    }
    HAL_POISON(block, size);
    if (m_poisoning && size > FREE_FRONT + FREE_BACK) {
        const BlockInfo &info = region.blocks[offset];
        region.freed[offset + FREE_FRONT] =
            Freed{offset + size - FREE_BACK, offset + HEAD_SIZE, info.requested, info.caller, caller};
        region.last_freed.push_back(offset + FREE_FRONT);
        if (region.last_freed.size() > LAST_FREED) {
            region.last_freed.pop_front();
        }
    }
    region.blocks.erase(offset);
    region.tlsf->release(offset);
    if (region.tlsf->broken() != 0) {
        corrupt(region, region.tlsf->broken(), caller);
    }
    region.free += size + Tlsf::BLOCK_OVERHEAD;
}

void Heap::release(void *ptr, const void *caller) {
    if (!ptr) {
        return;
    }
    std::unique_lock<std::mutex> guard(m_mutex);
    Region *region = find(ptr);
    if (!region) {
        panic("assert failed: heap_caps_free: target pointer %p is outside heap areas; called from %s", ptr,
              symbol_of(caller).c_str());
    }
    release_in(*region, block_of(*region, ptr, "heap_caps_free", caller), caller);
    guard.unlock();
    trace_memory(*this);
}

size_t Heap::allocated_size(void *ptr, const void *caller) {
    std::lock_guard<std::mutex> guard(m_mutex);
    Region *region = find(ptr);
    if (!region) {
        panic("assert failed: heap_caps_get_allocated_size: %p is outside heap areas; called from %s", ptr,
              symbol_of(caller).c_str());
    }
    const uint32_t offset = block_of(*region, ptr, "heap_caps_get_allocated_size", caller);
    return m_poisoning ? region->blocks[offset].requested : region->tlsf->block_size(offset);
}

void *Heap::reallocate(void *ptr, size_t size, uint32_t caps, const void *caller) {
    size_t whole = size;
    size_t alignment = 4;
    if (size > LARGEST) {
        return nullptr;
    }
    adjust(whole, alignment, caps);
    std::lock_guard<std::mutex> guard(m_mutex);
    Region *region = find(ptr);
    if (!region) {
        panic("assert failed: heap_caps_realloc: pointer %p is outside heap areas; called from %s", ptr,
              symbol_of(caller).c_str());
    }
    const uint32_t offset = block_of(*region, ptr, "heap_caps_realloc", caller);
    const BlockInfo old = region->blocks[offset];
    const bool aligned = (reinterpret_cast<uintptr_t>(ptr) & (alignment - 1)) == 0;
    const uint32_t extra = m_poisoning ? HEAD_SIZE + TAIL_SIZE : 0;
    if (aligned && (region->all_caps() & caps) == caps && whole + extra <= region->size) {
        if (region->tlsf->resize(offset, static_cast<uint32_t>(whole + extra))) {
            take_freed(*region, offset + old.size, offset + region->tlsf->block_size(offset), caller);
            HAL_POISON(region->base + HEAP_HEADER + offset, old.size);
            region->free += old.size + Tlsf::BLOCK_OVERHEAD;
            finish_block(*region, offset, whole, caller, old.number);
            if (m_poisoning && whole > old.requested) {
                memset(static_cast<uint8_t *>(ptr) + old.requested, FILL_NEW, whole - old.requested);
            }
            return ptr;
        }
        if (region->tlsf->broken() != 0) {
            corrupt(*region, region->tlsf->broken(), caller);
        }
        void *moved = allocate_in(*region, whole, alignment, caller);
        if (moved) {
            memcpy(moved, ptr, std::min<size_t>(old.requested, size));
            release_in(*region, offset, caller);
            return moved;
        }
    }
    void *moved = allocate_locked(whole, alignment, caps, caller);
    if (moved) {
        memcpy(moved, ptr, std::min<size_t>(old.requested, size));
        release_in(*region, offset, caller);
    }
    return moved;
}

bool Heap::owns(const void *ptr) const {
    return find(ptr) != nullptr;
}

uint32_t Heap::caps_at(const void *ptr) const {
    const Region *region = find(ptr);
    return region ? region->all_caps() : 0;
}

bool Heap::is_psram(const void *ptr) const {
    return (caps_at(ptr) & MALLOC_CAP_SPIRAM) != 0;
}

bool Heap::is_internal(const void *ptr) const {
    return (caps_at(ptr) & MALLOC_CAP_INTERNAL) != 0;
}

size_t Heap::total_size(uint32_t caps) const {
    size_t total = 0;
    for (const auto &region : m_regions) {
        if ((region->all_caps() & caps) == caps) {
            total += region->size;
        }
    }
    return total;
}

void Heap::fill_info(const Region &region, multi_heap_info_t &out) const {
    out = multi_heap_info_t{};
    uint32_t largest = 0;
    region.tlsf->walk([&](const Tlsf::Block &block) {
        ++out.total_blocks;
        if (block.used) {
            ++out.allocated_blocks;
        } else {
            ++out.free_blocks;
            largest = std::max(largest, block.size);
        }
        return true;
    });
    out.total_free_bytes = region.free;
    out.minimum_free_bytes = region.minimum;
    out.total_allocated_bytes = region.tlsf->initial_free() - region.free - out.allocated_blocks * Tlsf::BLOCK_OVERHEAD;
    const uint32_t extra = m_poisoning ? HEAD_SIZE + TAIL_SIZE : 0;
    out.largest_free_block = largest == 0 ? 0 : region.tlsf->fit_size(largest);
    out.largest_free_block -= std::min<size_t>(out.largest_free_block, extra);
}

void Heap::info(uint32_t caps, multi_heap_info_t &out) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    out = multi_heap_info_t{};
    for (const auto &region : m_regions) {
        if ((region->all_caps() & caps) == caps) {
            multi_heap_info_t one;
            fill_info(*region, one);
            out.total_free_bytes += one.total_free_bytes;
            out.total_allocated_bytes += one.total_allocated_bytes;
            out.largest_free_block = std::max(out.largest_free_block, one.largest_free_block);
            out.minimum_free_bytes += one.minimum_free_bytes;
            out.allocated_blocks += one.allocated_blocks;
            out.free_blocks += one.free_blocks;
            out.total_blocks += one.total_blocks;
        }
    }
}

size_t Heap::free_size(uint32_t caps) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    size_t total = 0;
    for (const auto &region : m_regions) {
        total += (region->all_caps() & caps) == caps ? region->free : 0;
    }
    return total;
}

size_t Heap::minimum_free_size(uint32_t caps) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    size_t total = 0;
    for (const auto &region : m_regions) {
        total += (region->all_caps() & caps) == caps ? region->minimum : 0;
    }
    return total;
}

size_t Heap::largest_free_block(uint32_t caps) const {
    multi_heap_info_t figures;
    info(caps, figures);
    return figures.largest_free_block;
}

void Heap::restart_minimum() {
    std::lock_guard<std::mutex> guard(m_mutex);
    for (const auto &region : m_regions) {
        region->minimum_before = region->minimum;
        region->minimum = region->free;
    }
}

void Heap::resume_minimum() {
    std::lock_guard<std::mutex> guard(m_mutex);
    for (const auto &region : m_regions) {
        region->minimum = std::min(region->minimum, region->minimum_before);
    }
}

bool Heap::check(uint32_t caps, const void *addr, bool print) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    const Region *only = addr ? find(addr) : nullptr;
    if (addr && !only) {
        return false;
    }
    bool good = true;
    for (const auto &region : m_regions) {
        if (only ? region.get() != only : (region->all_caps() & caps) != caps) {
            continue;
        }
        const uint32_t bad = region->tlsf->check();
        if (bad != 0) {
            good = false;
            if (print) {
                printf("CORRUPT HEAP: %s: block header at %p was overwritten\n", region->name.c_str(),
                       static_cast<void *>(region->base + HEAP_HEADER + bad));
            }
            continue;
        }
        for (const auto &[offset, block] : region->blocks) {
            const std::string problem = canary_problem(*region, offset, block);
            if (!problem.empty() || !region->tlsf->is_used_block(offset, block.size)) {
                good = false;
                if (print) {
                    printf("%s (allocated by %s)\n",
                           problem.empty() ? "CORRUPT HEAP: a block's size was overwritten" : problem.c_str(),
                           symbol_of(block.caller).c_str());
                }
            }
        }
        for (const auto &[begin, freed] : region->freed) {
            const std::string problem = freed_problem(*region, begin, freed, begin, freed.end);
            if (!problem.empty()) {
                good = false;
                if (print) {
                    printf("%s\n", problem.c_str());
                }
            }
        }
    }
    return good;
}

void Heap::print_info(uint32_t caps) const {
    multi_heap_info_t total;
    info(caps, total);
    printf("Heap summary for capabilities 0x%08" PRIX32 ":\n", caps);
    {
        std::lock_guard<std::mutex> guard(m_mutex);
        for (const auto &region : m_regions) {
            if ((region->all_caps() & caps) != caps) {
                continue;
            }
            multi_heap_info_t one;
            fill_info(*region, one);
            printf("  At 0x%08" PRIx32 " len %" PRIu32 " free %zu allocated %zu min_free %zu\n", region->chip_address,
                   region->size, one.total_free_bytes, one.total_allocated_bytes, one.minimum_free_bytes);
            printf("    largest_free_block %zu alloc_blocks %zu free_blocks %zu total_blocks %zu\n",
                   one.largest_free_block, one.allocated_blocks, one.free_blocks, one.total_blocks);
        }
    }
    printf("  Totals:\n    free %zu allocated %zu min_free %zu largest_free_block %zu\n", total.total_free_bytes,
           total.total_allocated_bytes, total.minimum_free_bytes, total.largest_free_block);
}

void Heap::dump(uint32_t caps) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    for (const auto &region : m_regions) {
        if ((region->all_caps() & caps) != caps) {
            continue;
        }
        printf("Showing data for heap: %p\n", static_cast<void *>(region->base));
        region->tlsf->walk([&](const Tlsf::Block &block) {
            const auto it = region->blocks.find(block.offset);
            printf("Block %p data, size: %" PRIu32 " bytes, Free: %s%s%s\n",
                   static_cast<void *>(region->base + HEAP_HEADER + block.offset), block.size,
                   block.used ? "No" : "Yes", it != region->blocks.end() ? ", by " : "",
                   it != region->blocks.end() ? symbol_of(it->second.caller).c_str() : "");
            return true;
        });
    }
}

void Heap::walk(uint32_t caps, heap_caps_walker_cb_t callback, void *user_data) const {
    struct Step {
        walker_heap_into_t heap;
        std::vector<walker_block_info_t> blocks;
    };
    // The callback may use the heap itself, so it gets a picture of it.
    std::vector<Step> steps;
    {
        std::lock_guard<std::mutex> guard(m_mutex);
        for (const auto &region : m_regions) {
            if ((region->all_caps() & caps) != caps) {
                continue;
            }
            const auto start = reinterpret_cast<intptr_t>(region->base);
            Step step{{start, start + region->size}, {}};
            const uint32_t lead = m_poisoning ? HEAD_SIZE : 0;
            region->tlsf->walk([&](const Tlsf::Block &block) {
                uint8_t *memory = region->base + HEAP_HEADER + block.offset;
                if (block.used && lead != 0) {
                    const auto it = region->blocks.find(block.offset);
                    step.blocks.push_back({memory + lead, it->second.requested, true});
                } else {
                    step.blocks.push_back({memory, block.size, block.used});
                }
                return true;
            });
            steps.push_back(std::move(step));
        }
    }
    for (const Step &step : steps) {
        for (const walker_block_info_t &block : step.blocks) {
            if (!callback(step.heap, block, user_data)) {
                break;
            }
        }
    }
}

void Heap::flip_psram_bits() {
    for (const Fault &fault : m_faults.all(FaultKind::PSRAM_FLIP)) {
        if (fault.at != m_allocations) {
            continue;
        }
        uint64_t random = fault.second;
        const uint64_t count = fault.seeded ? fault.number : 1;
        for (const auto &region : m_regions) {
            if ((region->all_caps() & MALLOC_CAP_SPIRAM) == 0) {
                continue;
            }
            for (uint64_t i = 0; i < count; ++i) {
                uint32_t offset;
                uint32_t bit = static_cast<uint32_t>(fault.second);
                if (fault.seeded) {
                    offset = static_cast<uint32_t>(next_random(random) % region->size);
                    bit = static_cast<uint32_t>(next_random(random) % 8);
                } else if (fault.number - region->chip_address < region->size) {
                    offset = static_cast<uint32_t>(fault.number - region->chip_address);
                } else {
                    ESP_LOGW("fault",
                             "psram-flip: 0x%08" PRIx64 " is not in PSRAM (0x%08" PRIx32 " to 0x%08" PRIx32 ")",
                             fault.number, region->chip_address, region->chip_address + region->size);
                    continue;
                }
                uint8_t *byte = region->base + offset;
#ifdef DESKBOARD_SANITIZE_ADDRESS
                const bool poisoned = __asan_address_is_poisoned(byte) != 0;
                if (poisoned) {
                    continue;  // free memory: nobody would read it
                }
#endif
                *byte ^= static_cast<uint8_t>(1u << bit);
                ESP_LOGW("fault",
                         "psram-flip strikes: bit %" PRIu32 " of 0x%08" PRIx32
                         " (repeat with --fault psram-flip=0x%08" PRIx32 ":%" PRIu32 "@%" PRIu64 ")",
                         bit, region->chip_address + offset, region->chip_address + offset, bit, fault.at);
            }
        }
    }
}

void Heap::report(FILE *out) const {
    std::lock_guard<std::mutex> guard(m_mutex);
    print_line(out, "Heap report");
    print_line(out, "  %-9s %-10s %10s %10s %10s %10s %8s %10s", "region", "address", "size", "peak used", "least free",
               "free now", "blocks", "bytes");
    for (const auto &region : m_regions) {
        uint64_t bytes = 0;
        for (const auto &[offset, block] : region->blocks) {
            bytes += block.requested;
        }
        print_line(
            out, "  %-9s 0x%08" PRIx32 " %10" PRIu32 " %10" PRIu32 " %10" PRIu32 " %10" PRIu32 " %8zu %10" PRIu64,
            region->name.c_str(), region->chip_address, region->size, region->tlsf->initial_free() - region->minimum,
            region->minimum, region->free, region->blocks.size(), bytes);
    }
    struct Sum {
        uint64_t bytes = 0;
        uint64_t blocks = 0;
        uint64_t first = UINT64_MAX;
        std::string region;
    };
    std::map<const void *, Sum> callers;
    for (const auto &region : m_regions) {
        for (const auto &[offset, block] : region->blocks) {
            Sum &sum = callers[block.caller];
            sum.bytes += block.requested;
            ++sum.blocks;
            sum.first = std::min(sum.first, block.number);
            sum.region = sum.region.empty() || sum.region == region->name ? region->name : "several";
        }
    }
    std::vector<std::pair<const void *, Sum>> sorted(callers.begin(), callers.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto &a, const auto &b) { return a.second.bytes > b.second.bytes; });
    print_line(out, "  Blocks alive, by caller:");
    for (const auto &[caller, sum] : sorted) {
        print_line(out, "  %10" PRIu64 " bytes in %6" PRIu64 " blocks, %-9s by %s (first: allocation %" PRIu64 ")",
                   sum.bytes, sum.blocks, sum.region.c_str(),
                   caller ? symbol_of(caller).c_str() : "the system at start-up", sum.first);
    }
    const struct mallinfo2 host = mallinfo2();
    print_line(out, "  The PC's own memory (not the board's): %zu bytes in malloc now", host.uordblks + host.hblkhd);
}

std::vector<Heap::RegionView> Heap::regions() const {
    std::vector<RegionView> views;
    for (const auto &region : m_regions) {
        views.push_back({region->name, region->chip_address, region->size, region->all_caps(), region->pool});
    }
    return views;
}

size_t Heap::blocks_alive() const {
    std::lock_guard<std::mutex> guard(m_mutex);
    size_t count = 0;
    for (const auto &region : m_regions) {
        count += region->blocks.size();
    }
    return count;
}

uint64_t Heap::allocations() const {
    std::lock_guard<std::mutex> guard(m_mutex);
    return m_allocations;
}

}  // namespace hal
