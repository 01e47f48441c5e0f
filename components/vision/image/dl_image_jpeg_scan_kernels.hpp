/**
 * @file dl_image_jpeg_scan_kernels.hpp
 * Huffman decoding of a row of MCUs, for the sources that define ScanKernels. Each of them compiles these functions
 * with its own flags, so all are inline, and none is shared.
 */
#pragma once

#include <bit>
#include <cstring>

#include "dl_image_jpeg_scan.hpp"

// Unrolls the loop that follows, whose bounds are constant.
#ifdef __clang__
#define DL_JPEG_UNROLL _Pragma("unroll")
#else
#define DL_JPEG_UNROLL _Pragma("GCC unroll 8")
#endif

namespace dl {
namespace image {
namespace jpeg_chip {
namespace {

// Places of coefficients in a block, row by row, in the order of the file. A step beyond the block leads to the last
// place, as in libjpeg. There, a damaged coefficient is written, or the zero that comes with the end of the block.
struct ZigZag {
    uint8_t place[256];
    constexpr ZigZag() : place() {
        int n = 0;
        for (int diagonal = 0; diagonal < 15; diagonal++) {
            for (int i = 0; i <= diagonal; i++) {
                const int row = diagonal % 2 ? i : diagonal - i;
                const int column = diagonal - row;
                if (row < 8 && column < 8) {
                    place[n++] = static_cast<uint8_t>(row * 8 + column);
                }
            }
        }
        while (n < 256) {
            place[n++] = 63;
        }
    }
};
constexpr ZigZag ZIGZAG;

inline uint64_t big_endian(const uint8_t *bytes) {
    uint64_t value;
    std::memcpy(&value, bytes, sizeof(value));
    return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

// Fill the reader, so that at least 56 bits are valid. Bits behind the first `count` ones may be there already: they
// are read again.
inline void refill(BitReader &reader) {
    reader.bits |= big_endian(reader.next) >> reader.count;
    reader.next += (63 - reader.count) >> 3;
    reader.count |= 56;
}

inline void skip(BitReader &reader, uint32_t bits) {
    reader.bits <<= bits & 63;
    reader.count -= bits;
}

inline uint32_t all_bits(Entry entry) {
    return entry.fields & 255;
}
inline uint32_t first_step(Entry entry) {
    return entry.fields >> 8 & 255;
}
inline uint32_t code_bits(Entry entry) {
    return entry.fields >> 16 & 255;
}
inline uint32_t value_shift(Entry entry) {
    return entry.fields >> 24 & 255;
}
inline uint32_t second_step(Entry entry) {
    return entry.fields >> 32 & 255;
}
inline uint32_t first_bits(Entry entry) {
    return entry.fields >> 40 & 255;
}
inline int16_t second_value(Entry entry) {
    return static_cast<int16_t>(entry.fields >> 48);
}

// Return the entry of the next symbol. `bits` needs 16 valid bits.
inline Entry find_symbol(uint64_t bits, const HuffmanTable &table) {
    const Entry entry = table.lookup[bits >> (64 - LOOKUP_BITS)];
    return __builtin_expect(entry.fields != 0, 1) ? entry : find_long_symbol(static_cast<uint32_t>(bits >> 48), table);
}

// Return the value that an entry announces, from the first of `bits` on. A value without its highest bit is negative:
// it is the complement of its amount.
inline int value_of(uint64_t bits, Entry entry) {
    const uint64_t from_value = bits << (code_bits(entry) & 63);
    const uint64_t negative = ~static_cast<uint64_t>(static_cast<int64_t>(from_value) >> 63);
    return static_cast<int>(((from_value ^ negative) >> 1 >> (value_shift(entry) & 63)) ^ negative) -
           static_cast<int>(negative);
}

enum class Progress { GOES_ON, DONE, BAD_CODE };

/**
 * Read one symbol or two of a block's AC coefficients. The reader needs 26 valid bits.
 * @param at the coefficient of the symbol before; afterwards that of the last symbol read
 */
inline Progress read_symbols(BitReader &reader, const HuffmanTable &table, int16_t *block, uint32_t &at) {
    const Entry entry = find_symbol(reader.bits, table);
    if (__builtin_expect(entry.fields == 0, 0)) {
        return Progress::BAD_CODE;
    }
    const uint32_t first = at + first_step(entry);
    at = first + second_step(entry);
    // Without a second symbol, `at` is the first one's place, and the second store overwrites the first.
    block[ZIGZAG.place[at]] = second_value(entry);
    block[ZIGZAG.place[first]] = static_cast<int16_t>(value_of(reader.bits, entry));
    if (at < 63) {
        skip(reader, all_bits(entry));
        return Progress::GOES_ON;
    }
    // Bits behind the block's last coefficient belong to the next block.
    const bool ends_at_first = first >= 63;
    skip(reader, ends_at_first ? first_bits(entry) : all_bits(entry));
    at = ends_at_first ? first : at;
    return Progress::DONE;
}

/**
 * Read the AC coefficients of a block, which holds zeros.
 * @param only_dc set to whether there are none
 * @return false if a code does not exist
 */
inline bool read_ac(BitReader &reader, const HuffmanTable &table, int16_t *block, bool &only_dc) {
    uint32_t at = 0;
    Progress progress;
    do {
        refill(reader);
        progress = read_symbols(reader, table, block, at);
        if (progress == Progress::GOES_ON) {
            progress = read_symbols(reader, table, block, at);
        }
    } while (progress == Progress::GOES_ON);
    only_dc = at == END_OF_BLOCK;
    return progress == Progress::DONE;
}

// Set a block to zero, with stores of a register's width. A memset() of this size may become a string instruction,
// which is slow to begin.
inline void clear(int16_t *block) {
    typedef int16_t Eight __attribute__((vector_size(16), may_alias));
    DL_JPEG_UNROLL
    for (int i = 0; i < 8; i++) {
        reinterpret_cast<Eight *>(block)[i] = Eight{};
    }
}

inline bool read_dc(BitReader &reader, ScanComponent &component, int16_t *block) {
    refill(reader);
    const Entry entry = find_symbol(reader.bits, *component.dc);
    if (entry.fields == 0) {
        return false;  // a code that does not exist
    }
    component.last_dc += value_of(reader.bits, entry);
    skip(reader, all_bits(entry));
    block[0] = static_cast<int16_t>(component.last_dc);
    // Only damaged data gives a larger sum. libjpeg has a limit of its own.
    return component.last_dc > -(1 << 30) && component.last_dc < 1 << 30;
}

// Return how many bits of the segment are left. A negative number means that more have been read than there are.
inline ptrdiff_t bits_left(const BitReader &reader, const uint8_t *segment_end) {
    return (segment_end - reader.next) * 8 + static_cast<ptrdiff_t>(reader.count);
}

inline bool begin_segment(ScanState &scan, BitReader &reader) {
    const ptrdiff_t left = bits_left(reader, scan.segment_end);
    if (left < 0 || left > 7 || !*scan.next_segment_end) {
        return false;
    }
    reader = {0, 0, scan.segment_end};
    scan.segment_end = *scan.next_segment_end++;
    scan.until_restart = scan.restart_interval;
    for (ScanComponent &component : scan.component) {
        component.last_dc = 0;
    }
    return true;
}

/** Do ScanKernels::read_row() with the given inverse_dct(), and with flat_block() for blocks of one colour. */
template <typename InverseDct, typename FlatBlock>
bool read_row_with(ScanState &scan, const InverseDct &inverse_dct, const FlatBlock &flat_block) {
    BitReader reader = scan.reader;
    alignas(32) int16_t block[64];
    for (int mcu = 0; mcu < scan.mcus_in_row; mcu++) {
        if (scan.restart_interval && scan.until_restart-- == 0) {
            if (!begin_segment(scan, reader)) {
                return false;
            }
            scan.until_restart--;
        }
        for (int i = 0; i < scan.component_count; i++) {
            ScanComponent &component = scan.component[i];
            for (int j = 0; j < component.rows * component.columns; j++) {
                const int row = j / component.columns, column = mcu * component.columns + j % component.columns;
                uint8_t *out = component.samples + static_cast<size_t>(row) * 8 * component.stride +
                               static_cast<size_t>(column) * 8;
                bool only_dc;
                clear(block);
                if (!read_dc(reader, component, block) || !read_ac(reader, *component.ac, block, only_dc)) {
                    return false;
                }
                if (only_dc) {
                    flat_block(block[0], *component.quant, out, component.stride);
                } else {
                    inverse_dct(block, *component.quant, out, component.stride);
                }
            }
        }
        if (bits_left(reader, scan.segment_end) < 0) {
            return false;
        }
    }
    scan.reader = reader;
    return true;
}

}  // namespace
}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
