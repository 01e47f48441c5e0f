/**
 * @file dl_simd_s16_lut.hpp
 * Look-ups in a table of 65536 words, one by one: AVX2's gather instruction is slower. Eight results are stored at
 * once.
 */
#pragma once

#include <algorithm>

#include "dl_base_unary.hpp"
#include "dl_simd_vector.hpp"

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
        const Vector<int16_t, 16> words = {{table[in[i]], table[in[i + 1]], table[in[i + 2]], table[in[i + 3]],
                                            table[in[i + 4]], table[in[i + 5]], table[in[i + 6]], table[in[i + 7]]}};
        words.store(out + i);
    }
    for (; i < last; i++) {
        out[i] = table[in[i]];
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
