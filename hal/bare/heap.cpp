#include "heap.hpp"

#include "board.hpp"

namespace hal {

void BlockHeap::add_memory(uint8_t *begin, size_t size) {
    m_begin = begin;
    m_size = size & ~static_cast<size_t>(7);
    m_free = m_minimum = m_size;
    Block *block = reinterpret_cast<Block *>(begin);
    block->size = static_cast<uint32_t>(m_size);
    block->previous = 0;
    list(block);
}

BlockHeap::Block *BlockHeap::block_of(const void *memory) {
    return reinterpret_cast<Block *>(reinterpret_cast<uintptr_t>(memory) - HEADER);
}

size_t BlockHeap::size_of(const void *memory) {
    return bytes(block_of(memory)) - HEADER;
}

// The block behind, or nullptr behind the last one.
BlockHeap::Block *BlockHeap::after(Block *block) const {
    uint8_t *at = reinterpret_cast<uint8_t *>(block) + bytes(block);
    return at < m_begin + m_size ? reinterpret_cast<Block *>(at) : nullptr;
}

void BlockHeap::set_size(Block *block, uint32_t size) {
    block->size = size | (block->size & USED);
    if (Block *next = after(block)) {
        next->previous = size;
    }
}

void BlockHeap::list(Block *block) {
    block->next_free = m_first_free;
    block->previous_free = nullptr;
    if (m_first_free) {
        m_first_free->previous_free = block;
    }
    m_first_free = block;
}

void BlockHeap::unlist(Block *block) {
    (block->previous_free ? block->previous_free->next_free : m_first_free) = block->next_free;
    if (block->next_free) {
        block->next_free->previous_free = block->previous_free;
    }
}

// Leaves `size` bytes of the block. @return the block of the rest
BlockHeap::Block *BlockHeap::cut(Block *block, uint32_t size) {
    const uint32_t rest = bytes(block) - size;
    Block *second = reinterpret_cast<Block *>(reinterpret_cast<uint8_t *>(block) + size);
    second->size = rest;
    second->previous = size;
    set_size(second, rest);
    block->size = size | (block->size & USED);
    return second;
}

void *BlockHeap::allocate(size_t size, size_t alignment) {
    if (size > m_size) {
        return nullptr;
    }
    uint32_t whole = (static_cast<uint32_t>(size) + HEADER + 7) & ~7u;
    whole = whole < SMALLEST ? SMALLEST : whole;
    for (Block *block = m_first_free; block; block = block->next_free) {
        const uintptr_t memory = reinterpret_cast<uintptr_t>(block) + HEADER;
        uint32_t lead = static_cast<uint32_t>(-memory & (alignment - 1));
        while (lead > 0 && lead < SMALLEST) {
            lead += static_cast<uint32_t>(alignment);  // what is left in front must be a block
        }
        if (bytes(block) < lead || bytes(block) - lead < whole) {
            continue;
        }
        unlist(block);
        if (lead > 0) {
            Block *front = block;
            block = cut(front, lead);
            list(front);
        }
        if (bytes(block) - whole >= SMALLEST) {
            list(cut(block, whole));
        }
        m_free -= bytes(block);
        m_minimum = m_free < m_minimum ? m_free : m_minimum;
        block->size |= USED;
        return reinterpret_cast<uint8_t *>(block) + HEADER;
    }
    return nullptr;
}

void BlockHeap::release(void *memory) {
    Block *block = block_of(memory);
    if (!(block->size & USED)) {
        panic("assert failed: heap_caps_free: block already marked as free: %p was freed before", memory);
    }
    m_free += bytes(block);
    block->size &= ~USED;
    if (block->previous) {
        Block *before = reinterpret_cast<Block *>(reinterpret_cast<uint8_t *>(block) - block->previous);
        if (!(before->size & USED)) {
            unlist(before);
            set_size(before, bytes(before) + bytes(block));
            block = before;
        }
    }
    Block *next = after(block);
    if (next && !(next->size & USED)) {
        unlist(next);
        set_size(block, bytes(block) + bytes(next));
    }
    list(block);
}

size_t BlockHeap::largest() const {
    uint32_t found = 0;
    for (const Block *block = m_first_free; block; block = block->next_free) {
        found = bytes(block) > found ? bytes(block) : found;
    }
    return found > HEADER ? found - HEADER : 0;
}

}  // namespace hal
