// A table of 256 bytes in four registers: each vpermi2b looks 64 indices up in 128 entries, the sign of the input picks
// the half.
#include <immintrin.h>

#include <algorithm>

#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {

void dl_avx512vnni_s8_lut_64(const UnaryArgs &args, int begin, int end) {
    const int8_t *table = args.table8.data();
    // Entry x + 128 belongs to x: the first half of the table to the negative inputs. The index is the input's low
    // seven bits either way.
    const __m512i negative0 = _mm512_loadu_si512(table), negative1 = _mm512_loadu_si512(table + 64);
    const __m512i positive0 = _mm512_loadu_si512(table + 128), positive1 = _mm512_loadu_si512(table + 192);
    const auto look_up = [&](__m512i x) {
        const __m512i low = _mm512_permutex2var_epi8(negative0, x, negative1);
        const __m512i high = _mm512_permutex2var_epi8(positive0, x, positive1);
        return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), high, low);
    };
    args.for_each_run(
        begin, end, [&](const int8_t *in, int8_t *out, int64_t n) __attribute__((always_inline)) {
            int64_t i = 0;
            for (; i + 64 <= n; i += 64) {
                _mm512_storeu_si512(out + i, look_up(_mm512_loadu_si512(in + i)));
            }
            // Short rows are common, and stores with a mask are slow.
            if (n & 32) {
                const __m512i half = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(in + i)));
                _mm256_storeu_si256((__m256i *)(out + i), _mm512_castsi512_si256(look_up(half)));
                i += 32;
            }
            if (n & 16) {
                const __m512i quarter = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(in + i)));
                _mm_storeu_si128((__m128i *)(out + i), _mm512_castsi512_si128(look_up(quarter)));
                i += 16;
            }
            if (i < n) {
                const __mmask64 lanes = (1ull << (n - i)) - 1;
                _mm512_mask_storeu_epi8(out + i, lanes, look_up(_mm512_maskz_loadu_epi8(lanes, in + i)));
            }
        });
}

}  // namespace base
}  // namespace dl
