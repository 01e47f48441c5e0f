#include "heap.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace {

constexpr size_t SIZE = 64 * 1024;
constexpr size_t HEADER = 8;

class BareHeap : public testing::Test {
protected:
    BareHeap() { heap.add_memory(memory, SIZE); }

    alignas(64) uint8_t memory[SIZE];
    hal::BlockHeap heap;
};

TEST_F(BareHeap, BeginsEmpty) {
    EXPECT_EQ(heap.total(), SIZE);
    EXPECT_EQ(heap.free(), SIZE);
    EXPECT_EQ(heap.largest(), SIZE - HEADER);
}

TEST_F(BareHeap, GivesAllOfItselfAndNoMore) {
    EXPECT_EQ(heap.allocate(SIZE, 8), nullptr);
    EXPECT_EQ(heap.allocate(SIZE - HEADER + 1, 8), nullptr);
    EXPECT_EQ(heap.allocate((size_t)-1, 8), nullptr);
    void *all = heap.allocate(SIZE - HEADER, 8);
    ASSERT_EQ(all, memory + HEADER);
    EXPECT_EQ(heap.free(), 0u);
    EXPECT_EQ(heap.largest(), 0u);
    EXPECT_EQ(heap.allocate(1, 8), nullptr);
    heap.release(all);
    EXPECT_EQ(heap.largest(), SIZE - HEADER);
    EXPECT_EQ(heap.minimum_free(), 0u);
}

TEST_F(BareHeap, NeighboursBecomeOneInEveryOrder) {
    const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (const auto &order : orders) {
        void *blocks[3];
        for (void *&block : blocks) {
            block = heap.allocate(1000, 8);
            ASSERT_NE(block, nullptr);
        }
        for (int i : order) {
            heap.release(blocks[i]);
        }
        EXPECT_EQ(heap.free(), SIZE);
        EXPECT_EQ(heap.largest(), SIZE - HEADER);
    }
}

// A thousand blocks of random sizes and alignments: aligned, inside, apart from one another, and all comes back.
TEST_F(BareHeap, RandomBlocksKeepTheirBytes) {
    struct Block {
        uint8_t *at;
        size_t size;
        uint8_t value;
    };
    std::mt19937 random(7);
    std::vector<Block> blocks;
    const auto check = [](const Block &block) {
        for (size_t i = 0; i < block.size; i++) {
            ASSERT_EQ(block.at[i], block.value);
        }
    };
    size_t refused = 0;
    for (int i = 0; i < 20000; i++) {
        if (blocks.empty() || random() % 2 == 0) {
            const size_t size = random() % 3000 + 1;
            const size_t alignment = (size_t)8 << random() % 5;
            uint8_t *at = static_cast<uint8_t *>(heap.allocate(size, alignment));
            if (!at) {
                refused++;
                continue;
            }
            ASSERT_EQ(reinterpret_cast<uintptr_t>(at) % alignment, 0u);
            ASSERT_TRUE(heap.owns(at) && heap.owns(at + size - 1));
            ASSERT_GE(hal::BlockHeap::size_of(at), size);
            blocks.push_back({at, size, (uint8_t)i});
            std::memset(at, (uint8_t)i, size);
        } else {
            std::swap(blocks[random() % blocks.size()], blocks.back());
            check(blocks.back());
            heap.release(blocks.back().at);
            blocks.pop_back();
        }
    }
    EXPECT_GT(refused, 0u);  // it was full at times
    for (const Block &block : blocks) {
        check(block);
        heap.release(block.at);
    }
    EXPECT_EQ(heap.free(), SIZE);
    EXPECT_EQ(heap.largest(), SIZE - HEADER);
}

TEST_F(BareHeap, ABlockThatIsFreedTwiceEndsTheProgram) {
    void *block = heap.allocate(100, 8);
    heap.release(block);
    EXPECT_EXIT(heap.release(block), testing::ExitedWithCode(1), "");
}

}  // namespace
