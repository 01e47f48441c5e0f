/**
 * @file dl_image_jpeg_chip.hpp
 * The arithmetic of the chips' JPEG decoder behind entropy decoding, bit for bit: dequantization, inverse DCT, chroma,
 * colour. It rounds otherwise than libjpeg. All integers have 32 bits and wrap around; `>>` keeps the sign.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "dl_target.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

/**
 * A quantization table, row by row. Each value is multiplied by the scale factor of the AAN transform and shifted right
 * by 12.
 */
struct QuantTable {
    int32_t value[64];
    bool is_narrow;  ///< whether every value is from 0 to 32767, as for every table of 8 bits
};

/** Return the table for inverse_dct(). @param quant 64 values, row by row */
QuantTable scale_quant_table(const uint16_t *quant);

/**
 * Compute a block of 8x8 samples.
 * @param coefficients 64 quantized coefficients, row by row
 * @param out the top-left sample. Rows are `stride` bytes apart
 */
void inverse_dct(const int16_t *coefficients, const QuantTable &table, uint8_t *out, size_t stride);

/** The chroma samples of a row of pixels. */
struct ChromaRow {
    const uint8_t *cb;
    const uint8_t *cr;
    int shift;  ///< pixel x uses chroma sample x >> shift. With shift -1 (4:4:4), it uses sample x & ~1
};

/** Convert n pixels to RGB888. ESP32-P4 rounds green otherwise than the other chips. */
void ycc_to_rgb(const uint8_t *y, const ChromaRow &chroma, int n, target_t target, uint8_t *rgb);

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
