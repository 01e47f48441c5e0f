#include <algorithm>
#include <cstring>

#include "tiny_jpeg.hpp"

namespace tiny_jpeg {

Result BitReader::fill(int count) {
    while (m_count < count) {
        uint32_t byte = 0xFF;
        if (m_marker == 0) {
            if (m_next == m_end) {
                return Result::INPUT_ENDED;
            }
            byte = *m_next++;
            if (byte == 0xFF) {
                if (m_next == m_end) {
                    return Result::INPUT_ENDED;
                }
                const uint8_t second = *m_next++;
                if (second != 0 && !m_fills_ahead) {
                    return Result::BAD_FORMAT;
                }
                m_marker = second;
            }
        }
        m_bits = m_bits << 8 | byte;
        m_count += 8;
    }
    return Result::OK;
}

Result BitReader::read_symbol(const HuffmanTable &table, int &symbol) {
    if (m_fills_ahead) {
        const Result result = fill(16);
        if (result != Result::OK) {
            return result;
        }
    }
    uint32_t first = 0;
    const uint8_t *symbols = table.symbols;
    for (int bits = 1; bits <= 16; bits++) {
        const Result result = fill(bits);
        if (result != Result::OK) {
            return result;
        }
        const uint32_t code = m_bits >> (m_count - bits) & ((1u << bits) - 1);
        if (code >= first && code - first < table.count[bits - 1]) {
            symbol = symbols[code - first];
            m_count -= bits;
            return Result::OK;
        }
        first = (first + table.count[bits - 1]) << 1;
        symbols += table.count[bits - 1];
    }
    return Result::BAD_FORMAT;
}

Result BitReader::read_value(int count, int &value) {
    const Result result = fill(count);
    if (result != Result::OK) {
        return result;
    }
    m_count -= count;
    value = static_cast<int>(m_bits >> m_count & ((1u << count) - 1));
    if (value < 1 << (count - 1)) {
        value -= (1 << count) - 1;
    }
    return Result::OK;
}

Result BitReader::read_restart(unsigned number) {
    m_bits = 0;
    m_count = 0;
    uint8_t marker = m_marker;
    m_marker = 0;
    if (marker == 0) {
        if (m_end - m_next < 2) {
            return Result::INPUT_ENDED;
        }
        if (m_next[0] != 0xFF) {
            return Result::BAD_FORMAT;
        }
        marker = m_next[1];
        m_next += 2;
    }
    return marker == (0xD0 | (number & 7)) ? Result::OK : Result::BAD_FORMAT;
}

Result Decoder::decode_block(int component, int16_t *samples) {
    const HuffmanTable *tables = m_huffman[component ? 1 : 0];
    const int32_t *quant = m_quant[m_component[component].quant];
    // Damaged data overflow the product; the chip's registers wrap.
    const auto scaled = [quant](int value, int place) {
        return static_cast<int32_t>(static_cast<uint32_t>(value) * static_cast<uint32_t>(quant[place])) >> 8;
    };
    int symbol = 0;
    int value = 0;
    Result result = m_bits.read_symbol(tables[0], symbol);
    if (result == Result::OK && symbol != 0) {
        result = m_bits.read_value(symbol, value);
    }
    if (result != Result::OK) {
        return result;
    }
    value += m_component[component].last_dc;
    m_component[component].last_dc = static_cast<int16_t>(value);
    int32_t coefficients[64] = {scaled(value, 0)};
    int place = 1;
    for (; place < 64; place++) {
        result = m_bits.read_symbol(tables[1], symbol);
        if (result != Result::OK) {
            return result;
        }
        if (symbol == 0) {
            break;
        }
        place += symbol >> 4;
        if (place >= 64) {
            return Result::BAD_FORMAT;
        }
        if ((symbol & 15) != 0) {
            result = m_bits.read_value(symbol & 15, value);
            if (result != Result::OK) {
                return result;
            }
            coefficients[zigzag[place]] = scaled(value, zigzag[place]);
        }
    }
    // The component's decoder divides a lone first coefficient, towards zero; the transform shifts.
    const bool is_flat = m_scale == 3 || (place == 1 && !m_options.is_rom);
    int32_t unclipped[64];
    if (is_flat) {
        std::fill_n(unclipped, 64, coefficients[0] / 256 + 128);
    } else {
        inverse_dct(coefficients, unclipped);
    }
    const bool clips = m_options.is_rom || m_options.fast_decode == 0;
    for (int i = 0; i < 64; i++) {
        samples[i] = clips ? (is_flat ? static_cast<uint8_t>(unclipped[i]) : clip(unclipped[i]))
                           : static_cast<int16_t>(unclipped[i]);
    }
    return Result::OK;
}

Result Decoder::decode_unit() {
    const int luma = m_columns * m_rows;
    for (int i = 0; i < luma + (m_components == 3 ? 2 : 0); i++) {
        const Result result = decode_block(i < luma ? 0 : i - luma + 1, m_samples[i]);
        if (result != Result::OK) {
            return fail(result, result == Result::INPUT_ENDED ? "the data end before the picture"
                                                              : "damaged: no code, or a marker, within the picture");
        }
    }
    return Result::OK;
}

uint8_t Decoder::clip(int value) const {
    if (!m_options.has_clip_table) {
        return static_cast<uint8_t>(std::clamp(value, 0, 255));
    }
    const int index = value & 0x3FF;
    return static_cast<uint8_t>(index < 256 ? index : index < 512 ? 255 : 0);
}

void Decoder::colour_pixel(int y, int cb, int cr, uint8_t *rgb) const {
    if (m_components == 1) {
        rgb[0] = rgb[1] = rgb[2] = clip(y);
        return;
    }
    // Fractions of 10 bits; the division cuts off towards zero.
    cb -= 128;
    cr -= 128;
    rgb[0] = clip(y + 1435 * cr / 1024);
    rgb[1] = clip(y - (352 * cb + 731 * cr) / 1024);
    rgb[2] = clip(y + 1814 * cb / 1024);
}

void Decoder::colour_unit(uint8_t *rgb) const {
    const int width = m_columns * 8;
    const int16_t *cb = m_samples[m_columns * m_rows];
    const int16_t *cr = m_samples[m_components == 3 ? m_columns * m_rows + 1 : 0];
    for (int y = 0; y < m_rows * 8; y++) {
        for (int x = 0; x < width; x++, rgb += 3) {
            const int16_t *luma = m_samples[(y >> 3) * m_columns + (x >> 3)];
            const int chroma = (y >> (m_rows - 1)) * 8 + (x >> (m_columns - 1));
            colour_pixel(luma[(y & 7) * 8 + (x & 7)], cb[chroma], cr[chroma], rgb);
        }
    }
}

// One pixel of each block: its average is its first coefficient.
void Decoder::colour_unit_of_averages(uint8_t *rgb) const {
    const int luma = m_columns * m_rows;
    for (int i = 0; i < luma; i++, rgb += 3) {
        colour_pixel(m_samples[i][0], m_samples[luma][0], m_samples[m_components == 3 ? luma + 1 : 0][0], rgb);
    }
}

namespace {

/** Squares of pixels become their averages, in place. */
void reduce(uint8_t *rgb, int width, int height, int scale) {
    const int edge = 1 << scale;
    uint8_t *out = rgb;
    for (int y = 0; y < height; y += edge) {
        for (int x = 0; x < width; x += edge) {
            for (int c = 0; c < 3; c++) {
                int sum = 0;
                for (int i = 0; i < edge * edge; i++) {
                    sum += rgb[((y + i / edge) * width + x + i % edge) * 3 + c];
                }
                *out++ = static_cast<uint8_t>(sum >> (2 * scale));
            }
        }
    }
}

}  // namespace

Result Decoder::decode(int scale, Sink sink, void *user) {
    if (scale < 0 || scale > 3) {
        return fail(Result::BAD_PARAMETER, "out_scale is none of JPEG_IMAGE_SCALE_0 to _1_8");
    }
    m_scale = scale;
    const int unit_width = m_columns * 8, unit_height = m_rows * 8;
    unsigned until_restart = m_restart_interval, restarts = 0;
    for (int y = 0; y < m_height; y += unit_height) {
        for (int x = 0; x < m_width; x += unit_width, until_restart--) {
            if (m_restart_interval != 0 && until_restart == 0) {
                const Result result = m_bits.read_restart(restarts++);
                if (result != Result::OK) {
                    return fail(result, "damaged: a restart marker is missing");
                }
                for (Component &component : m_component) {
                    component.last_dc = 0;
                }
                until_restart = m_restart_interval;
            }
            const Result result = decode_unit();
            if (result != Result::OK) {
                return result;
            }
            const int width = std::min(unit_width, m_width - x) >> scale;
            const int height = std::min(unit_height, m_height - y) >> scale;
            if (width == 0 || height == 0) {
                continue;
            }
            uint8_t rgb[UNIT_PIXELS * 3];
            if (scale == 3) {
                colour_unit_of_averages(rgb);
            } else {
                colour_unit(rgb);
                if (scale != 0) {
                    reduce(rgb, unit_width, unit_height, scale);
                }
            }
            // What lies beyond the picture's right edge goes.
            const int have = unit_width >> scale;
            for (int row = 1; row < height && width < have; row++) {
                std::memmove(rgb + row * width * 3, rgb + row * have * 3, static_cast<size_t>(width) * 3);
            }
            sink(user, {x >> scale, y >> scale, width, height}, rgb);
        }
    }
    return Result::OK;
}

}  // namespace tiny_jpeg
