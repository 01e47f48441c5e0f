/**
 * @file dl_image_jpeg_chip.hpp
 * The arithmetic of the chips' JPEG decoder after entropy decoding: dequantization, inverse DCT, chroma, colour. Bit
 * for bit; its rounding differs from libjpeg's. All integers are 32 bit and wrap, `>>` is arithmetic.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "dl_target.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

/** A quantization table times the scale factors of the AAN transform, 12 fractional bits less. Row by row. */
struct QuantTable {
    int32_t value[64];
    bool is_narrow;  ///< no value is negative or has more than 15 bits: true of quantization tables of 8 bits
};

/** @param quant 64 values, row by row */
QuantTable scale_quant_table(const uint16_t *quant);

/**
 * One block of 8x8 samples.
 * @param coefficients 64 quantized coefficients, row by row
 * @param out top-left sample; rows are `stride` bytes apart
 */
void inverse_dct(const int16_t *coefficients, const QuantTable &table, uint8_t *out, size_t stride);

/** A row of samples of one component, as far as a row of pixels needs it. */
struct ChromaRow {
    const uint8_t *cb;
    const uint8_t *cr;
    int shift;  ///< pixel x uses chroma sample x >> shift; -1: 4:4:4, which uses sample x & ~1
};

/** n pixels to RGB888. ESP32-P4 rounds green differently from the others. */
void ycc_to_rgb(const uint8_t *y, const ChromaRow &chroma, int n, target_t target, uint8_t *rgb);

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
