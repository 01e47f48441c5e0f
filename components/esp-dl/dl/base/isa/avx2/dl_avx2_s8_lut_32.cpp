// A table of 256 bytes as sixteen of 16: each pshufb answers the inputs whose high nibble is its own, the others get 0.
#include <immintrin.h>

#include <algorithm>

#include "dl_avx2_kernels.hpp"

namespace dl {
namespace base {

void dl_avx2_s8_lut_32(const UnaryArgs &args, int begin, int end) {
    const int8_t *in = static_cast<const int8_t *>(args.in);
    int8_t *out = static_cast<int8_t *>(args.out);
    __m256i table[16];
    for (int t = 0; t < 16; t++) {
        table[t] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)args.table8.data() + t));
    }
    const int64_t last = std::min((int64_t)args.size, (int64_t)end * UnaryArgs::BLOCK);
    int64_t i = (int64_t)begin * UnaryArgs::BLOCK;
    for (; i + 32 <= last; i += 32) {
        // index = x + 128. With its high nibble moved to t by the xor, index ^ 16 t is below 16 where table t is meant;
        // adding 0x70 with unsigned saturation sets bit 7, which makes pshufb answer 0, everywhere else.
        const __m256i index = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(in + i)), _mm256_set1_epi8(-128));
        __m256i result = _mm256_setzero_si256();
        for (int t = 0; t < 16; t++) {
            const __m256i at = _mm256_xor_si256(index, _mm256_set1_epi8((char)(16 * t)));
            result =
                _mm256_or_si256(result, _mm256_shuffle_epi8(table[t], _mm256_adds_epu8(at, _mm256_set1_epi8(0x70))));
        }
        _mm256_storeu_si256((__m256i *)(out + i), result);
    }
    for (; i < last; i++) {
        out[i] = args.table8[in[i] + 128];
    }
}

}  // namespace base
}  // namespace dl
