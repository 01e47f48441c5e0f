#include "dl_image_jpeg_scan.hpp"

#include <cstdio>
#include <cstring>

// jpeglib.h needs size_t and FILE to be declared before it.
#include <jpeglib.h>

#include "dl_image_jpeg_scan_kernels.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

namespace {

constexpr int BLOCKS_IN_MCU = 10;  // the standard's limit
// Bytes that reading an MCU may take beyond the end before that is noticed. A coefficient has at most 32 bits.
constexpr size_t PADDING = BLOCKS_IN_MCU * 64 * 4 + 8;

Entry make_entry(int code_bits, int symbol, bool is_ac) {
    const uint64_t value_bits = is_ac ? symbol & 15 : symbol;
    const uint64_t bits = static_cast<uint64_t>(code_bits) + value_bits;
    uint64_t step = 0;
    if (is_ac) {
        const bool ends = value_bits == 0 && symbol >> 4 != 15;
        step = ends ? END_OF_BLOCK : static_cast<uint64_t>(symbol >> 4) + 1;
    }
    return {bits | step << 8 | static_cast<uint64_t>(code_bits) << 16 | (63 - value_bits) << 24 | bits << 40};
}

// Fill a table from libjpeg's. Return false if libjpeg would refuse the table, too, or if values are longer than in a
// baseline picture.
bool fill_table(const JHUFF_TBL &huffman, bool is_ac, HuffmanTable &table) {
    const int longest = is_ac ? 10 : 15;
    std::memset(table.lookup, 0, sizeof(table.lookup));
    std::memcpy(table.symbols, huffman.huffval, sizeof(table.symbols));
    table.is_ac = is_ac;
    uint32_t code = 0;
    int count = 0;
    for (int bits = 1; bits <= 16; bits++, code <<= 1) {
        table.offset[bits] = count - static_cast<int32_t>(code);
        for (int i = 0; i < huffman.bits[bits]; i++, count++, code++) {
            if (count >= 256 || code + 1 >= 1u << bits) {
                return false;
            }
            const int symbol = huffman.huffval[count];
            if ((is_ac ? symbol & 15 : symbol) > longest) {
                return false;
            }
            for (int j = 0; bits <= LOOKUP_BITS && j < 1 << (LOOKUP_BITS - bits); j++) {
                table.lookup[(code << (LOOKUP_BITS - bits)) + static_cast<uint32_t>(j)] =
                    make_entry(bits, symbol, is_ac);
            }
        }
        table.end[bits] = code << (16 - bits);
    }
    return true;
}

// Join the second symbol to an entry's first, if LOOKUP_BITS bits hold both completely.
void join_symbols(HuffmanTable &table) {
    for (uint32_t i = 0; i < 1 << LOOKUP_BITS; i++) {
        Entry &first = table.lookup[i];
        if (first.fields == 0 || first_step(first) == END_OF_BLOCK || all_bits(first) >= LOOKUP_BITS) {
            continue;
        }
        const uint32_t rest = i << all_bits(first) & ((1 << LOOKUP_BITS) - 1);
        const Entry second = table.lookup[rest];
        const uint32_t bits = all_bits(first) + first_bits(second);
        if (second.fields == 0 || bits > LOOKUP_BITS) {
            continue;
        }
        const uint64_t value =
            static_cast<uint16_t>(value_of(static_cast<uint64_t>(rest) << (64 - LOOKUP_BITS), second));
        first.fields = (first.fields & ~static_cast<uint64_t>(255)) | bits |
                       static_cast<uint64_t>(first_step(second)) << 32 | value << 48;
    }
}

}  // namespace

Entry find_long_symbol(uint32_t bits, const HuffmanTable &table) {
    for (int length = LOOKUP_BITS + 1; length <= 16; length++) {
        if (bits < table.end[length]) {
            const int32_t code = static_cast<int32_t>(bits >> (16 - length));
            return make_entry(length, table.symbols[code + table.offset[length]], table.is_ac);
        }
    }
    return {0};
}

bool Scan::plan(const jpeg_decompress_struct &picture) {
    const int count = picture.num_components;
    if (picture.progressive_mode || picture.arith_code || picture.comps_in_scan != count || picture.Ss != 0 ||
        picture.Se != 63 || picture.Ah != 0 || picture.Al != 0) {
        return false;
    }
    const uint32_t mcu_width = count == 1 ? 8 : static_cast<uint32_t>(picture.max_h_samp_factor) * 8;
    m_state.mcus_in_row = static_cast<int>((picture.image_width + mcu_width - 1) / mcu_width);
    m_state.restart_interval = m_state.until_restart = static_cast<int>(picture.restart_interval);
    m_state.component_count = count;
    int blocks = 0;
    for (int i = 0; i < count; i++) {
        const jpeg_component_info &info = *picture.cur_comp_info[i];
        if (&info != &picture.comp_info[i] || info.quant_tbl_no < 0 || info.quant_tbl_no >= NUM_QUANT_TBLS ||
            !picture.quant_tbl_ptrs[info.quant_tbl_no]) {
            return false;
        }
        ScanComponent &component = m_state.component[i];
        component.columns = count == 1 ? 1 : info.h_samp_factor;
        component.rows = count == 1 ? 1 : info.v_samp_factor;
        blocks += component.columns * component.rows;
        m_quant[i] = scale_quant_table(picture.quant_tbl_ptrs[info.quant_tbl_no]->quantval);
        component.quant = &m_quant[i];
        component.last_dc = 0;
        component.stride = static_cast<size_t>(m_state.mcus_in_row) * static_cast<size_t>(component.columns) * 8;
        m_samples[i].resize(component.stride * static_cast<size_t>(component.rows) * 8);
        component.samples = m_samples[i].data();
    }
    return blocks <= BLOCKS_IN_MCU;
}

const HuffmanTable *Scan::add_table(const jpeg_decompress_struct &picture, int number, bool is_ac) {
    if (number < 0 || number >= NUM_HUFF_TBLS) {
        return nullptr;
    }
    std::unique_ptr<HuffmanTable> &table = m_tables[is_ac][number];
    const JHUFF_TBL *huffman = (is_ac ? picture.ac_huff_tbl_ptrs : picture.dc_huff_tbl_ptrs)[number];
    if (!table && huffman) {
        table = std::make_unique_for_overwrite<HuffmanTable>();
        if (!fill_table(*huffman, is_ac, *table)) {
            return nullptr;
        }
        if (is_ac) {
            join_symbols(*table);
        }
    }
    return table.get();
}

bool Scan::add_tables(const jpeg_decompress_struct &picture) {
    for (int i = 0; i < m_state.component_count; i++) {
        const jpeg_component_info &info = *picture.cur_comp_info[i];
        m_state.component[i].dc = add_table(picture, info.dc_tbl_no, false);
        m_state.component[i].ac = add_table(picture, info.ac_tbl_no, true);
        if (!m_state.component[i].dc || !m_state.component[i].ac) {
            return false;
        }
    }
    return true;
}

// Copy the scan without stuffed bytes. Return false unless all markers are restarts in their order, if restarts are
// expected, and the last marker ends the picture.
bool Scan::unstuff(const uint8_t *data, size_t size, bool has_restarts) {
    m_bytes.resize(size + PADDING);
    const uint8_t *end = data + size;
    uint8_t *out = m_bytes.data();
    int restart = 0;
    while (true) {
        const uint8_t *marker = static_cast<const uint8_t *>(std::memchr(data, 0xFF, static_cast<size_t>(end - data)));
        if (!marker || end - marker < 2) {
            return false;
        }
        std::memcpy(out, data, static_cast<size_t>(marker - data));
        out += marker - data;
        data = marker + 2;
        if (marker[1] == 0) {
            *out++ = 0xFF;
            continue;
        }
        m_segment_ends.push_back(out);
        if (marker[1] == 0xD9) {
            break;
        }
        if (!has_restarts || marker[1] != 0xD0 + restart) {
            return false;
        }
        restart = (restart + 1) % 8;
    }
    std::memset(out, 0, PADDING);
    m_segment_ends.push_back(nullptr);
    m_state.reader.next = m_bytes.data();
    m_state.segment_end = m_segment_ends[0];
    m_state.next_segment_end = &m_segment_ends[1];
    return true;
}

bool Scan::open(const jpeg_decompress_struct &picture, const ScanKernels &kernels) {
    m_kernels = &kernels;
    return plan(picture) && add_tables(picture) &&
           unstuff(picture.src->next_input_byte, picture.src->bytes_in_buffer, picture.restart_interval != 0);
}

bool Scan::is_at_end() const {
    const ptrdiff_t left = bits_left(m_state.reader, m_state.segment_end);
    return left >= 0 && left < 8 && !*m_state.next_segment_end;
}

namespace {

void flat_block(int16_t dc, const QuantTable &table, uint8_t *out, size_t stride) {
    const int16_t coefficients[64] = {dc};
    inverse_dct(coefficients, table, out, stride);
}

bool read_row(ScanState &scan) {
    return read_row_with(scan, inverse_dct, flat_block);
}

}  // namespace

const ScanKernels portable_scan_kernels = {read_row, ycc_to_rgb};

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
