#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace hal {

/** A two-level segregated fit allocator over one piece of memory, laid out as on the chip: 32-bit block headers, 4
 * bytes of overhead for a used block, blocks aligned to 4 bytes, sizes above the small ones rounded up to their size
 * class. So what fits, what is left and how it is fragmented are the chip's figures. Not thread safe: the heap locks.
 *
 * The class lists that the chip keeps at the start of the region live outside of it; their bytes are set aside.
 * Headers are inside, where a stray write can hit them: each is verified before it is believed. */
class Tlsf {
public:
    /** What a block looks like to a walk. */
    struct Block {
        uint32_t offset;  ///< of the first usable byte
        uint32_t size;
        bool used;
    };

    /** @param base 4-byte aligned memory of `size` bytes that reads as zero */
    Tlsf(uint8_t *base, uint32_t size);

    /** Offset of the first usable byte, or 0 when no free block is large enough.
     * @param alignment a power of two, which the byte at offset + `lead` is to have */
    uint32_t allocate(uint32_t size, uint32_t alignment, uint32_t lead = 0);

    /** Gives a used block back. The caller has verified it with is_used_block(). */
    void release(uint32_t offset);

    /** Grows or shrinks in place. @return false when it cannot grow here. */
    bool resize(uint32_t offset, uint32_t size);

    /** Whether a used block of `size` bytes begins at `offset`, with intact headers on both sides. */
    bool is_used_block(uint32_t offset, uint32_t size) const;

    /** Usable bytes of the block at `offset`, as its header says. */
    uint32_t block_size(uint32_t offset) const;

    /** Calls `visit` for each block; stops when it returns false. @return offset of a broken header, or 0. */
    uint32_t walk(const std::function<bool(const Block &)> &visit) const;

    /** Checks headers, neighbours and lists. @return offset of the first broken header, or 0. */
    uint32_t check() const;

    /** Offset of a header that allocate() or release() found broken; the operation was not done then. 0: none. */
    uint32_t broken() const { return m_broken; }

    /** Bytes a new, empty region can give: size less the set-aside bytes. */
    uint32_t initial_free() const { return m_size - m_control_size; }

    /** Largest size that a free block of `size` bytes is sure to serve. */
    uint32_t fit_size(uint32_t size) const;

    static constexpr uint32_t BLOCK_OVERHEAD = 4;
    static constexpr uint32_t MIN_BLOCK = 12;

private:
    // A block is named by the offset of its header struct {prev_phys, size | flags, next_free, prev_free}. The first
    // field is the last word of the block before, used only while that one is free; the last two only while this is.
    uint32_t load(uint32_t offset) const;
    void store(uint32_t offset, uint32_t value);

    uint32_t size_of(uint32_t block) const;
    uint32_t next_of(uint32_t block) const { return block + 4 + size_of(block); }
    bool is_free(uint32_t block) const;
    bool is_prev_free(uint32_t block) const;
    bool sane(uint32_t block) const;
    void set_size(uint32_t block, uint32_t size);
    void set_free(uint32_t block, bool free);
    void link_next(uint32_t block);

    void map_size(uint32_t size, uint32_t &fl, uint32_t &sl) const;
    void insert(uint32_t block);
    bool remove(uint32_t block);
    uint32_t locate(uint32_t &size);
    uint32_t split(uint32_t block, uint32_t size);
    uint32_t adjust(uint32_t size) const;

    uint8_t *m_base;
    uint32_t m_size;
    uint32_t m_control_size = 0;
    uint32_t m_first = 0;
    uint32_t m_last = 0;  // the sentinel
    uint32_t m_fl_max = 0;
    uint32_t m_sl_log2 = 0;
    uint32_t m_sl_count = 0;
    uint32_t m_fl_shift = 0;
    uint32_t m_small = 0;
    uint32_t m_fl_bitmap = 0;
    std::vector<uint32_t> m_sl_bitmap;
    std::vector<uint32_t> m_heads;
    uint32_t m_broken = 0;
};

}  // namespace hal
