/**
 * @file dl_image_jpeg_scan.hpp
 * The scan of a baseline picture becomes samples in one pass. Huffman decoding and the chip's inverse DCT alternate
 * block by block, so that coefficients of a whole picture are never stored. This decoder gives up as soon as anything
 * in the file is unusual or damaged. Then the caller decodes the picture again with libjpeg, which reports what is
 * wrong, if anything is.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dl_image_jpeg_chip.hpp"
#include "dl_target.hpp"

struct jpeg_decompress_struct;

namespace dl {
namespace image {
namespace jpeg_chip {

/** Codes of up to this many bits are looked up, longer ones are searched. */
constexpr int LOOKUP_BITS = 11;

constexpr uint32_t END_OF_BLOCK = 128;

/**
 * What comes next in a scan: a symbol, or for AC coefficients often two. A symbol is a code and the value behind it.
 * The bytes, from the lowest on:
 * - bits of all symbols of the entry
 * - AC: step from the coefficient before to that of the first symbol, or END_OF_BLOCK
 * - bits of the first symbol's code
 * - 63 minus the bits of the first symbol's value
 * - step to the second symbol's coefficient; 0: there is no second symbol
 * - bits of the first symbol
 * - value of the second symbol (two bytes)
 * An entry of zeros means that the code is longer than LOOKUP_BITS, or does not exist.
 */
struct Entry {
    uint64_t fields;
};

/** A Huffman table. */
struct HuffmanTable {
    Entry lookup[1 << LOOKUP_BITS];
    uint32_t end[17];    ///< for each length, the number behind its last code, filled up to 16 bits
    int32_t offset[17];  ///< for each length, what added to a code gives its place in `symbols`
    uint8_t symbols[256];
    bool is_ac;
};

/** Bits of a scan from which stuffed bytes have been removed. The highest bit of `bits` comes next. */
struct BitReader {
    uint64_t bits = 0;
    uint32_t count = 0;  ///< how many of `bits` are valid
    const uint8_t *next = nullptr;
};

struct ScanComponent {
    const HuffmanTable *dc;
    const HuffmanTable *ac;
    const QuantTable *quant;
    int columns;  ///< blocks of an MCU side by side
    int rows;
    int last_dc;
    uint8_t *samples;  ///< samples of one row of MCUs
    size_t stride;
};

struct ScanState {
    BitReader reader;
    int component_count = 0;
    ScanComponent component[3];
    int mcus_in_row = 0;
    int restart_interval = 0;  ///< MCUs between restart markers; 0: there are none
    int until_restart = 0;
    const uint8_t *segment_end = nullptr;
    const uint8_t *const *next_segment_end = nullptr;
};

/**
 * Return the entry of a symbol whose code is longer than LOOKUP_BITS. `bits` are the next 16 bits. Without such a code,
 * the entry is 0.
 */
Entry find_long_symbol(uint32_t bits, const HuffmanTable &table);

/** The functions that decode a scan and its colours. */
struct ScanKernels {
    /** Decode one row of MCUs to the components' samples. @return false if anything is unusual */
    bool (*read_row)(ScanState &scan);
    /** Convert like jpeg_chip::ycc_to_rgb(). */
    void (*ycc_to_rgb)(const uint8_t *y, const ChromaRow &chroma, int n, target_t target, uint8_t *rgb);
};

/**
 * Return the kernels for the instruction sets in use (dl_base_kernel.hpp). nullptr means that only the reference is
 * wanted: libjpeg's coefficients and dl_image_jpeg_chip. Each family of processors has a definition of its own,
 * `isa/dl_image_jpeg_<family>.cpp`.
 */
const ScanKernels *scan_kernels();
extern const ScanKernels portable_scan_kernels;

/** The scan of a picture that has only one. */
class Scan {
public:
    Scan() = default;
    Scan(const Scan &) = delete;
    Scan &operator=(const Scan &) = delete;

    /**
     * @param picture state of libjpeg after jpeg_read_header() of a file in memory, which this object reads, too
     * @return false if this class cannot decode the picture
     */
    bool open(const jpeg_decompress_struct &picture, const ScanKernels &kernels);
    /** Return how many rows of pixels a row of MCUs has. */
    int rows() const { return m_state.component[0].rows * 8; }
    /** Return the samples of component i, for one row of MCUs. */
    const uint8_t *samples(int i) const { return m_samples[i].data(); }
    size_t stride(int i) const { return m_state.component[i].stride; }
    /** Decode a row of MCUs. @return false if anything is unusual */
    bool read_row() { return m_kernels->read_row(m_state); }
    /** Is nothing left of the scan? Asked behind the last row. */
    bool is_at_end() const;

private:
    bool plan(const jpeg_decompress_struct &picture);
    bool add_tables(const jpeg_decompress_struct &picture);
    const HuffmanTable *add_table(const jpeg_decompress_struct &picture, int number, bool is_ac);
    bool unstuff(const uint8_t *data, size_t size, bool has_restarts);

    const ScanKernels *m_kernels = nullptr;
    ScanState m_state;
    QuantTable m_quant[3];
    std::unique_ptr<HuffmanTable> m_tables[2][4];  // the tables of DC, and those of AC
    std::vector<uint8_t> m_samples[3];
    std::vector<uint8_t> m_bytes;
    std::vector<const uint8_t *> m_segment_ends;
};

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
