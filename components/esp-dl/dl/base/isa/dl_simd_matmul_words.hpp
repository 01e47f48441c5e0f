/**
 * @file dl_simd_matmul_words.hpp
 * Bringing a variable B of int16 into the order of packed weights, see pack_conv_int16(). Included once per instruction
 * set; AVX2 is enough for all.
 */
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "dl_base_matmul.hpp"

namespace dl {
namespace base {
namespace {

/** Where the packed B of one batch goes. @tparam Coarse type of the high parts */
template <typename Coarse>
struct PackedWords {
    static constexpr int GROUP = 4 / sizeof(Coarse);
    int16_t *words;
    Coarse *high;

    PackedWords(ConvArgs &conv, int column) {
        const size_t block = (size_t)conv.plan.run_padded * 16;
        const size_t at = column / 16 * block;
        words = reinterpret_cast<int16_t *>(conv.packed.data()) + at + column % 16 * 2;
        high = reinterpret_cast<Coarse *>(reinterpret_cast<int16_t *>(conv.packed.data()) + conv.plan.blocks * block) +
               at + column % 16 * GROUP;
    }

    /** Rows i to i + 3 of 8 columns. @return sum of their high parts, 8 of 16 bits */
    __m128i put(int i, const __m128i (&rows)[4]) {
        __m128i high_rows[4];
        for (int j = 0; j < 4; j++) {
            high_rows[j] = _mm_srai_epi16(_mm_adds_epi16(rows[j], _mm_set1_epi16(128)), 8);
        }
        for (int j = 0; j < 4; j += 2) {
            put_pair(words + (i + j) * 16, rows[j], rows[j + 1]);
        }
        if constexpr (sizeof(Coarse) == 2) {
            for (int j = 0; j < 4; j += 2) {
                put_pair(high + (i + j) * 16, high_rows[j], high_rows[j + 1]);
            }
        } else {
            const __m128i first = bytes_of_pair(high_rows[0], high_rows[1]);
            const __m128i second = bytes_of_pair(high_rows[2], high_rows[3]);
            __m128i *to = reinterpret_cast<__m128i *>(high + i * 16);
            _mm_storeu_si128(to, _mm_unpacklo_epi16(first, second));
            _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(first, second));
        }
        return _mm_add_epi16(_mm_add_epi16(high_rows[0], high_rows[1]), _mm_add_epi16(high_rows[2], high_rows[3]));
    }

    /** Row i of one column. @return its high part */
    int put(int i, int value) {
        const int part = std::min((value + 128) >> 8, 127);
        words[i / 2 * 32 + i % 2] = (int16_t)value;
        high[i / GROUP * 16 * GROUP + i % GROUP] = (Coarse)part;
        return part;
    }

private:
    static void put_pair(int16_t *to, __m128i a, __m128i b) {
        _mm_storeu_si128(reinterpret_cast<__m128i *>(to), _mm_unpacklo_epi16(a, b));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(to) + 1, _mm_unpackhi_epi16(a, b));
    }
    static __m128i bytes_of_pair(__m128i a, __m128i b) {
        return _mm_packs_epi16(_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b));
    }
};

/** B of one batch, in its layout. Rows beyond k are zeros already and stay so. The sums of high parts of each segment
 * go to its place in packed_bias. */
template <typename Coarse>
void pack_words(const MatmulArgs &args, const int16_t *b, ConvArgs &conv) {
    const int n = args.n, k = args.k;
    const int whole = args.layout == WEIGHT_LAYOUT_BLOCKED ? n / 8 * 8 : 0;
    const size_t padded = conv.plan.blocks * 16;
    const int segments = (int)conv.segments.size() / 4;
    for (int column = 0; column < n; column += column < whole ? 8 : 1) {
        PackedWords<Coarse> to(conv, column);
        const int16_t *from = b + (size_t)column * k;
        for (int s = 0; s < segments; s++) {
            const int first = conv.segments[4 * s + 1], end = std::min(k, first + conv.segments[4 * s + 2]);
            int32_t *sums = conv.packed_bias.data() + 2 * s * padded + column;
            if (column < whole) {
                __m128i sum = _mm_setzero_si128();
                for (int i = first; i < end; i += 4) {
                    __m128i rows[4];
                    for (int j = 0; j < 4; j++) {
                        rows[j] = i + j < k ? _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + (i + j) * 8))
                                            : _mm_setzero_si128();
                    }
                    sum = _mm_add_epi16(sum, to.put(i, rows));
                }
                _mm256_storeu_si256(reinterpret_cast<__m256i *>(sums), _mm256_cvtepi16_epi32(sum));
            } else {
                *sums = 0;
                for (int i = first; i < end; i++) {
                    *sums += to.put(i, from[i]);
                }
            }
        }
    }
}

/** From sums of high parts to what pack_conv_int16() puts there. */
inline void pack_word_constants(const MatmulArgs &args, int coarse_zero, ConvArgs &conv) {
    const size_t padded = conv.plan.blocks * 16;
    const size_t segments = conv.segments.size() / 4;
    const int64_t half = args.shift > 0 ? INT64_C(1) << (args.shift - 1) : 0;
    for (int o = 0; o < args.n; o++) {
        int64_t begin = half;
        for (size_t s = 0; s < segments; s++) {
            int32_t *at = conv.packed_bias.data() + 2 * s * padded + o;
            const int32_t sum = at[0];
            at[0] = -32768 * sum;
            at[padded] = -coarse_zero * sum;
            begin += sum * INT64_C(32768);
        }
        if (conv.fine_shifts) {
            conv.packed_wide[o / 16 * 16 + o % 2 * 8 + o % 16 / 2] = begin;
        } else {
            conv.packed_bias[o] = (int32_t)((uint32_t)conv.packed_bias[o] + (uint32_t)begin);
            conv.packed_bias[padded + o] += (int32_t)(begin >> 16);
        }
    }
}

/** All products of the batches [begin, end) of B. */
template <typename Coarse>
inline void matmul_words(const MatmulArgs &args, int begin, int end, int coarse_zero,
                         void (*convolve)(const ConvArgs &, int, int)) {
    for (int batch = begin; batch < end; batch++) {
        ConvArgs &conv = args.convs[batch];
        pack_words<Coarse>(args, static_cast<const int16_t *>(args.b) + (size_t)batch * args.n * args.k, conv);
        pack_word_constants(args, coarse_zero, conv);
        for (size_t i = 0; i < args.b_batch.size(); i++) {
            if (args.b_batch[i] == batch) {
                conv.input = static_cast<const int16_t *>(args.a) + (size_t)args.a_batch[i] * args.m * args.k;
                conv.output = static_cast<int16_t *>(args.output) + i * args.m * args.n;
                convolve(conv, 0, conv.units);
            }
        }
    }
}

}  // namespace
}  // namespace base
}  // namespace dl
