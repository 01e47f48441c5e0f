#pragma once

#include <cstddef>
#include <cstdint>

namespace hal {

/** A heap over one piece of memory: blocks side by side, each behind a header that knows its size and its neighbour's;
 * the free ones are in a list, of which the first that fits is taken. Not for several threads: there is one. */
class BlockHeap {
public:
    /** @param begin aligned to 8 */
    void add_memory(uint8_t *begin, size_t size);

    /** @param alignment a power of two. @return nullptr where no free block is large enough */
    void *allocate(size_t size, size_t alignment);
    void release(void *memory);
    /** Usable bytes from `memory` on. */
    static size_t size_of(const void *memory);

    bool owns(const void *memory) const { return memory >= m_begin && memory < m_begin + m_size; }
    size_t total() const { return m_size; }
    size_t free() const { return m_free; }
    size_t minimum_free() const { return m_minimum; }
    size_t largest() const;

private:
    /** In front of each block. Sizes count the header; all are multiples of 8. */
    struct Block {
        uint32_t size;      ///< and USED
        uint32_t previous;  ///< size of the block before, 0: there is none
        Block *next_free;   ///< these two while it is free
        Block *previous_free;
    };
    static constexpr uint32_t USED = 1;
    static constexpr uint32_t HEADER = 8;
    static constexpr uint32_t SMALLEST = sizeof(Block);

    static Block *block_of(const void *memory);
    static uint32_t bytes(const Block *block) { return block->size & ~USED; }
    Block *after(Block *block) const;
    void set_size(Block *block, uint32_t size);
    void list(Block *block);
    void unlist(Block *block);
    Block *cut(Block *block, uint32_t size);

    uint8_t *m_begin = nullptr;
    size_t m_size = 0;
    size_t m_free = 0;
    size_t m_minimum = 0;
    Block *m_first_free = nullptr;
};

}  // namespace hal
