/**
 * @file dl_tile_matmul_words.hpp
 * Packing the B of a product of two int16 variables. Vectors of 8 words serve every instruction set.
 */
#pragma once

#if defined(__ARM_NEON)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include <cstring>

#include "dl_tile_matmul.hpp"

namespace dl {
namespace base {
namespace {

/** Interleave two rows of 8 columns: the elements of a column become neighbours. @param b nullptr: a row of zeros */
inline void put_pair(int16_t *to, const int16_t *a, const int16_t *b) {
#if defined(__ARM_NEON)
    const int16x8_t first = vld1q_s16(a), second = b ? vld1q_s16(b) : vdupq_n_s16(0);
    vst1q_s16(to, vzip1q_s16(first, second));
    vst1q_s16(to + 8, vzip2q_s16(first, second));
#else
    const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i *>(a));
    const __m128i second = b ? _mm_loadu_si128(reinterpret_cast<const __m128i *>(b)) : _mm_setzero_si128();
    _mm_storeu_si128(reinterpret_cast<__m128i *>(to), _mm_unpacklo_epi16(first, second));
    _mm_storeu_si128(reinterpret_cast<__m128i *>(to) + 1, _mm_unpackhi_epi16(first, second));
#endif
}

/** Pack the B of one batch in the order of pack_conv_weights<int16_t, int16_t>(conv, 2). The rows beyond k are zeros
 * since prepare_word_convs(), and stay so. */
inline void pack_words(const MatmulArgs &args, const int16_t *b, ConvArgs &conv) {
    const int n = args.n, k = args.k;
    const int whole = args.layout == WEIGHT_LAYOUT_BLOCKED ? n / 8 * 8 : 0;
    int16_t *packed = reinterpret_cast<int16_t *>(state_of<TiledConv>(conv).packed.data());
    for (int column = 0; column < n; column += column < whole ? 8 : 1) {
        const int16_t *from = b + static_cast<size_t>(column) * k;
        int16_t *to = packed + static_cast<size_t>(column) / 16 * state_of<TiledConv>(conv).plan.run_padded * 16 +
                      column % 16 * 2;
        if (column < whole) {
            int i = 0;
            for (; i + 2 <= k; i += 2, to += 32) {
                put_pair(to, from + i * 8, from + i * 8 + 8);
            }
            if (i < k) {
                put_pair(to, from + i * 8, nullptr);
            }
        } else {
            int i = 0;
            for (; i + 2 <= k; i += 2, to += 32) {
                memcpy(to, from + i, 4);
            }
            if (i < k) {
                to[0] = from[i];
            }
        }
    }
}

/** Compute all products with the batches [begin, end) of B, by convolutions that fold. @param folds finds the folds of
 * packed weights, see mark_folds() */
inline void matmul_words(const MatmulArgs &args, int begin, int end, void (*folds)(ConvArgs &),
                         void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches<int16_t>(args, begin, end, convolve, [&](const int16_t *b, ConvArgs &conv) {
        pack_words(args, b, conv);
        folds(conv);
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
