#include "heap/tlsf.hpp"

#include <algorithm>

namespace hal {
namespace {

constexpr uint32_t FREE = 1;
constexpr uint32_t PREV_FREE = 2;
constexpr uint32_t FLAGS = 3;
constexpr uint32_t HEADER = 16;          // the whole struct
constexpr uint32_t CONTROL_FIELDS = 36;  // the chip's control struct without its arrays
constexpr uint32_t POOL_OVERHEAD = 8;

uint32_t highest_bit(uint32_t value) {
    return 31 - __builtin_clz(value);
}
uint32_t align_up(uint32_t value, uint32_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

}  // namespace

Tlsf::Tlsf(uint8_t *base, uint32_t size) : m_base(base), m_size(size & ~3u) {
    m_fl_max = highest_bit(m_size) + 1;
    m_sl_log2 = m_size <= 16 * 1024 ? 3 : m_size <= 256 * 1024 ? 4 : 5;
    m_sl_count = 1u << m_sl_log2;
    m_fl_shift = m_sl_log2 + 2;
    m_small = 1u << m_fl_shift;
    const uint32_t fl_count = m_fl_max - m_fl_shift + 1;
    m_control_size = CONTROL_FIELDS + 4 * fl_count + 4 * fl_count * m_sl_count;
    m_sl_bitmap.resize(fl_count);
    m_heads.resize(fl_count * m_sl_count);

    m_first = m_control_size - 4;
    store(m_first + 4, 0);
    set_size(m_first, m_size - m_control_size - POOL_OVERHEAD);
    set_free(m_first, true);
    m_last = next_of(m_first);
    store(m_last + 4, 0);  // used, size 0
    store(m_last + 4, PREV_FREE);
    link_next(m_first);
    insert(m_first);
}

// The application cannot reach headers without being caught by AddressSanitizer; only these two may.
__attribute__((no_sanitize("address"))) uint32_t Tlsf::load(uint32_t offset) const {
    return *reinterpret_cast<const uint32_t *>(m_base + offset);
}
__attribute__((no_sanitize("address"))) void Tlsf::store(uint32_t offset, uint32_t value) {
    *reinterpret_cast<uint32_t *>(m_base + offset) = value;
}

uint32_t Tlsf::size_of(uint32_t block) const {
    return load(block + 4) & ~FLAGS;
}
bool Tlsf::is_free(uint32_t block) const {
    return (load(block + 4) & FREE) != 0;
}
bool Tlsf::is_prev_free(uint32_t block) const {
    return (load(block + 4) & PREV_FREE) != 0;
}

// Whether following the header stays inside, and the neighbour agrees that this block is free or used.
bool Tlsf::sane(uint32_t block) const {
    if (block < m_first || block >= m_last || ((block - m_first) & 3) != 0) {
        return false;
    }
    const uint32_t size = size_of(block);
    if (size < MIN_BLOCK || size > m_last - block - 4) {
        return false;
    }
    const uint32_t next = block + 4 + size;
    if (is_prev_free(next) != is_free(block)) {
        return false;
    }
    return !is_free(block) || load(next) == block;
}

void Tlsf::set_size(uint32_t block, uint32_t size) {
    store(block + 4, size | (load(block + 4) & FLAGS));
}

void Tlsf::set_free(uint32_t block, bool free) {
    store(block + 4, free ? load(block + 4) | FREE : load(block + 4) & ~FREE);
}

// Tells the next block where this one begins, and whether it is free.
void Tlsf::link_next(uint32_t block) {
    const uint32_t next = next_of(block);
    if (is_free(block)) {
        store(next, block);
        store(next + 4, load(next + 4) | PREV_FREE);
    } else {
        store(next + 4, load(next + 4) & ~PREV_FREE);
    }
}

void Tlsf::map_size(uint32_t size, uint32_t &fl, uint32_t &sl) const {
    if (size < m_small) {
        fl = 0;
        sl = size / (m_small / m_sl_count);
    } else {
        const uint32_t bit = highest_bit(size);
        sl = (size >> (bit - m_sl_log2)) ^ m_sl_count;
        fl = bit - m_fl_shift + 1;
    }
}

void Tlsf::insert(uint32_t block) {
    uint32_t fl, sl;
    map_size(size_of(block), fl, sl);
    uint32_t &head = m_heads[fl * m_sl_count + sl];
    store(block + 8, head);
    store(block + 12, 0);
    if (head != 0) {
        store(head + 12, block);
    }
    head = block;
    m_fl_bitmap |= 1u << fl;
    m_sl_bitmap[fl] |= 1u << sl;
}

bool Tlsf::remove(uint32_t block) {
    if (!sane(block) || !is_free(block)) {
        m_broken = block + 4;
        return false;
    }
    uint32_t fl, sl;
    map_size(size_of(block), fl, sl);
    uint32_t &head = m_heads[fl * m_sl_count + sl];
    const uint32_t next = load(block + 8);
    const uint32_t prev = load(block + 12);
    const auto in_list = [&](uint32_t other) { return other == 0 || (sane(other) && is_free(other)); };
    if (!in_list(next) || !in_list(prev) || (prev == 0) != (head == block) || (prev != 0 && load(prev + 8) != block) ||
        (next != 0 && load(next + 12) != block)) {
        m_broken = block + 8;
        return false;
    }
    if (next != 0) {
        store(next + 12, prev);
    }
    if (prev != 0) {
        store(prev + 8, next);
    } else {
        head = next;
        if (next == 0) {
            m_sl_bitmap[fl] &= ~(1u << sl);
            if (m_sl_bitmap[fl] == 0) {
                m_fl_bitmap &= ~(1u << fl);
            }
        }
    }
    return true;
}

// Takes a free block of at least `size` bytes out of the lists. `size` becomes its class's lower bound, which is what
// the block will have: a later request of the same size finds it again.
uint32_t Tlsf::locate(uint32_t &size) {
    if (size >= m_small) {
        size = align_up(size, 1u << (highest_bit(size) - m_sl_log2));
    }
    uint32_t fl, sl;
    map_size(size, fl, sl);
    if (fl >= m_sl_bitmap.size()) {
        return 0;
    }
    uint32_t sl_map = m_sl_bitmap[fl] & (~0u << sl);
    if (sl_map == 0) {
        const uint32_t fl_map = fl + 1 < 32 ? m_fl_bitmap & (~0u << (fl + 1)) : 0;
        if (fl_map == 0) {
            return 0;
        }
        fl = __builtin_ctz(fl_map);
        sl_map = m_sl_bitmap[fl];
    }
    sl = __builtin_ctz(sl_map);
    const uint32_t block = m_heads[fl * m_sl_count + sl];
    return remove(block) ? block : 0;
}

// Cuts `block` to `size` bytes. @return the rest as a block (free, not in a list), or 0 when it would be too small.
uint32_t Tlsf::split(uint32_t block, uint32_t size) {
    const uint32_t whole = size_of(block);
    if (whole < size + HEADER) {
        return 0;
    }
    const uint32_t rest = block + 4 + size;
    store(rest + 4, 0);
    set_size(rest, whole - size - BLOCK_OVERHEAD);
    set_free(rest, true);
    set_size(block, size);
    return rest;
}

uint32_t Tlsf::adjust(uint32_t size) const {
    if (size == 0 || size > (1u << 31)) {
        return 0;
    }
    const uint32_t aligned = align_up(size, 4);
    const uint64_t limit = uint64_t{1} << m_fl_max;
    return aligned < limit ? std::max(aligned, MIN_BLOCK) : 0;
}

uint32_t Tlsf::allocate(uint32_t size, uint32_t alignment, uint32_t lead) {
    uint32_t wanted = adjust(size);
    if (wanted == 0) {
        return 0;
    }
    uint32_t block;
    if (alignment <= 4) {
        block = locate(wanted);
    } else {
        // Room for a free block in front, should the first aligned address leave a gap too small for one.
        uint32_t with_gap = adjust(wanted + alignment + HEADER);
        if (with_gap == 0) {
            return 0;
        }
        block = locate(with_gap);
        if (block != 0) {
            const uintptr_t address = reinterpret_cast<uintptr_t>(m_base) + block + 8 + lead;
            uintptr_t aligned = (address + alignment - 1) & ~static_cast<uintptr_t>(alignment - 1);
            if (aligned != address && aligned - address < HEADER) {
                const uintptr_t least = address + std::max<uintptr_t>(HEADER, alignment - (aligned - address));
                aligned = (least + alignment - 1) & ~static_cast<uintptr_t>(alignment - 1);
            }
            const uint32_t gap = static_cast<uint32_t>(aligned - address);
            if (gap != 0) {
                const uint32_t rest = split(block, gap - BLOCK_OVERHEAD);
                link_next(block);
                insert(block);
                block = rest;
            }
        }
    }
    if (block == 0) {
        return 0;
    }
    const uint32_t rest = split(block, wanted);
    if (rest != 0) {
        link_next(rest);
        insert(rest);
    }
    set_free(block, false);
    link_next(block);
    return block + 8;
}

void Tlsf::release(uint32_t offset) {
    uint32_t block = offset - 8;
    if (is_prev_free(block)) {
        const uint32_t prev = load(block);
        if (!sane(prev) || next_of(prev) != block || !remove(prev)) {
            m_broken = block + 4;
            return;
        }
        set_size(prev, size_of(prev) + BLOCK_OVERHEAD + size_of(block));
        block = prev;
    }
    const uint32_t next = next_of(block);
    if (next != m_last && is_free(next)) {
        const uint32_t next_size = size_of(next);
        if (!remove(next)) {
            return;
        }
        set_size(block, size_of(block) + BLOCK_OVERHEAD + next_size);
    }
    set_free(block, true);
    link_next(block);
    insert(block);
}

bool Tlsf::resize(uint32_t offset, uint32_t size) {
    const uint32_t block = offset - 8;
    const uint32_t wanted = adjust(size);
    if (wanted == 0) {
        return false;
    }
    const uint32_t next = next_of(block);
    if (wanted > size_of(block)) {
        if (next == m_last || !is_free(next) || wanted > size_of(block) + BLOCK_OVERHEAD + size_of(next)) {
            return false;
        }
        const uint32_t next_size = size_of(next);
        if (!remove(next)) {
            return false;
        }
        set_size(block, size_of(block) + BLOCK_OVERHEAD + next_size);
        link_next(block);
    }
    const uint32_t rest = split(block, wanted);
    if (rest != 0) {
        const uint32_t after = next_of(rest);
        if (after != m_last && is_free(after)) {
            const uint32_t after_size = size_of(after);
            if (!remove(after)) {
                return false;
            }
            set_size(rest, size_of(rest) + BLOCK_OVERHEAD + after_size);
        }
        link_next(rest);
        insert(rest);
    }
    return true;
}

bool Tlsf::is_used_block(uint32_t offset, uint32_t size) const {
    const uint32_t block = offset - 8;
    if (!sane(block) || is_free(block) || size_of(block) != size) {
        return false;
    }
    // The next header is what a write past the end hits first.
    const uint32_t next = next_of(block);
    return next == m_last ? size_of(m_last) == 0 && !is_free(m_last) : sane(next);
}

uint32_t Tlsf::block_size(uint32_t offset) const {
    return size_of(offset - 8);
}

uint32_t Tlsf::walk(const std::function<bool(const Block &)> &visit) const {
    for (uint32_t block = m_first; block != m_last; block = next_of(block)) {
        if (!sane(block)) {
            return block + 4;
        }
        if (!visit(Block{block + 8, size_of(block), !is_free(block)})) {
            break;
        }
    }
    return 0;
}

uint32_t Tlsf::check() const {
    uint32_t free_blocks = 0;
    const uint32_t bad = walk([&](const Block &block) {
        free_blocks += block.used ? 0 : 1;
        return true;
    });
    if (bad != 0) {
        return bad;
    }
    uint32_t listed = 0;
    for (uint32_t fl = 0; fl < m_sl_bitmap.size(); ++fl) {
        for (uint32_t sl = 0; sl < m_sl_count; ++sl) {
            uint32_t prev = 0;
            for (uint32_t block = m_heads[fl * m_sl_count + sl]; block != 0; block = load(block + 8)) {
                uint32_t at_fl, at_sl;
                if (!sane(block) || !is_free(block) || load(block + 12) != prev || listed == free_blocks) {
                    return prev != 0 ? prev + 8 : block + 8;
                }
                map_size(size_of(block), at_fl, at_sl);
                if (at_fl != fl || at_sl != sl) {
                    return block + 4;
                }
                prev = block;
                ++listed;
            }
        }
    }
    return listed == free_blocks ? 0 : m_first + 4;
}

uint32_t Tlsf::fit_size(uint32_t size) const {
    if (size < m_small) {
        return adjust(size);
    }
    return size & ~((1u << (highest_bit(size) - m_sl_log2)) - 1);
}

}  // namespace hal
