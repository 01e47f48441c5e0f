/**
 * @file dl_image_jpeg_scan.hpp
 * The scan of a baseline picture to samples in one pass: Huffman decoding and the chip's inverse DCT block by block,
 * so that no picture's worth of coefficients is kept. Only what is beyond doubt is read: as soon as anything is unusual
 * or damaged the caller decodes the picture again by libjpeg, which says what is wrong, if anything is.
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

/** Codes up to this length are looked up, longer ones searched. */
constexpr int LOOKUP_BITS = 11;

constexpr uint32_t END_OF_BLOCK = 128;

/**
 * What comes next in a scan: a symbol, which is a code and the value behind it; of AC coefficients often two at once.
 * From the lowest byte on: bits of all; step from the coefficient before to this one (AC), or END_OF_BLOCK; bits of the
 * code; 63 less the bits of the value; step to the second coefficient, 0 if there is none; bits of the first symbol;
 * value of the second (two bytes). All 0: the code is longer than LOOKUP_BITS, or is none.
 */
struct Entry {
    uint64_t fields;
};

/** A Huffman table. */
struct HuffmanTable {
    Entry lookup[1 << LOOKUP_BITS];
    uint32_t end[17];    ///< behind the last code of each length, as if it had 16 bits
    int32_t offset[17];  ///< from a code of each length to its place in `symbols`
    uint8_t symbols[256];
    bool is_ac;
};

/** Bits of a scan without the bytes that were stuffed into it; the first is the highest. */
struct BitReader {
    uint64_t bits = 0;
    uint32_t count = 0;  ///< valid ones among `bits`
    const uint8_t *next = nullptr;
};

struct ScanComponent {
    const HuffmanTable *dc;
    const HuffmanTable *ac;
    const QuantTable *quant;
    int columns;  ///< blocks in an MCU
    int rows;
    int last_dc;
    uint8_t *samples;  ///< one row of MCUs
    size_t stride;
};

struct ScanState {
    BitReader reader;
    int component_count = 0;
    ScanComponent component[3];
    int mcus_in_row = 0;
    int restart_interval = 0;  ///< MCUs; 0: none
    int until_restart = 0;
    const uint8_t *segment_end = nullptr;
    const uint8_t *const *next_segment_end = nullptr;
};

/** The entry of the symbol whose code, longer than LOOKUP_BITS, these 16 bits begin with; 0: there is none. */
Entry find_long_symbol(uint32_t bits, const HuffmanTable &table);

/** What decodes a scan, and the colours behind it. */
struct ScanKernels {
    /** One row of MCUs to the components' samples. @return false: not as it should be */
    bool (*read_row)(ScanState &scan);
    /** As jpeg_chip::ycc_to_rgb(). */
    void (*ycc_to_rgb)(const uint8_t *y, const ChromaRow &chroma, int n, target_t target, uint8_t *rgb);
};

/** For the instruction sets in use (dl_base_kernel.hpp); nullptr: the reference only, which is libjpeg's coefficients
 * and dl_image_jpeg_chip. One definition per processor family, `isa/dl_image_jpeg_<family>.cpp`. */
const ScanKernels *scan_kernels();
extern const ScanKernels portable_scan_kernels;

/** The first scan of a picture, if it is the only one. */
class Scan {
public:
    Scan() = default;
    Scan(const Scan &) = delete;
    Scan &operator=(const Scan &) = delete;

    /**
     * @param picture after jpeg_read_header() from memory, which it and this share
     * @return false: nothing for this class
     */
    bool open(const jpeg_decompress_struct &picture, const ScanKernels &kernels);
    /** Rows of pixels in a row of MCUs. */
    int rows() const { return m_state.component[0].rows * 8; }
    /** Samples of component i, one row of MCUs. */
    const uint8_t *samples(int i) const { return m_samples[i].data(); }
    size_t stride(int i) const { return m_state.component[i].stride; }
    /** @return false: nothing for this class after all */
    bool read_row() { return m_kernels->read_row(m_state); }
    /** All rows have been read: nothing may be left of the scan. */
    bool is_at_end() const;

private:
    bool plan(const jpeg_decompress_struct &picture);
    bool add_tables(const jpeg_decompress_struct &picture);
    const HuffmanTable *add_table(const jpeg_decompress_struct &picture, int number, bool is_ac);
    bool unstuff(const uint8_t *data, size_t size, bool has_restarts);

    const ScanKernels *m_kernels = nullptr;
    ScanState m_state;
    QuantTable m_quant[3];
    std::unique_ptr<HuffmanTable> m_tables[2][4];  // DC, AC
    std::vector<uint8_t> m_samples[3];
    std::vector<uint8_t> m_bytes;
    std::vector<const uint8_t *> m_segment_ends;
};

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
