/**
 * @file dl_simd_s16_lut.hpp
 * Look-ups in a table of 65536 words, one by one: the gather instruction is slower. Eight results are stored at once.
 */
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "dl_base_unary.hpp"
#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

inline void look_up_words(const UnaryArgs &args, int begin, int end) {
    const int16_t *in = static_cast<const int16_t *>(args.in);
    int16_t *out = static_cast<int16_t *>(args.out);
    const int16_t *table = args.all16.get() + 32768;
    const int64_t last = std::min(static_cast<int64_t>(args.size), static_cast<int64_t>(end) * UnaryArgs::BLOCK);
    int64_t i = static_cast<int64_t>(begin) * UnaryArgs::BLOCK;
    for (; i + 8 <= last; i += 8) {
        const __m128i words = _mm_setr_epi16(table[in[i]], table[in[i + 1]], table[in[i + 2]], table[in[i + 3]],
                                             table[in[i + 4]], table[in[i + 5]], table[in[i + 6]], table[in[i + 7]]);
        _mm_storeu_si128(reinterpret_cast<__m128i *>(out + i), words);
    }
    for (; i < last; i++) {
        out[i] = table[in[i]];
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
