/**
 * @file tiny_jpeg.hpp
 * The arithmetic and the rules of TJpgDec, the small JPEG decoder in the ROM of some chips and in the esp_jpeg
 * component of others. They differ in the last bit of some pixels and in the pictures that they take.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace tiny_jpeg {

/** Numbered as TJpgDec's results, which firmware prints. */
enum class Result {
    OK = 0,
    INPUT_ENDED = 2,  ///< the data end before the picture
    NO_MEMORY = 3,    ///< the working buffer is too small
    BAD_PARAMETER = 5,
    BAD_FORMAT = 6,     ///< damaged, or no JPEG at all
    NOT_SUPPORTED = 8,  ///< a JPEG, but of a kind that the decoder does not take
};

/** What the decoder's configuration decides. */
struct Options {
    bool is_rom;               ///< of ROM (R0.01): no grey pictures; else the component's (R0.03)
    int fast_decode;           ///< JD_FASTDECODE: 0 clips samples before colours, 1 and 2 after them
    int stream_buffer;         ///< JD_SZBUF: it is a part of the working buffer
    bool has_clip_table;       ///< JD_TBLCLIP: what is far beyond the range of a sample wraps
    bool has_default_huffman;  ///< JD_DEFAULT_HUFFMAN: pictures without Huffman tables have the standard's
};

/** Codes in order of their length, as a picture lists them. */
struct HuffmanTable {
    bool is_defined;
    uint8_t count[16];  ///< of 1 bit, of 2 bits, ...
    uint8_t symbols[256];
};

struct Component {
    int quant;
    int last_dc;
};

struct Rectangle {
    int x;
    int y;
    int width;
    int height;
};

/** A picture's size. */
struct Frame {
    uint16_t width;
    uint16_t height;
};

/** Looks for the header of a baseline picture's frame, and at nothing else. @return false: there is none */
bool find_frame(const uint8_t *data, size_t size, Frame &frame);

/** Bits of a scan, the first one first. */
class BitReader {
public:
    BitReader() = default;
    /** @param fills_ahead as JD_FASTDECODE: reads up to 16 bits ahead, and 1 bits behind a marker */
    BitReader(const uint8_t *data, const uint8_t *end, bool fills_ahead)
        : m_next(data), m_end(end), m_fills_ahead(fills_ahead) {}

    Result read_symbol(const HuffmanTable &table, int &symbol);
    /** @param count bits: 1 to 15 */
    Result read_value(int count, int &value);
    /** Drops the bits of a begun byte, and reads restart marker `number`, counted modulo 8. */
    Result read_restart(unsigned number);

    const uint8_t *next() const { return m_next; }

private:
    Result fill(int count);

    const uint8_t *m_next = nullptr;
    const uint8_t *m_end = nullptr;
    bool m_fills_ahead = false;
    uint8_t m_marker = 0;
    uint32_t m_bits = 0;
    int m_count = 0;
};

/** One picture. Memory: that of the object. */
class Decoder {
public:
    explicit Decoder(const Options &options) : m_options(options) {}

    /** Reads up to the scan. @param work_size bytes of the working buffer */
    Result prepare(const uint8_t *data, size_t size, size_t work_size);

    int width() const { return m_width; }
    int height() const { return m_height; }

    /** Takes the pixels of a rectangle: RGB888, row by row. */
    using Sink = void (*)(void *user, const Rectangle &where, const uint8_t *rgb);
    /** Every unit of the scan, reduced by 2 to the power of `scale`. */
    Result decode(int scale, Sink sink, void *user);

    /** Bytes that were read. */
    size_t read_bytes() const { return static_cast<size_t>(m_bits.next() - m_data); }
    /** Why the last call failed; for a log. */
    const char *reason() const { return m_reason; }

private:
    Result fail(Result result, const char *reason) {
        m_reason = reason;
        return result;
    }
    Result read_segment(int marker, const uint8_t *payload, size_t size);
    Result read_frame(const uint8_t *payload, size_t size);
    Result read_quant_tables(const uint8_t *payload, size_t size);
    Result read_huffman_tables(const uint8_t *payload, size_t size);
    Result read_scan_header(const uint8_t *payload, size_t size);
    void use_default_tables();
    bool reserve(size_t bytes);

    Result decode_unit();
    Result decode_block(int component, int16_t *samples);
    void colour_unit(uint8_t *rgb) const;
    void colour_unit_of_averages(uint8_t *rgb) const;
    void colour_pixel(int y, int cb, int cr, uint8_t *rgb) const;
    uint8_t clip(int value) const;

    static constexpr int BLOCKS = 6;
    static constexpr int UNIT_PIXELS = 16 * 16;

    const Options m_options;
    const char *m_reason = "";
    const uint8_t *m_data = nullptr;
    size_t m_room = 0;
    int m_width = 0;
    int m_height = 0;
    int m_components = 0;
    int m_columns = 1;  // luma blocks of a unit
    int m_rows = 1;
    unsigned m_restart_interval = 0;
    int m_scale = 0;
    bool m_has_quant[4] = {};
    int32_t m_quant[4][64] = {};        // with the transform's scale factors; row by row
    HuffmanTable m_huffman[2][2] = {};  // luma, chroma: DC, AC
    Component m_component[3] = {};
    BitReader m_bits;
    int16_t m_samples[BLOCKS][64] = {};
};

/** Coefficients with 5 fractional bits, row by row, to samples plus 128, not clipped. */
void inverse_dct(const int32_t *coefficients, int32_t *samples);
/** Place, row by row, of the coefficients in the order of a scan. */
extern const uint8_t zigzag[64];
/** Scale factor of coefficient i, row by row, in the transform of inverse_dct(): 13 fractional bits. */
uint32_t scale_factor(int i);

}  // namespace tiny_jpeg
