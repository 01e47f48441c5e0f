// heap_caps_* against the documented behaviour.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "esp_heap_caps.h"
#include "esp_memory_utils.h"
#include "esp_psram.h"
#include "esp_system.h"
#include "heap_boards.hpp"

namespace {

class HeapCaps : public testing::Test {
protected:
    void SetUp() override { hal::Board::reset_for_test(full_board()); }
    void TearDown() override { hal::Board::reset_for_test(hal::Board::built_in_profile()); }
};

uintptr_t address(const void *p) {
    return reinterpret_cast<uintptr_t>(p);
}

size_t g_failed_size;
uint32_t g_failed_caps;
std::string g_failed_function;
int g_failures;

void on_failure(size_t size, uint32_t caps, const char *function) {
    g_failed_size = size;
    g_failed_caps = caps;
    g_failed_function = function;
    ++g_failures;
}

TEST_F(HeapCaps, RegionFollowsTheCapabilities) {
    struct Case {
        uint32_t caps;
        uint32_t begin;
        uint32_t end;
    };
    const Case cases[] = {
        {MALLOC_CAP_INTERNAL, 0x4FF40000, 0x4FFA0000},
        {MALLOC_CAP_8BIT, 0x4FF40000, 0x4FFA0000},
        {MALLOC_CAP_DEFAULT, 0x4FF40000, 0x4FFA0000},
        {MALLOC_CAP_DMA, 0x4FF40000, 0x4FFA0000},
        {MALLOC_CAP_EXEC, 0x4FF40000, 0x4FFA0000},
        {MALLOC_CAP_EXEC | MALLOC_CAP_32BIT, 0x4FF40000, 0x4FFA0000},
        {MALLOC_CAP_SPIRAM, 0x48000000, 0x48400000},
        {MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT, 0x48000000, 0x48400000},
        {MALLOC_CAP_SPIRAM | MALLOC_CAP_SIMD, 0x48000000, 0x48400000},
        {MALLOC_CAP_RTCRAM, 0x50108080, 0x50110000},
        {MALLOC_CAP_TCM, 0x30100044, 0x30102000},
        {MALLOC_CAP_TCM | MALLOC_CAP_INTERNAL, 0x30100044, 0x30102000},
    };
    for (const Case &c : cases) {
        void *p = heap_caps_malloc(64, c.caps);
        ASSERT_NE(p, nullptr) << std::hex << c.caps;
        EXPECT_GE(address(p), c.begin) << std::hex << c.caps;
        EXPECT_LT(address(p), c.end) << std::hex << c.caps;
        heap_caps_free(p);
    }
}

TEST_F(HeapCaps, ImpossibleCombinationsGiveNull) {
    EXPECT_EQ(heap_caps_malloc(64, MALLOC_CAP_EXEC | MALLOC_CAP_8BIT), nullptr);
    EXPECT_EQ(heap_caps_malloc(64, MALLOC_CAP_EXEC | MALLOC_CAP_DMA), nullptr);
    EXPECT_EQ(heap_caps_malloc(64, MALLOC_CAP_SPIRAM | MALLOC_CAP_INTERNAL), nullptr);
    EXPECT_EQ(heap_caps_malloc(64, MALLOC_CAP_INVALID), nullptr);
    EXPECT_EQ(heap_caps_aligned_alloc(16, 64, MALLOC_CAP_EXEC), nullptr);
    EXPECT_EQ(heap_caps_aligned_alloc(24, 64, MALLOC_CAP_8BIT), nullptr);
    EXPECT_EQ(heap_caps_aligned_alloc(0, 64, MALLOC_CAP_8BIT), nullptr);
}

TEST_F(HeapCaps, NothingIsGivenForSizeZeroAndNobodyIsTold) {
    heap_caps_register_failed_alloc_callback(on_failure);
    g_failures = 0;
    EXPECT_EQ(heap_caps_malloc(0, MALLOC_CAP_8BIT), nullptr);
    EXPECT_EQ(heap_caps_calloc(0, 4, MALLOC_CAP_8BIT), nullptr);
    EXPECT_EQ(heap_caps_malloc_default(0), nullptr);
    EXPECT_EQ(g_failures, 0);
}

TEST_F(HeapCaps, FailureCallbackGetsSizeCapsAndFunction) {
    EXPECT_EQ(heap_caps_register_failed_alloc_callback(nullptr), ESP_ERR_INVALID_ARG);
    heap_caps_register_failed_alloc_callback(on_failure);
    g_failures = 0;
    EXPECT_EQ(heap_caps_malloc(64 << 20, MALLOC_CAP_SPIRAM), nullptr);
    EXPECT_EQ(g_failures, 1);
    EXPECT_EQ(g_failed_size, 64u << 20);
    EXPECT_EQ(g_failed_caps, static_cast<uint32_t>(MALLOC_CAP_SPIRAM));
    EXPECT_EQ(g_failed_function, "heap_caps_malloc");
    EXPECT_EQ(heap_caps_calloc(SIZE_MAX / 2, 4, MALLOC_CAP_8BIT), nullptr);
    EXPECT_EQ(g_failures, 2);
    EXPECT_EQ(heap_caps_aligned_alloc(1u << 30, 64, MALLOC_CAP_8BIT), nullptr);
    EXPECT_EQ(g_failures, 3);
}

TEST_F(HeapCaps, CallocClears) {
    for (int round = 0; round < 2; ++round) {
        auto *p = static_cast<uint8_t *>(heap_caps_calloc(100, 3, MALLOC_CAP_8BIT));
        ASSERT_NE(p, nullptr);
        EXPECT_EQ(std::count(p, p + 300, 0), 300);
        memset(p, 0xFF, 300);
        heap_caps_free(p);
    }
}

TEST_F(HeapCaps, AlignmentIsKept) {
    std::vector<void *> blocks;
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        void *p = heap_caps_aligned_alloc(alignment, 100, MALLOC_CAP_SPIRAM);
        ASSERT_NE(p, nullptr) << alignment;
        EXPECT_EQ(address(p) % alignment, 0u) << alignment;
        blocks.push_back(p);
        p = heap_caps_aligned_calloc(alignment, 10, 10, MALLOC_CAP_SPIRAM);
        ASSERT_NE(p, nullptr) << alignment;
        EXPECT_EQ(address(p) % alignment, 0u) << alignment;
        blocks.push_back(p);
    }
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
    for (void *p : blocks) {
        heap_caps_aligned_free(p);
    }
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
}

TEST_F(HeapCaps, HardwareAlignment) {
    void *simd = heap_caps_malloc(100, MALLOC_CAP_SPIRAM | MALLOC_CAP_SIMD);
    EXPECT_EQ(address(simd) % 16, 0u);
    // The ESP32-P4's DMA works on whole cache lines of 64 bytes.
    void *dma = heap_caps_malloc(100, MALLOC_CAP_DMA);
    EXPECT_EQ(address(dma) % 64, 0u);
    EXPECT_GE(heap_caps_get_allocated_size(dma), 128u);
    void *line = heap_caps_malloc(100, MALLOC_CAP_SPIRAM | MALLOC_CAP_CACHE_ALIGNED);
    EXPECT_EQ(address(line) % 64, 0u);
    void *descriptor = heap_caps_malloc(12, MALLOC_CAP_DMA_DESC_AXI);
    EXPECT_EQ(address(descriptor) % 8, 0u);
    EXPECT_TRUE(esp_ptr_internal(descriptor));
    for (void *p : {simd, dma, line, descriptor}) {
        heap_caps_free(p);
    }
}

TEST_F(HeapCaps, AUsedBlockCostsFourBytes) {
    const size_t before = heap_caps_get_free_size(MALLOC_CAP_SPIRAM);
    void *p = heap_caps_malloc(100, MALLOC_CAP_SPIRAM);
    EXPECT_EQ(before - heap_caps_get_free_size(MALLOC_CAP_SPIRAM), 104u);
    EXPECT_EQ(heap_caps_get_allocated_size(p), 100u);
    void *q = heap_caps_malloc(1, MALLOC_CAP_SPIRAM);
    EXPECT_EQ(heap_caps_get_allocated_size(q), 12u);  // the smallest block
    heap_caps_free(p);
    heap_caps_free(q);
    EXPECT_EQ(heap_caps_get_free_size(MALLOC_CAP_SPIRAM), before);
}

TEST_F(HeapCaps, ThirtyTwoBitAccessRoundsTheSize) {
    void *p = heap_caps_malloc(1001, MALLOC_CAP_32BIT | MALLOC_CAP_SPIRAM);
    EXPECT_EQ(heap_caps_get_allocated_size(p) % 4, 0u);
    heap_caps_free(p);
}

TEST_F(HeapCaps, ReallocKeepsContentAndMovesBetweenRegions) {
    auto *p = static_cast<uint8_t *>(heap_caps_malloc(1000, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT));
    for (int i = 0; i < 1000; ++i) {
        p[i] = static_cast<uint8_t>(i * 7);
    }
    auto *q = static_cast<uint8_t *>(heap_caps_realloc(p, 2000, MALLOC_CAP_SPIRAM));
    ASSERT_NE(q, nullptr);
    EXPECT_TRUE(esp_ptr_external_ram(q));
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(q[i], static_cast<uint8_t>(i * 7)) << i;
    }
    // It fails: the old block stays.
    EXPECT_EQ(heap_caps_realloc(q, 64 << 20, MALLOC_CAP_SPIRAM), nullptr);
    EXPECT_EQ(q[999], static_cast<uint8_t>(999 * 7));
    // Shrinking and growing into free neighbours keeps the place.
    EXPECT_EQ(heap_caps_realloc(q, 500, MALLOC_CAP_SPIRAM), q);
    EXPECT_EQ(heap_caps_realloc(q, 5000, MALLOC_CAP_SPIRAM), q);
    EXPECT_EQ(heap_caps_realloc(q, 0, MALLOC_CAP_SPIRAM), nullptr);
    void *fresh = heap_caps_realloc(nullptr, 10, MALLOC_CAP_SPIRAM);
    EXPECT_NE(fresh, nullptr);
    heap_caps_free(fresh);
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
}

TEST_F(HeapCaps, PreferredCapabilitiesInOrder) {
    void *p = heap_caps_malloc_prefer(2 << 20, 2, MALLOC_CAP_INTERNAL, MALLOC_CAP_SPIRAM);
    EXPECT_TRUE(esp_ptr_external_ram(p));
    void *q = heap_caps_malloc_prefer(100, 2, MALLOC_CAP_INTERNAL, MALLOC_CAP_SPIRAM);
    EXPECT_TRUE(esp_ptr_internal(q));
    auto *r = static_cast<uint8_t *>(heap_caps_calloc_prefer(10, 10, 2, MALLOC_CAP_SPIRAM, MALLOC_CAP_INTERNAL));
    EXPECT_TRUE(esp_ptr_external_ram(r));
    EXPECT_EQ(std::count(r, r + 100, 0), 100);
    void *s = heap_caps_realloc_prefer(q, 1 << 20, 2, MALLOC_CAP_INTERNAL, MALLOC_CAP_SPIRAM);
    EXPECT_TRUE(esp_ptr_external_ram(s));
    EXPECT_EQ(heap_caps_malloc_prefer(64 << 20, 2, MALLOC_CAP_INTERNAL, MALLOC_CAP_SPIRAM), nullptr);
    for (void *block : {p, static_cast<void *>(r), s}) {
        heap_caps_free(block);
    }
}

TEST_F(HeapCaps, MallocTakesSmallBlocksFromInsideAndLargeOnesFromPsram) {
    void *small = heap_caps_malloc_default(16384);
    void *large = heap_caps_malloc_default(16385);
    EXPECT_TRUE(esp_ptr_internal(small));
    EXPECT_TRUE(esp_ptr_external_ram(large));
    // What is preferred is full: the other kind serves.
    void *all = heap_caps_malloc(heap_caps_get_largest_free_block(MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT),
                                 MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT);
    void *other = heap_caps_malloc_default(16000);
    std::vector<void *> rest;
    while (other != nullptr && esp_ptr_internal(other)) {
        rest.push_back(other);
        other = heap_caps_malloc_default(16000);
    }
    EXPECT_TRUE(esp_ptr_external_ram(other));
    heap_caps_malloc_extmem_enable(100);
    heap_caps_free(all);
    void *now_large = heap_caps_malloc_default(101);
    EXPECT_TRUE(esp_ptr_external_ram(now_large));
    heap_caps_malloc_extmem_enable(16384);
    void *grown = heap_caps_realloc_default(small, 20000);
    EXPECT_TRUE(esp_ptr_external_ram(grown));
    for (void *block : {large, other, now_large, grown}) {
        heap_caps_free(block);
    }
    for (void *block : rest) {
        heap_caps_free(block);
    }
}

TEST_F(HeapCaps, APoolOfInternalRamIsKeptForDma) {
    // malloc() cannot have it.
    std::vector<void *> blocks;
    while (void *p = heap_caps_malloc(1024, MALLOC_CAP_INTERNAL | MALLOC_CAP_DEFAULT)) {
        blocks.push_back(p);
    }
    EXPECT_EQ(heap_caps_get_largest_free_block(MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL), 31744u);
    void *p = heap_caps_malloc(31744, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    EXPECT_NE(p, nullptr);
    heap_caps_free(p);
    for (void *block : blocks) {
        heap_caps_free(block);
    }
}

TEST_F(HeapCaps, FiguresAgree) {
    multi_heap_info_t before;
    heap_caps_get_info(&before, MALLOC_CAP_SPIRAM);
    EXPECT_EQ(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), 4u << 20);
    EXPECT_EQ(before.allocated_blocks, 0u);
    EXPECT_EQ(before.total_allocated_bytes, 0u);
    EXPECT_EQ(before.free_blocks, 1u);
    EXPECT_EQ(before.total_free_bytes, heap_caps_get_free_size(MALLOC_CAP_SPIRAM));
    void *p = heap_caps_malloc(1 << 20, MALLOC_CAP_SPIRAM);
    multi_heap_info_t with;
    heap_caps_get_info(&with, MALLOC_CAP_SPIRAM);
    EXPECT_EQ(with.allocated_blocks, 1u);
    EXPECT_EQ(with.total_allocated_bytes, 1u << 20);
    EXPECT_EQ(with.total_free_bytes, before.total_free_bytes - (1 << 20) - 4);
    EXPECT_EQ(with.minimum_free_bytes, with.total_free_bytes);
    heap_caps_free(p);
    EXPECT_EQ(heap_caps_get_minimum_free_size(MALLOC_CAP_SPIRAM), with.total_free_bytes);
    heap_caps_monitor_local_minimum_free_size_start();
    EXPECT_EQ(heap_caps_get_minimum_free_size(MALLOC_CAP_SPIRAM), before.total_free_bytes);
    heap_caps_monitor_local_minimum_free_size_stop();
    EXPECT_EQ(heap_caps_get_minimum_free_size(MALLOC_CAP_SPIRAM), with.total_free_bytes);
    EXPECT_EQ(esp_get_free_heap_size(), heap_caps_get_free_size(MALLOC_CAP_DEFAULT));
    EXPECT_EQ(heap_caps_get_largest_free_block(MALLOC_CAP_SPIRAM | MALLOC_CAP_INTERNAL), 0u);
}

TEST_F(HeapCaps, TheLargestFreeBlockCanBeHad) {
    for (uint32_t caps : {MALLOC_CAP_SPIRAM, MALLOC_CAP_TCM, MALLOC_CAP_RTCRAM, MALLOC_CAP_INTERNAL}) {
        const size_t size = heap_caps_get_largest_free_block(caps);
        void *p = heap_caps_malloc(size, caps);
        EXPECT_NE(p, nullptr) << std::hex << caps << " " << size;
        heap_caps_free(p);
    }
}

TEST_F(HeapCaps, WalkNamesEveryBlockOnce) {
    void *p = heap_caps_malloc(1000, MALLOC_CAP_SPIRAM);
    void *q = heap_caps_malloc(2000, MALLOC_CAP_SPIRAM);
    heap_caps_free(p);
    std::vector<walker_block_info_t> blocks;
    heap_caps_walk(
        MALLOC_CAP_SPIRAM,
        [](walker_heap_into_t heap, walker_block_info_t block, void *user) {
            EXPECT_GE(reinterpret_cast<intptr_t>(block.ptr), heap.start);
            EXPECT_LE(reinterpret_cast<intptr_t>(block.ptr) + static_cast<intptr_t>(block.size), heap.end);
            static_cast<std::vector<walker_block_info_t> *>(user)->push_back(block);
            return true;
        },
        &blocks);
    ASSERT_EQ(blocks.size(), 3u);
    EXPECT_EQ(blocks[0].ptr, p);
    EXPECT_FALSE(blocks[0].used);
    EXPECT_EQ(blocks[1].ptr, q);
    EXPECT_TRUE(blocks[1].used);
    EXPECT_FALSE(blocks[2].used);
    int visits = 0;
    heap_caps_walk_all(
        [](walker_heap_into_t, walker_block_info_t, void *user) {
            ++*static_cast<int *>(user);
            return false;  // once for each region
        },
        &visits);
    EXPECT_EQ(visits, 5);
    heap_caps_free(q);
}

TEST_F(HeapCaps, WithoutPsramThereIsNone) {
    hal::BoardOptions options;
    options.psram_size = 0;
    hal::Board::reset_for_test(full_board(), options);
    EXPECT_EQ(heap_caps_malloc(1, MALLOC_CAP_SPIRAM), nullptr);
    EXPECT_FALSE(esp_psram_is_initialized());
    EXPECT_EQ(esp_psram_get_size(), 0u);
    void *p = heap_caps_malloc_default(100000);
    EXPECT_TRUE(esp_ptr_internal(p));
    heap_caps_free(p);
}

TEST_F(HeapCaps, PsramSizeCanBeChangedForARun) {
    hal::BoardOptions options;
    options.psram_size = 1 << 20;
    hal::Board::reset_for_test(full_board(), options);
    EXPECT_EQ(heap_caps_get_total_size(MALLOC_CAP_SPIRAM), 1u << 20);
    EXPECT_EQ(esp_psram_get_size(), 1u << 20);
}

TEST_F(HeapCaps, TheNthAllocationFails) {
    hal::board().faults().arm("alloc=3");
    std::vector<void *> blocks;
    for (int i = 1; i <= 5; ++i) {
        void *p = i % 2 == 0 ? heap_caps_calloc(1, 100, MALLOC_CAP_8BIT) : heap_caps_malloc_default(100);
        EXPECT_EQ(p == nullptr, i == 3) << i;
        blocks.push_back(p);
    }
    hal::board().faults().clear();
    hal::board().faults().arm("alloc-from=2");
    for (int i = 1; i <= 3; ++i) {
        void *p = heap_caps_malloc(100, MALLOC_CAP_8BIT);
        EXPECT_EQ(p == nullptr, i >= 2) << i;
        blocks.push_back(p);
    }
    for (void *p : blocks) {
        heap_caps_free(p);
    }
}

TEST_F(HeapCaps, ABitOfPsramTurns) {
    auto *p = static_cast<uint8_t *>(heap_caps_calloc(1, 64, MALLOC_CAP_SPIRAM));
    hal::board().faults().arm("psram-flip=" + std::to_string(address(p) + 5) + ":3@" +
                              std::to_string(3));  // allocations so far: the pool and p
    void *next = heap_caps_malloc(8, MALLOC_CAP_INTERNAL);
    EXPECT_EQ(p[5], 1 << 3);
    p[5] = 0;
    EXPECT_EQ(std::count(p, p + 64, 0), 64);
    heap_caps_free(next);
    heap_caps_free(p);
}

TEST_F(HeapCaps, PoisoningFillsAndKeepsTheSize) {
    hal::BoardOptions options;
    options.heap_poisoning = true;
    hal::Board::reset_for_test(full_board(), options);
    auto *p = static_cast<uint8_t *>(heap_caps_malloc(100, MALLOC_CAP_SPIRAM));
    EXPECT_EQ(std::count(p, p + 100, 0xCE), 100);
    EXPECT_EQ(heap_caps_get_allocated_size(p), 100u);
    auto *q = static_cast<uint8_t *>(heap_caps_aligned_alloc(64, 50, MALLOC_CAP_SPIRAM));
    EXPECT_EQ(address(q) % 64, 0u);
    memset(p, 1, 100);
    memset(q, 1, 50);
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
    p = static_cast<uint8_t *>(heap_caps_realloc(p, 300, MALLOC_CAP_SPIRAM));
    EXPECT_EQ(std::count(p, p + 100, 1), 100);
    EXPECT_EQ(std::count(p + 100, p + 300, 0xCE), 200);
    heap_caps_free(p);
    heap_caps_free(q);
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
}

}  // namespace
