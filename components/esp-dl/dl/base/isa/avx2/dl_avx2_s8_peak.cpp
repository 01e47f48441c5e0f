#include <immintrin.h>

#include <cstdint>

namespace dl {
namespace base {

int64_t dl_avx2_s8_peak(int64_t rounds) {
    // vpmaddwd and the addition behind it, on twelve independent sums: enough to hide both latencies.
    constexpr int SUMS = 12;
    __m256i sums[SUMS];
    for (int i = 0; i < SUMS; i++) {
        sums[i] = _mm256_set1_epi32(i);
    }
    __m256i a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(-5);
    for (int64_t round = 0; round < rounds; round++) {
        // The compiler must not see that the operands stay the same.
        __asm__ volatile("" : "+x"(a), "+x"(b));
        for (int i = 0; i < SUMS; i++) {
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(a, b));
            __asm__ volatile("" : "+x"(sums[i]), "+x"(a));
        }
    }
    return rounds * SUMS * 16;
}

}  // namespace base
}  // namespace dl
