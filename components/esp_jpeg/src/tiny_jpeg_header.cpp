#include <cstring>

#include "tiny_jpeg.hpp"

namespace tiny_jpeg {

namespace {

// Second bytes of markers.
enum : int {
    SOF0 = 0xC0,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    SOF15 = 0xCF,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    DRI = 0xDD,
};

int read_16(const uint8_t *p) {
    return p[0] << 8 | p[1];
}

// The tables that the standard recommends (ITU-T T.81, K.3): what cameras leave out.
const HuffmanTable luma_dc = {true, {0, 1, 5, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
const HuffmanTable chroma_dc = {true, {0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
const HuffmanTable luma_ac = {
    true,
    {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d},
    {0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
     0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
     0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
     0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
     0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
     0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
     0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
     0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
     0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa}};
const HuffmanTable chroma_ac = {
    true,
    {0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77},
    {0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
     0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
     0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
     0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
     0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
     0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
     0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
     0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
     0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa}};

}  // namespace

bool find_frame(const uint8_t *data, size_t size, Frame &frame) {
    if (size < 2 || data[0] != 0xFF || data[1] != SOI) {
        return false;
    }
    size_t at = 2;
    while (size - at >= 4 && data[at] == 0xFF) {
        const int marker = data[at + 1];
        const size_t length = static_cast<size_t>(read_16(data + at + 2));
        if (length < 2 || marker == SOS || size - at - 2 < length) {
            return false;
        }
        if (marker == SOF0) {
            if (length < 7) {
                return false;
            }
            frame = {static_cast<uint16_t>(read_16(data + at + 7)), static_cast<uint16_t>(read_16(data + at + 5))};
            return true;
        }
        at += 2 + length;
    }
    return false;
}

bool Decoder::reserve(size_t bytes) {
    const size_t rounded = (bytes + 3) & ~static_cast<size_t>(3);
    if (rounded > m_room) {
        return false;
    }
    m_room -= rounded;
    return true;
}

Result Decoder::prepare(const uint8_t *data, size_t size, size_t work_size) {
    m_data = data;
    m_bits = BitReader(data, data, false);
    m_room = work_size;
    if (!reserve(static_cast<size_t>(m_options.stream_buffer))) {
        return fail(Result::NO_MEMORY, "the working buffer is too small");
    }
    if (size < 2) {
        return fail(Result::INPUT_ENDED, "the data end before the picture");
    }
    if (data[0] != 0xFF || data[1] != SOI) {
        return fail(Result::BAD_FORMAT, "no JPEG: it does not begin with FF D8");
    }
    size_t at = 2;
    for (;;) {
        if (size - at < 4) {
            return fail(Result::INPUT_ENDED, "the data end before the picture");
        }
        const int marker = data[at + 1];
        const size_t length = static_cast<size_t>(read_16(data + at + 2));
        if (data[at] != 0xFF || length <= 2) {
            return fail(Result::BAD_FORMAT, "damaged: there is no marker where one must be");
        }
        at += 4;
        if (size - at < length - 2) {
            return fail(Result::INPUT_ENDED, "the data end before the picture");
        }
        const Result result = read_segment(marker, data + at, length - 2);
        at += length - 2;
        if (result != Result::OK || marker == SOS) {
            m_bits = BitReader(data + at, data + size, !m_options.is_rom && m_options.fast_decode > 0);
            return result;
        }
    }
}

Result Decoder::read_segment(int marker, const uint8_t *payload, size_t size) {
    switch (marker) {
        case SOF0:
            return read_frame(payload, size);
        case DRI:
            if (size < 2) {
                return fail(Result::BAD_FORMAT, "damaged: the restart interval");
            }
            m_restart_interval = static_cast<unsigned>(read_16(payload));
            return Result::OK;
        case DHT:
            return read_huffman_tables(payload, size);
        case DQT:
            return read_quant_tables(payload, size);
        case SOS:
            return read_scan_header(payload, size);
        case EOI:
            return fail(Result::NOT_SUPPORTED, "it has no picture");
        case JPG:
        case DAC:
            return Result::OK;
        default:
            if (marker > SOF0 && marker <= SOF15) {
                return fail(Result::NOT_SUPPORTED, "no baseline JPEG (progressive, for example)");
            }
            return Result::OK;
    }
}

Result Decoder::read_frame(const uint8_t *payload, size_t size) {
    if (size < 6) {
        return fail(Result::BAD_FORMAT, "damaged: the frame's header");
    }
    m_height = read_16(payload + 1);
    m_width = read_16(payload + 3);
    m_components = payload[5];
    if (m_components != 3 && (m_components != 1 || m_options.is_rom)) {
        return fail(Result::NOT_SUPPORTED, m_components == 1 ? "grey: the decoder in ROM takes colours only"
                                                             : "it has neither one component nor three");
    }
    if (size < 6 + 3 * static_cast<size_t>(m_components)) {
        return fail(Result::BAD_FORMAT, "damaged: the frame's header");
    }
    for (int i = 0; i < m_components; i++) {
        const int sampling = payload[7 + 3 * i];
        if (i == 0) {
            if (sampling != 0x11 && sampling != 0x21 && sampling != 0x22) {
                return fail(Result::NOT_SUPPORTED, "its chroma is neither 4:4:4, 4:2:2 nor 4:2:0");
            }
            m_columns = sampling >> 4;
            m_rows = sampling & 15;
        } else if (sampling != 0x11) {
            return fail(Result::NOT_SUPPORTED, "its chroma is neither 4:4:4, 4:2:2 nor 4:2:0");
        }
        m_component[i].quant = payload[8 + 3 * i];
        if (m_component[i].quant > 3) {
            return fail(Result::NOT_SUPPORTED, "a component names a quantization table above 3");
        }
    }
    return Result::OK;
}

Result Decoder::read_quant_tables(const uint8_t *payload, size_t size) {
    while (size > 0) {
        if (size < 65 || payload[0] > 15) {
            return fail(Result::BAD_FORMAT, "damaged: a quantization table, or one of 16 bits");
        }
        const int number = payload[0] & 3;
        if (!reserve(64 * sizeof(int32_t))) {
            return fail(Result::NO_MEMORY, "the working buffer is too small");
        }
        for (int i = 0; i < 64; i++) {
            m_quant[number][zigzag[i]] = static_cast<int32_t>(payload[1 + i] * scale_factor(zigzag[i]));
        }
        m_has_quant[number] = true;
        payload += 65;
        size -= 65;
    }
    return Result::OK;
}

Result Decoder::read_huffman_tables(const uint8_t *payload, size_t size) {
    while (size > 0) {
        if (size < 17 || (payload[0] & 0xEE) != 0) {
            return fail(Result::BAD_FORMAT, "damaged: a Huffman table");
        }
        const int type = payload[0] >> 4;
        HuffmanTable &table = m_huffman[payload[0] & 1][type];
        size_t codes = 0;
        for (int i = 0; i < 16; i++) {
            table.count[i] = payload[1 + i];
            codes += payload[1 + i];
        }
        if (size - 17 < codes || codes > sizeof(table.symbols)) {
            return fail(Result::BAD_FORMAT, "damaged: a Huffman table");
        }
        if (!reserve(16) || !reserve(codes * 2) || !reserve(codes)) {
            return fail(Result::NO_MEMORY, "the working buffer is too small");
        }
        for (size_t i = 0; i < codes; i++) {
            table.symbols[i] = payload[17 + i];
            if (type == 0 && table.symbols[i] > 11) {
                return fail(Result::BAD_FORMAT, "damaged: a Huffman table");
            }
        }
        table.is_defined = true;
        payload += 17 + codes;
        size -= 17 + codes;
    }
    return Result::OK;
}

void Decoder::use_default_tables() {
    const HuffmanTable *tables[2][2] = {{&luma_dc, &luma_ac}, {&chroma_dc, &chroma_ac}};
    for (int i = 0; i < 2; i++) {
        for (int type = 0; type < 2; type++) {
            if (!m_huffman[i][type].is_defined) {
                m_huffman[i][type] = *tables[i][type];
            }
        }
    }
}

Result Decoder::read_scan_header(const uint8_t *payload, size_t size) {
    if (m_width == 0 || m_height == 0) {
        return fail(Result::BAD_FORMAT, "damaged: the scan begins before the picture's size is known");
    }
    if (payload[0] != m_components) {
        return fail(Result::NOT_SUPPORTED, "its components are in several scans");
    }
    if (size < 1 + 2 * static_cast<size_t>(m_components)) {
        return fail(Result::BAD_FORMAT, "damaged: the scan's header");
    }
    if (m_options.has_default_huffman) {
        use_default_tables();
    }
    for (int i = 0; i < m_components; i++) {
        const int tables = payload[2 + 2 * i];
        if (tables != 0x00 && tables != 0x11) {
            return fail(Result::NOT_SUPPORTED, "a component's two Huffman tables have different numbers");
        }
        const HuffmanTable *huffman = m_huffman[i ? 1 : 0];
        if (!huffman[0].is_defined || !huffman[1].is_defined) {
            return fail(Result::BAD_FORMAT,
                        "it has no Huffman tables (CONFIG_JD_DEFAULT_HUFFMAN supplies the standard's)");
        }
        if (!m_has_quant[m_component[i].quant]) {
            return fail(Result::BAD_FORMAT, "damaged: a quantization table is missing");
        }
    }
    const size_t blocks = static_cast<size_t>(m_columns) * static_cast<size_t>(m_rows);
    const size_t pixels = blocks * 64 * 2 + 64;
    const size_t sample_bytes = !m_options.is_rom && m_options.fast_decode > 0 ? sizeof(int16_t) : 1;
    if (!reserve(pixels < 256 ? 256 : pixels) || !reserve((blocks + 2) * 64 * sample_bytes)) {
        return fail(Result::NO_MEMORY, "the working buffer is too small");
    }
    return Result::OK;
}

}  // namespace tiny_jpeg
