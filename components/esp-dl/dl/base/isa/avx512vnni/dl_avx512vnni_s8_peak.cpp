#include <immintrin.h>

#include <cstdint>

namespace dl {
namespace base {

int64_t dl_avx512vnni_s8_peak(int64_t rounds) {
    constexpr int SUMS = 16;
    __m512i sums[SUMS];
    for (int i = 0; i < SUMS; i++) {
        sums[i] = _mm512_set1_epi32(i);
    }
    __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-5);
    for (int64_t round = 0; round < rounds; round++) {
        __asm__ volatile("" : "+v"(a), "+v"(b));
        for (int i = 0; i < SUMS; i++) {
            sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
            __asm__ volatile("" : "+v"(sums[i]));
        }
    }
    return rounds * SUMS * 64;
}

}  // namespace base
}  // namespace dl
