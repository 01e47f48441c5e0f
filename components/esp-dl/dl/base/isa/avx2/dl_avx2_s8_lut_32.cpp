// A table of 256 bytes as sixteen of 16: each pshufb answers the inputs whose high nibble is its own, the others get 0.
#include <immintrin.h>

#include <algorithm>

#include "dl_avx2_kernels.hpp"

namespace dl {
namespace base {

void dl_avx2_s8_lut_32(const UnaryArgs &args, int begin, int end) {
    __m256i table[16];
    for (int t = 0; t < 16; t++) {
        table[t] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)args.table8.data() + t));
    }
    const auto look_up = [&](__m256i x) {
        // index = x + 128. With its high nibble moved to t by the xor, index ^ 16 t is below 16 where table t is meant;
        // adding 0x70 with unsigned saturation sets bit 7, which makes pshufb answer 0, everywhere else.
        const __m256i index = _mm256_xor_si256(x, _mm256_set1_epi8(-128));
        __m256i result = _mm256_setzero_si256();
        for (int t = 0; t < 16; t++) {
            const __m256i at = _mm256_xor_si256(index, _mm256_set1_epi8((char)(16 * t)));
            result =
                _mm256_or_si256(result, _mm256_shuffle_epi8(table[t], _mm256_adds_epu8(at, _mm256_set1_epi8(0x70))));
        }
        return result;
    };
    args.for_each_run(begin, end, [&](const int8_t *in, int8_t *out, int64_t n) {
        int64_t i = 0;
        for (; i + 32 <= n; i += 32) {
            _mm256_storeu_si256((__m256i *)(out + i), look_up(_mm256_loadu_si256((const __m256i *)(in + i))));
        }
        if (i + 16 <= n) {
            const __m256i half = look_up(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(in + i))));
            _mm_storeu_si128((__m128i *)(out + i), _mm256_castsi256_si128(half));
            i += 16;
        }
        for (; i < n; i++) {
            out[i] = args.table8[in[i] + 128];
        }
    });
}

}  // namespace base
}  // namespace dl
