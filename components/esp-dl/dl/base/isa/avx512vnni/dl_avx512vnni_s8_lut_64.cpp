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
    args.for_each_run(begin, end, [&](const int8_t *in, int8_t *out, int64_t n) {
        for (int64_t i = 0; i < n; i += 64) {
            const __mmask64 lanes = n - i >= 64 ? ~0ull : (1ull << (n - i)) - 1;
            const __m512i x = _mm512_maskz_loadu_epi8(lanes, in + i);
            const __m512i low = _mm512_permutex2var_epi8(negative0, x, negative1);
            const __m512i high = _mm512_permutex2var_epi8(positive0, x, positive1);
            _mm512_mask_storeu_epi8(out + i, lanes, _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), high, low));
        }
    });
}

}  // namespace base
}  // namespace dl
