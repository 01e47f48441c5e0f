// What a program does wrong with the heap ends it with a message that names address and place, as on the chip.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <vector>

#include "esp_heap_caps.h"
#include "heap_boards.hpp"

namespace {

// The console is stdout; death tests look at stderr.
template <typename Action>
void on_stderr(Action action) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    action();
}

// AddressSanitizer would stop these writes before the heap can find them.
__attribute__((no_sanitize("address"))) void write_byte(void *p, ptrdiff_t offset, uint8_t value) {
    static_cast<volatile uint8_t *>(p)[offset] = value;
}

class HeapErrors : public testing::Test {
protected:
    void SetUp() override { hal::Board::reset_for_test(small_board()); }
    void TearDown() override { hal::Board::reset_for_test(hal::Board::built_in_profile()); }

    static void use_poisoning() {
        hal::BoardOptions options;
        options.heap_poisoning = true;
        hal::Board::reset_for_test(small_board(), options);
    }
};

constexpr uint32_t CAPS = MALLOC_CAP_8BIT;

TEST_F(HeapErrors, DoubleFree) {
    void *p = heap_caps_malloc(100, CAPS);
    heap_caps_free(p);
    EXPECT_EXIT(on_stderr([&] { heap_caps_free(p); }), testing::ExitedWithCode(1),
                "block already marked as free: 0x3fc9.* was freed before; called from");
}

TEST_F(HeapErrors, ForeignPointer) {
    int on_stack = 0;
    EXPECT_EXIT(on_stderr([&] { heap_caps_free(&on_stack); }), testing::ExitedWithCode(1),
                "target pointer 0x.* is outside heap areas; called from");
    EXPECT_EXIT(on_stderr([&] { heap_caps_realloc(&on_stack, 10, CAPS); }), testing::ExitedWithCode(1),
                "outside heap areas");
    EXPECT_EXIT(on_stderr([&] { heap_caps_get_allocated_size(&on_stack); }), testing::ExitedWithCode(1),
                "outside heap areas");
}

TEST_F(HeapErrors, PointerIntoABlock) {
    auto *p = static_cast<uint8_t *>(heap_caps_malloc(100, CAPS));
    EXPECT_EXIT(on_stderr([&] { heap_caps_free(p + 8); }), testing::ExitedWithCode(1), "is not the start of a block");
    heap_caps_free(p);
}

TEST_F(HeapErrors, OverrunIsFoundWhenTheBlockIsFreed) {
    void *p = heap_caps_malloc(100, CAPS);
    void *q = heap_caps_malloc(100, CAPS);
    EXPECT_EXIT(on_stderr([&] {
                    for (int i = 100; i < 104; ++i) {
                        write_byte(p, i, 0);
                    }
                    heap_caps_free(p);
                }),
                testing::ExitedWithCode(1), "CORRUPT HEAP: .*0x3fc9");
    heap_caps_free(p);
    heap_caps_free(q);
}

TEST_F(HeapErrors, OverrunIntoFreeMemoryIsFoundByTheNextAllocation) {
    void *p = heap_caps_malloc(100, CAPS);
    EXPECT_EXIT(on_stderr([&] {
                    for (int i = 100; i < 112; ++i) {
                        write_byte(p, i, 0x55);
                    }
                    heap_caps_malloc(200, CAPS);
                }),
                testing::ExitedWithCode(1),
                "CORRUPT HEAP: RAM: block header at 0x3fc9.* was overwritten; the block before");
    heap_caps_free(p);
}

TEST_F(HeapErrors, IntegrityCheckFindsABrokenHeader) {
    void *p = heap_caps_malloc(100, CAPS);
    void *q = heap_caps_malloc(100, CAPS);
    EXPECT_TRUE(heap_caps_check_integrity_all(false));
    EXPECT_TRUE(heap_caps_check_integrity_addr(reinterpret_cast<intptr_t>(p), false));
    EXPECT_FALSE(heap_caps_check_integrity_addr(0x1234, false));
    uint8_t saved[4];
    memcpy(saved, "\0\0\0\0", 4);
    for (int i = 0; i < 4; ++i) {
        saved[i] = [&]() __attribute__((no_sanitize("address"))) {
            return static_cast<volatile uint8_t *>(p)[100 + i];
        }
        ();
        write_byte(p, 100 + i, 0xFF);
    }
    EXPECT_FALSE(heap_caps_check_integrity_all(false));
    EXPECT_FALSE(heap_caps_check_integrity_addr(reinterpret_cast<intptr_t>(p), false));
    for (int i = 0; i < 4; ++i) {
        write_byte(p, 100 + i, saved[i]);
    }
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
    heap_caps_free(p);
    heap_caps_free(q);
}

TEST_F(HeapErrors, PoisoningFindsASingleByte) {
    use_poisoning();
    void *p = heap_caps_malloc(97, CAPS);
    EXPECT_EXIT(on_stderr([&] {
                    write_byte(p, 97, 0);
                    heap_caps_free(p);
                }),
                testing::ExitedWithCode(1), "CORRUPT HEAP: Bad tail at 0x3fc9.*Expected 0xbaad5678 got 0xbaad5600");
    EXPECT_EXIT(on_stderr([&] {
                    write_byte(p, -5, 0);  // the size's high byte stays; -8 is the canary
                    write_byte(p, -8, 0);
                    heap_caps_free(p);
                }),
                testing::ExitedWithCode(1), "CORRUPT HEAP: Bad head at 0x3fc9.*Expected 0xabba1234 got");
    heap_caps_free(p);
}

TEST_F(HeapErrors, PoisoningShowsFreedMemory) {
    use_poisoning();
    void *p = heap_caps_malloc(100, CAPS);
    heap_caps_free(p);
    const auto seen = [&]() __attribute__((no_sanitize("address"))) {
        return static_cast<volatile uint8_t *>(p)[50];
    }
    ();
    EXPECT_EQ(seen, 0xFE);
}

// Each of the eight bytes in front, and the four behind.
TEST_F(HeapErrors, PoisoningFindsEveryByteAroundABlock) {
    use_poisoning();
    void *p = heap_caps_malloc(97, CAPS);
    for (const int at : {-8, -7, -6, -5, -4, -3, -2, -1, 97, 98, 99, 100}) {
        EXPECT_EXIT(on_stderr([&] {
                        write_byte(p, at, 0x5C);
                        heap_caps_free(p);
                    }),
                    testing::ExitedWithCode(1), "CORRUPT HEAP: Bad .*allocated by .*called from")
            << at;
    }
    heap_caps_free(p);
}

#ifndef DESKBOARD_SANITIZE_ADDRESS
TEST_F(HeapErrors, PoisoningFindsWritesIntoFreedMemory) {
    use_poisoning();
    for (const int at : {0, 1, 50, 95, 96}) {
        void *p = heap_caps_malloc(97, CAPS);
        heap_caps_free(p);
        // In whatever allocation comes next, also in one that gets other memory.
        for (const size_t next : {97, 8, 3000}) {
            EXPECT_EXIT(on_stderr([&] {
                            write_byte(p, at, 0x5C);
                            heap_caps_malloc(next, CAPS);
                        }),
                        testing::ExitedWithCode(1),
                        "freed memory at 0x3fc9.* was written. Expected 0xfe got 0x5c\n"
                        "It is byte " +
                            std::to_string(at) +
                            " of block 0x3fc9.* of 97 bytes, allocated by .*, freed by .*; found in an allocation by ")
                << at << " " << next;
        }
        EXPECT_TRUE(heap_caps_check_integrity_all(true));
    }
}

TEST_F(HeapErrors, IntegrityCheckFindsWritesIntoFreedMemory) {
    use_poisoning();
    void *p = heap_caps_malloc(100, CAPS), *q = heap_caps_malloc(100, CAPS);
    heap_caps_free(p);
    write_byte(p, 10, 1);
    EXPECT_FALSE(heap_caps_check_integrity_all(false));
    write_byte(p, 10, 0xFE);
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
    heap_caps_free(q);
}

// A program without a fault gets no report, however its blocks lie and are cut, joined and resized.
TEST_F(HeapErrors, PoisoningReportsNothingFalse) {
    use_poisoning();
    std::mt19937 random(7);
    std::vector<void *> blocks(60, nullptr);
    for (int step = 0; step < 30000; ++step) {
        void *&block = blocks[random() % blocks.size()];
        const size_t size = 1 + random() % (random() % 8 == 0 ? 4000 : 200);
        switch (random() % 4) {
            case 0:
                heap_caps_free(block);
                block = heap_caps_malloc(size, CAPS);
                break;
            case 1:
                heap_caps_free(block);
                block = heap_caps_aligned_alloc(size_t{4} << random() % 6, size, CAPS);
                break;
            case 2:
                if (void *moved = heap_caps_realloc(block, size, CAPS)) {
                    block = moved;
                }
                break;
            default:
                heap_caps_free(block);
                block = nullptr;
        }
        if (block != nullptr) {
            memset(block, static_cast<int>(random()), random() % (heap_caps_get_allocated_size(block) + 1));
        }
        if (step % 500 == 0) {
            ASSERT_TRUE(heap_caps_check_integrity_all(true)) << step;
        }
    }
    for (void *block : blocks) {
        heap_caps_free(block);
    }
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
}
#endif

}  // namespace
