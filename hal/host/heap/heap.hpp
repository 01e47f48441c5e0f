#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "board/profile.hpp"
#include "esp_heap_caps.h"
#include "heap/tlsf.hpp"

namespace hal {

class Faults;

/** The board's RAM: one allocator for each region that heap_init reports, PSRAM, and the pool set aside for DMA. */
class Heap {
public:
    struct Config {
        uint64_t psram_size;
        uint32_t reserve_internal;  ///< bytes of the pool
        bool poisoning;             ///< canaries around each block, fill patterns
    };

    /** How allocations of this chip are rounded. */
    struct CacheLines {
        uint32_t internal;  ///< 0: internal RAM is not cached
        uint32_t psram;
    };

    Heap(const BoardProfile &profile, const Config &config, Faults &faults);
    ~Heap();
    Heap(const Heap &) = delete;
    Heap &operator=(const Heap &) = delete;

    /** @param caller the application's return address, for reports. @return nullptr when no region can give it. */
    void *allocate(size_t size, size_t alignment, uint32_t caps, const void *caller);
    /** Ends the app, as the chip does, when `ptr` is no block of this heap or memory around it was overwritten. */
    void release(void *ptr, const void *caller);
    void *reallocate(void *ptr, size_t size, uint32_t caps, const void *caller);
    size_t allocated_size(void *ptr, const void *caller);

    /** Whether `ptr` lies in any region. */
    bool owns(const void *ptr) const;
    bool is_psram(const void *ptr) const;
    bool is_internal(const void *ptr) const;
    /** Capabilities of the region that holds `ptr`; 0 outside. */
    uint32_t caps_at(const void *ptr) const;

    size_t total_size(uint32_t caps) const;
    void info(uint32_t caps, multi_heap_info_t &out) const;
    size_t free_size(uint32_t caps) const;
    size_t minimum_free_size(uint32_t caps) const;
    size_t largest_free_block(uint32_t caps) const;

    void restart_minimum();
    void resume_minimum();

    /** Names what is broken on the console when asked to. addr != nullptr: only the region that holds it. */
    bool check(uint32_t caps, const void *addr, bool print) const;
    void print_info(uint32_t caps) const;
    void dump(uint32_t caps) const;
    void walk(uint32_t caps, heap_caps_walker_cb_t callback, void *user_data) const;

    /** --heap-report: per region peak, watermark and the blocks alive with their callers; the PC's own memory apart. */
    void report(FILE *out) const;

    /** A region as the boot log names it. */
    struct RegionView {
        std::string name;
        uint32_t chip_address;
        uint32_t size;
        uint32_t caps;
        bool pool;
    };
    std::vector<RegionView> regions() const;

    /** Blocks alive, and blocks made so far. */
    size_t blocks_alive() const;
    uint64_t allocations() const;

    const CacheLines &cache_lines() const { return m_lines; }

private:
    struct BlockInfo {
        uint32_t size;       // of the TLSF block
        uint32_t requested;  // by the application
        const void *caller;
        uint64_t number;  // of the allocation
    };

    /** A stretch of a block that was released and filled with the pattern, as far as the allocator has not written its
     * own words into it. */
    struct Freed {
        uint32_t end;
        uint32_t block;      // where the memory of the application began
        uint32_t requested;  // what it had asked for
        const void *allocated_by;
        const void *freed_by;
    };

    struct Region {
        std::string name;
        uint32_t chip_address;
        uint32_t size;
        uint32_t caps[3];  // what it is taken for first, second and last
        uint8_t *base;
        bool pool = false;
        std::unique_ptr<Tlsf> tlsf;
        uint32_t free = 0;
        uint32_t minimum = 0;
        uint32_t minimum_before = 0;  // saved by restart_minimum()
        std::unordered_map<uint32_t, BlockInfo> blocks;
        std::map<uint32_t, Freed> freed;  // with poisoning; by where the stretch begins
        std::deque<uint32_t> last_freed;  // of these, the latest
        uint32_t guarded = 0;             // its first bytes, where AddressSanitizer finds what is in no block
        uint32_t searched = 0;            // its first bytes, where LeakSanitizer looks for pointers

        uint32_t all_caps() const { return caps[0] | caps[1] | caps[2]; }
    };

    struct Arena {
        void *memory;
        size_t size;
    };

    uint8_t *map_arena(uint32_t address, uint64_t size, const char *name);
    void add_region(const std::string &name, uint32_t address, uint32_t size, uint32_t caps, uint8_t *base, bool pool);
    void reserve_pool(uint32_t size);
    void watch(Region &region, uint32_t end) const;
    Region *find(const void *ptr) const;
    void *allocate_locked(size_t size, size_t alignment, uint32_t caps, const void *caller);
    void *allocate_in(Region &region, size_t size, size_t alignment, const void *caller);
    void finish_block(Region &region, uint32_t offset, size_t requested, const void *caller, uint64_t number);
    void release_in(Region &region, uint32_t offset, const void *caller);
    uint32_t block_of(Region &region, const void *ptr, const char *what, const void *caller) const;
    std::string canary_problem(const Region &region, uint32_t offset, const BlockInfo &block) const;
    std::string freed_problem(const Region &region, uint32_t begin, const Freed &freed, uint32_t from,
                              uint32_t to) const;
    void check_last_freed(Region &region, const void *caller);
    void take_freed(Region &region, uint32_t begin, uint32_t end, const void *caller);
    void adjust(size_t &size, size_t &alignment, uint32_t &caps) const;
    void fill_info(const Region &region, multi_heap_info_t &out) const;
    void flip_psram_bits();
    [[noreturn]] void corrupt(const Region &region, uint32_t offset, const void *caller) const;

    mutable std::mutex m_mutex;
    Faults &m_faults;
    CacheLines m_lines{};
    bool m_poisoning;
    uint64_t m_allocations = 0;
    std::vector<std::unique_ptr<Region>> m_regions;  // in the order of reports
    std::vector<Region *> m_order;                   // in the order they are tried
    std::vector<Arena> m_arenas;
};

/** "function+0x12 (file)" of a code address, as far as the program's symbols tell. */
std::string symbol_of(const void *address);

}  // namespace hal
