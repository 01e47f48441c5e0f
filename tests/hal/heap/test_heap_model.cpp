// A million random operations, followed by a model that knows only the documented rules: which bytes are taken by whom,
// what a block costs, how sizes are rounded. Free size, watermark and largest block are computed from those.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <random>
#include <vector>

#include "esp_heap_caps.h"
#include "esp_log.h"
#include "heap_boards.hpp"

namespace {

constexpr uint32_t CAPS = MALLOC_CAP_8BIT | MALLOC_CAP_INTERNAL;
constexpr size_t REGION = 200 * 1024;
constexpr size_t OVERHEAD = 4;
constexpr size_t SMALLEST = 12;
constexpr size_t HEADER = 16;
// Of a region from 16 KB to 256 KB: 16 classes for each power of two, from 64 bytes on.
constexpr size_t CLASSES = 16;
constexpr size_t SMALL = 64;

size_t power_below(size_t value) {
    size_t power = 1;
    while (power * 2 <= value) {
        power *= 2;
    }
    return power;
}

size_t rounded_up(size_t size) {
    size = std::max((size + 3) / 4 * 4, SMALLEST);
    if (size < SMALL) {
        return size;
    }
    const size_t step = power_below(size) / CLASSES;
    return (size + step - 1) / step * step;
}

size_t rounded_down(size_t size) {
    if (size < SMALL) {
        return size;
    }
    const size_t step = power_below(size) / CLASSES;
    return size / step * step;
}

class Model {
public:
    Model(uintptr_t begin, uintptr_t end, size_t free) : m_begin(begin), m_end(end), m_free(free), m_minimum(free) {}

    struct Block {
        size_t size;  // what the block really has
        size_t asked;
        uint8_t fill;
    };

    void add(uintptr_t at, const Block &block) {
        ASSERT_GE(at, m_begin);
        ASSERT_LE(at + block.size, m_end);
        const auto next = m_blocks.lower_bound(at);
        if (next != m_blocks.end()) {
            ASSERT_LE(at + block.size + OVERHEAD, next->first) << "overlaps the block behind";
        }
        if (next != m_blocks.begin()) {
            const auto before = std::prev(next);
            ASSERT_LE(before->first + before->second.size + OVERHEAD, at) << "overlaps the block before";
        }
        m_blocks[at] = block;
        m_free -= block.size + OVERHEAD;
        m_minimum = std::min(m_minimum, m_free);
    }

    void remove(uintptr_t at) {
        m_free += m_blocks.at(at).size + OVERHEAD;
        m_blocks.erase(at);
    }

    // The gaps between blocks, each less its own header.
    size_t largest() const {
        size_t largest = 0;
        uintptr_t at = m_begin - OVERHEAD;
        for (const auto &[begin, block] : m_blocks) {
            largest = std::max(largest, gap(at, begin - OVERHEAD));
            at = begin + block.size;
        }
        largest = std::max(largest, gap(at, m_end));
        return rounded_down(largest);
    }

    size_t free_gaps() const {
        size_t count = 0;
        uintptr_t at = m_begin - OVERHEAD;
        for (const auto &[begin, block] : m_blocks) {
            count += begin - OVERHEAD > at ? 1 : 0;
            at = begin + block.size;
        }
        return count + (m_end > at ? 1 : 0);
    }

    std::map<uintptr_t, Block> &blocks() { return m_blocks; }
    size_t free() const { return m_free; }
    size_t minimum() const { return m_minimum; }

private:
    static size_t gap(uintptr_t from, uintptr_t to) { return to > from ? to - from - OVERHEAD : 0; }

    uintptr_t m_begin;
    uintptr_t m_end;
    size_t m_free;
    size_t m_minimum;
    std::map<uintptr_t, Block> m_blocks;
};

bool has_fill(uintptr_t at, size_t size, uint8_t fill) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(at);
    return bytes[0] == fill && memcmp(bytes, bytes + 1, size - 1) == 0;
}

class HeapModel : public testing::Test {
protected:
    void SetUp() override {
        hal::Board::reset_for_test(small_board(REGION));
        esp_log_level_set("heap", ESP_LOG_NONE);  // each refusal would be a line
    }
    void TearDown() override {
        esp_log_level_set("heap", ESP_LOG_INFO);
        hal::Board::reset_for_test(hal::Board::built_in_profile());
    }
};

TEST_F(HeapModel, AMillionOperations) {
    // The single free block of the empty region tells where blocks can be.
    walker_block_info_t whole{};
    heap_caps_walk(
        CAPS,
        [](walker_heap_into_t, walker_block_info_t block, void *user) {
            *static_cast<walker_block_info_t *>(user) = block;
            return true;
        },
        &whole);
    const auto begin = reinterpret_cast<uintptr_t>(whole.ptr);
    const size_t initial = heap_caps_get_free_size(CAPS);
    Model model(begin, begin + whole.size, initial);

    std::mt19937 random(20240607);
    const auto draw = [&](size_t limit) { return static_cast<size_t>(random()) % limit; };
    std::vector<uintptr_t> live;
    uint8_t fill = 0;
    size_t failures = 0;

    const auto note = [&](void *p, size_t asked, size_t alignment) {
        const auto at = reinterpret_cast<uintptr_t>(p);
        ASSERT_EQ(at % alignment, 0u);
        const size_t size = heap_caps_get_allocated_size(p);
        const size_t expected = alignment > 4 ? std::max((asked + 3) / 4 * 4, SMALLEST) : rounded_up(asked);
        ASSERT_GE(size, expected);
        ASSERT_LT(size, expected + HEADER) << "a rest this large would have been a block of its own";
        memset(p, ++fill, asked);
        model.add(at, {size, asked, fill});
        live.push_back(at);
    };
    const auto take = [&](size_t index) {
        const uintptr_t at = live[index];
        live[index] = live.back();
        live.pop_back();
        return at;
    };

    for (int operation = 0; operation < 1000000; ++operation) {
        const size_t kind = draw(100);
        const size_t limits[] = {40, 400, 2000, 12000};
        const size_t size = 1 + draw(limits[draw(4)]);
        if (kind < 42) {
            void *p = heap_caps_malloc(size, CAPS);
            if (p != nullptr) {
                note(p, size, 4);
            } else {
                ++failures;
                ASSERT_LT(model.largest(), size) << "there was room";
            }
        } else if (kind < 48) {
            const size_t alignment = size_t{8} << draw(7);
            void *p = heap_caps_aligned_alloc(alignment, size, CAPS);
            if (p != nullptr) {
                note(p, size, alignment);
            }
        } else if (kind < 56 && !live.empty()) {
            const uintptr_t at = take(draw(live.size()));
            const Model::Block old = model.blocks().at(at);
            const size_t free_before = heap_caps_get_free_size(CAPS);
            ASSERT_EQ(free_before, model.free());
            void *p = heap_caps_realloc(reinterpret_cast<void *>(at), size, CAPS);
            if (p == nullptr) {
                ASSERT_TRUE(has_fill(at, old.asked, old.fill));
                live.push_back(at);
                continue;
            }
            const auto moved = reinterpret_cast<uintptr_t>(p);
            ASSERT_TRUE(has_fill(moved, std::min(old.asked, size), old.fill));
            const size_t now = heap_caps_get_allocated_size(p);
            memset(p, ++fill, size);
            if (moved == at) {
                model.remove(at);
                model.add(moved, {now, size, fill});
            } else {
                model.add(moved, {now, size, fill});  // both exist while the content is copied
                model.remove(at);
            }
            live.push_back(moved);
        } else if (!live.empty()) {
            const uintptr_t at = take(draw(live.size()));
            const Model::Block &block = model.blocks().at(at);
            ASSERT_TRUE(has_fill(at, block.asked, block.fill)) << "somebody else wrote there";
            heap_caps_free(reinterpret_cast<void *>(at));
            model.remove(at);
        }
        if (HasFatalFailure()) {
            FAIL() << "operation " << operation;
        }
        if (operation % 16 == 0) {
            ASSERT_EQ(heap_caps_get_free_size(CAPS), model.free()) << operation;
            ASSERT_EQ(heap_caps_get_minimum_free_size(CAPS), model.minimum()) << operation;
        }
        if (operation % 1000 == 0) {
            ASSERT_TRUE(heap_caps_check_integrity(CAPS, true)) << operation;
            ASSERT_EQ(heap_caps_get_largest_free_block(CAPS), model.largest()) << operation;
            multi_heap_info_t info;
            heap_caps_get_info(&info, CAPS);
            ASSERT_EQ(info.allocated_blocks, live.size());
            ASSERT_EQ(info.free_blocks, model.free_gaps());
            ASSERT_EQ(info.total_blocks, info.allocated_blocks + info.free_blocks);
        }
    }
    EXPECT_GT(failures, 100u) << "the region was never full";
    for (uintptr_t at : live) {
        heap_caps_free(reinterpret_cast<void *>(at));
    }
    EXPECT_EQ(heap_caps_get_free_size(CAPS), initial);
    EXPECT_EQ(heap_caps_get_largest_free_block(CAPS), rounded_down(whole.size));
    EXPECT_TRUE(heap_caps_check_integrity_all(true));
}

}  // namespace
