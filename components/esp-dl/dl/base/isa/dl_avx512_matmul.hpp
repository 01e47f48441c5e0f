/**
 * @file dl_avx512_matmul.hpp
 * Packing the B of a product of two variables with AVX-512.
 */
#pragma once

#include <immintrin.h>

#include "dl_avx512_epilogue.hpp"
#include "dl_tile_matmul.hpp"

namespace dl {
namespace base {
namespace {

/** Pack the B of one batch, see pack_columns(). */
inline void avx512_pack_b(const MatmulArgs &args, const int8_t *b, ConvArgs &conv) {
    // The register has four rows of 16 columns; packed weights have the four elements of a column side by side.
    const __m512i order = _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400);
    const __m512i dwords = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    pack_columns<4>(
        args, b, conv, [&](const int8_t *from, int rows, uint8_t *to) __attribute__((always_inline)) {
            const __m512i bytes =
                rows == 4 ? _mm512_loadu_si512(from) : _mm512_maskz_loadu_epi8(first_lanes(rows * 16), from);
            _mm512_store_si512(to, _mm512_shuffle_epi8(_mm512_permutexvar_epi32(dwords, bytes), order));
        });
}

/** Staging adds 128 to each activation, which adds 128 times a column's elements to its sum: take that off the column's
 * bias. */
inline void avx512_pack_bias(const MatmulArgs &args, ConvArgs &conv) {
    const __m512i ones = _mm512_set1_epi8(1);
    const int half = args.shift > 0 ? 1 << (args.shift - 1) : 0;
    const int steps = state_of<TiledConv>(conv).plan.run_padded / 4;
    for (int block = 0; block < state_of<TiledConv>(conv).plan.blocks; block++) {
        const uint8_t *b = state_of<TiledConv>(conv).packed.data() + static_cast<size_t>(block) * steps * 64;
        __m512i sum = _mm512_setzero_si512();
        for (int i = 0; i < steps; i++) {
            avx512_add_products(sum, ones, _mm512_load_si512(b + i * 64));
        }
        const __m512i bias = _mm512_sub_epi32(_mm512_set1_epi32(half), _mm512_slli_epi32(sum, 7));
        _mm512_storeu_si512(state_of<Int8Conv>(conv).bias.data() + block * 16, bias);
    }
}

/** Compute all products with the batches [begin, end) of B. @tparam FLIPPED the convolution's staging adds 128 to the
 * activations */
template <bool FLIPPED>
inline void avx512_matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches(args, begin, end, convolve, [&](const int8_t *b, ConvArgs &conv) {
        avx512_pack_b(args, b, conv);
        if (FLIPPED) {
            avx512_pack_bias(args, conv);
        }
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
