#include "dl_image_jpeg_avx2.hpp"

#include <immintrin.h>

#include "dl_image_jpeg_scan_kernels.hpp"

namespace dl {
namespace image {
namespace jpeg_chip {

namespace {

inline __m256i times(__m256i x, int constant) {
    return _mm256_srai_epi32(_mm256_mullo_epi32(x, _mm256_set1_epi32(constant)), 8);
}
inline __m256i add(__m256i a, __m256i b) {
    return _mm256_add_epi32(a, b);
}
inline __m256i sub(__m256i a, __m256i b) {
    return _mm256_sub_epi32(a, b);
}

// Do the butterfly of dl_image_jpeg_chip.cpp, for eight columns at once.
inline void butterfly(__m256i (&x)[8]) {
    const __m256i t0 = add(x[0], x[4]);
    const __m256i t1 = sub(x[0], x[4]);
    const __m256i t3 = add(x[2], x[6]);
    const __m256i t2 = sub(times(sub(x[2], x[6]), 362), t3);
    const __m256i e0 = add(t0, t3);
    const __m256i e3 = sub(t0, t3);
    const __m256i e1 = add(t1, t2);
    const __m256i e2 = sub(t1, t2);

    const __m256i z13 = add(x[5], x[3]);
    const __m256i z10 = sub(x[5], x[3]);
    const __m256i z11 = add(x[1], x[7]);
    const __m256i z12 = sub(x[1], x[7]);
    const __m256i o7 = add(z11, z13);
    const __m256i t11 = times(sub(z11, z13), 362);
    const __m256i z5 = times(add(z10, z12), 473);
    const __m256i t10 = sub(z5, times(z12, 277));
    const __m256i t12 = sub(z5, times(z10, 669));
    const __m256i o6 = sub(t12, o7);
    const __m256i o5 = sub(t11, o6);
    const __m256i o4 = sub(t10, o5);

    x[0] = add(e0, o7);
    x[7] = sub(e0, o7);
    x[1] = add(e1, o6);
    x[6] = sub(e1, o6);
    x[2] = add(e2, o5);
    x[5] = sub(e2, o5);
    x[3] = add(e3, o4);
    x[4] = sub(e3, o4);
}

inline void transpose(__m256i (&x)[8]) {
    __m256i pairs[8], fours[8];
    DL_JPEG_UNROLL
    for (int i = 0; i < 4; i++) {
        pairs[2 * i] = _mm256_unpacklo_epi32(x[2 * i], x[2 * i + 1]);
        pairs[2 * i + 1] = _mm256_unpackhi_epi32(x[2 * i], x[2 * i + 1]);
    }
    DL_JPEG_UNROLL
    for (int i = 0; i < 2; i++) {
        DL_JPEG_UNROLL
        for (int j = 0; j < 2; j++) {
            fours[4 * i + 2 * j] = _mm256_unpacklo_epi64(pairs[4 * i + j], pairs[4 * i + 2 + j]);
            fours[4 * i + 2 * j + 1] = _mm256_unpackhi_epi64(pairs[4 * i + j], pairs[4 * i + 2 + j]);
        }
    }
    DL_JPEG_UNROLL
    for (int i = 0; i < 4; i++) {
        x[i] = _mm256_permute2x128_si256(fours[i], fours[4 + i], 0x20);
        x[4 + i] = _mm256_permute2x128_si256(fours[i], fours[4 + i], 0x31);
    }
}

// Turn four columns of samples into rows. Each row has 32 bits: rows 0 to 3 are in the lower half, 4 to 7 in the upper.
inline __m256i to_rows(__m256i a, __m256i b, __m256i c, __m256i d) {
    const __m256i columns = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    const __m256i turn = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,  //
                                          0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    return _mm256_shuffle_epi8(columns, turn);
}

inline void store_rows(__m128i rows, uint8_t *out, size_t stride) {
    _mm_storel_epi64(reinterpret_cast<__m128i *>(out), rows);
    _mm_storel_epi64(reinterpret_cast<__m128i *>(out + stride), _mm_unpackhi_epi64(rows, rows));
}

template <bool Narrow>
inline void inverse_dct_avx2(const int16_t *coefficients, const QuantTable &table, uint8_t *out, size_t stride) {
    __m256i x[8];
    DL_JPEG_UNROLL
    for (int i = 0; i < 8; i++) {
        const __m256i row =
            _mm256_cvtepi16_epi32(_mm_load_si128(reinterpret_cast<const __m128i *>(coefficients + 8 * i)));
        const __m256i scale = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(table.value + 8 * i));
        // A narrow scale fits 16 bits. Each 32-bit lane is two products: the lower 16 bits times the scale, the upper
        // ones times zero.
        x[i] = Narrow ? _mm256_madd_epi16(row, scale) : _mm256_mullo_epi32(row, scale);
    }
    butterfly(x);
    transpose(x);
    butterfly(x);
    DL_JPEG_UNROLL
    for (int i = 0; i < 8; i++) {
        x[i] = _mm256_add_epi32(_mm256_srai_epi32(x[i], 5), _mm256_set1_epi32(128));
    }
    const __m256i left = to_rows(x[0], x[1], x[2], x[3]);
    const __m256i right = to_rows(x[4], x[5], x[6], x[7]);
    const __m256i even = _mm256_unpacklo_epi32(left, right);  // rows 0 and 1, and in the upper half 4 and 5
    const __m256i odd = _mm256_unpackhi_epi32(left, right);
    store_rows(_mm256_castsi256_si128(even), out, stride);
    store_rows(_mm256_castsi256_si128(odd), out + 2 * stride, stride);
    store_rows(_mm256_extracti128_si256(even, 1), out + 4 * stride, stride);
    store_rows(_mm256_extracti128_si256(odd, 1), out + 6 * stride, stride);
}

void flat_block_avx2(int16_t dc, const QuantTable &table, uint8_t *out, size_t stride) {
    const int32_t sample =
        (static_cast<int32_t>(static_cast<uint32_t>(dc) * static_cast<uint32_t>(table.value[0])) >> 5) + 128;
    const __m128i row = _mm_set1_epi8(static_cast<char>(sample < 0 ? 0 : sample > 255 ? 255 : sample));
    for (int y = 0; y < 8; y++) {
        _mm_storel_epi64(reinterpret_cast<__m128i *>(out + static_cast<size_t>(y) * stride), row);
    }
}

bool read_row_avx2(ScanState &scan) {
    bool narrow = true;
    for (int i = 0; i < scan.component_count; i++) {
        narrow = narrow && scan.component[i].quant->is_narrow;
    }
    return narrow ? read_row_with(scan, inverse_dct_avx2<true>, flat_block_avx2)
                  : read_row_with(scan, inverse_dct_avx2<false>, flat_block_avx2);
}

// Load the chroma samples of 16 pixels: one for each pixel.
template <int Shift>
inline __m128i load_chroma(const uint8_t *samples, int x) {
    if constexpr (Shift == 2) {
        int four;
        __builtin_memcpy(&four, samples + (x >> 2), 4);
        const __m128i pairs = _mm_unpacklo_epi8(_mm_cvtsi32_si128(four), _mm_cvtsi32_si128(four));
        return _mm_unpacklo_epi16(pairs, pairs);
    } else if constexpr (Shift == 1) {
        const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(samples + (x >> 1)));
        return _mm_unpacklo_epi8(eight, eight);
    } else {
        const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i *>(samples + x));
        return Shift == 0 ? all
                          : _mm_shuffle_epi8(all, _mm_setr_epi8(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14));
    }
}

// Return what chroma adds to green, in 32 bits, for eight interleaved pairs of Cb and Cr.
template <bool P4>
inline __m256i green_part(__m256i chroma) {
    if constexpr (P4) {
        const __m256i sum = _mm256_madd_epi16(chroma, _mm256_set1_epi32(2925 << 16 | 1409));
        return _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_srai_epi32(sum, 12));
    } else {
        const __m256i sum = _mm256_madd_epi16(
            chroma, _mm256_set1_epi32(static_cast<int>(static_cast<uint32_t>(-2925) << 16 | (-1409 & 0xFFFF))));
        return _mm256_srai_epi32(sum, 12);
    }
}

// Return y + add for 16 pixels, limited to 0 to 255.
inline __m128i clipped_sum(__m256i y, __m256i add) {
    const __m256i sum = _mm256_add_epi16(y, add);
    return _mm_packus_epi16(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

// Masks for a shuffle that spreads 16 values of a channel over 48 bytes, in which three channels alternate. Each mask
// makes 16 of the bytes.
struct Spread {
    alignas(16) uint8_t from[3][3][16];  // [channel][third]
    constexpr Spread() : from() {
        for (int channel = 0; channel < 3; channel++) {
            for (int i = 0; i < 48; i++) {
                from[channel][i / 16][i % 16] = i % 3 == channel ? static_cast<uint8_t>(i / 3) : 0x80;
            }
        }
    }
    __m128i spread(__m128i values, int channel, int third) const {
        return _mm_shuffle_epi8(values, _mm_load_si128(reinterpret_cast<const __m128i *>(from[channel][third])));
    }
};
constexpr Spread SPREAD;

template <bool P4>
inline void convert_16(__m128i y, __m128i cb, __m128i cr, uint8_t *rgb) {
    const __m256i luma = _mm256_cvtepu8_epi16(y);
    const __m256i b = _mm256_sub_epi16(_mm256_cvtepu8_epi16(cb), _mm256_set1_epi16(128));
    const __m256i r = _mm256_sub_epi16(_mm256_cvtepu8_epi16(cr), _mm256_set1_epi16(128));
    // mulhi() shifts a product right by 16. With 16 times the value, the result is the product shifted by 12.
    const __m256i add_red = _mm256_mulhi_epi16(_mm256_slli_epi16(r, 4), _mm256_set1_epi16(5742));
    const __m256i add_blue = _mm256_mulhi_epi16(_mm256_slli_epi16(b, 4), _mm256_set1_epi16(7258));
    const __m256i add_green =
        _mm256_packs_epi32(green_part<P4>(_mm256_unpacklo_epi16(b, r)), green_part<P4>(_mm256_unpackhi_epi16(b, r)));
    const __m128i red = clipped_sum(luma, add_red);
    const __m128i green = clipped_sum(luma, add_green);
    const __m128i blue = clipped_sum(luma, add_blue);
    for (int third = 0; third < 3; third++) {
        const __m128i mixed = _mm_or_si128(SPREAD.spread(red, 0, third), SPREAD.spread(green, 1, third));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(rgb + 16 * third),
                         _mm_or_si128(mixed, SPREAD.spread(blue, 2, third)));
    }
}

template <bool P4, int Shift>
void convert(const uint8_t *y, const ChromaRow &chroma, int n, uint8_t *rgb) {
    int x = 0;
    for (; x + 16 <= n; x += 16) {
        convert_16<P4>(_mm_loadu_si128(reinterpret_cast<const __m128i *>(y + x)), load_chroma<Shift>(chroma.cb, x),
                       load_chroma<Shift>(chroma.cr, x), rgb + 3 * static_cast<size_t>(x));
    }
    if (x < n) {
        // The last pixels, fewer than 16, are converted in copies that are long enough.
        constexpr int COARSE = Shift > 0 ? Shift : 0;
        const size_t rest = static_cast<size_t>(n - x),
                     samples = static_cast<size_t>((n - 1) >> COARSE) - static_cast<size_t>(x >> COARSE) + 1;
        uint8_t luma[16] = {}, cb[16] = {}, cr[16] = {}, pixels[48];
        __builtin_memcpy(luma, y + x, rest);
        __builtin_memcpy(cb, chroma.cb + (x >> COARSE), samples);
        __builtin_memcpy(cr, chroma.cr + (x >> COARSE), samples);
        convert_16<P4>(_mm_loadu_si128(reinterpret_cast<const __m128i *>(luma)), load_chroma<Shift>(cb, 0),
                       load_chroma<Shift>(cr, 0), pixels);
        __builtin_memcpy(rgb + 3 * static_cast<size_t>(x), pixels, 3 * rest);
    }
}

template <bool P4>
void convert_any(const uint8_t *y, const ChromaRow &chroma, int n, uint8_t *rgb) {
    switch (chroma.shift) {
        case -1:
            return convert<P4, -1>(y, chroma, n, rgb);
        case 0:
            return convert<P4, 0>(y, chroma, n, rgb);
        case 1:
            return convert<P4, 1>(y, chroma, n, rgb);
        default:
            return convert<P4, 2>(y, chroma, n, rgb);
    }
}

void ycc_to_rgb_avx2(const uint8_t *y, const ChromaRow &chroma, int n, target_t target, uint8_t *rgb) {
    if (target == TARGET_ESP32P4) {
        convert_any<true>(y, chroma, n, rgb);
    } else {
        convert_any<false>(y, chroma, n, rgb);
    }
}

}  // namespace

const ScanKernels avx2_scan_kernels = {read_row_avx2, ycc_to_rgb_avx2};

}  // namespace jpeg_chip
}  // namespace image
}  // namespace dl
