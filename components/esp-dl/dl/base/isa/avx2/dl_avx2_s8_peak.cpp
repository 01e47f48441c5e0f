#include <immintrin.h>

#include <cstdint>
#include <utility>

namespace dl {
namespace base {

namespace {

// vpmaddwd and the addition behind it, on independent sums: enough of them to hide both latencies. Unrolled by the
// template, so that they stay in registers.
template <size_t... I>
void run(int64_t rounds, std::index_sequence<I...>) {
    __m256i sums[sizeof...(I)] = {_mm256_set1_epi32((int)I)...};
    __m256i a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(-5);
    for (int64_t round = 0; round < rounds; round++) {
        // The compiler must not see that all products are the same, nor that nobody reads the sums.
        (
            [&] {
                __asm__ volatile("" : "+x"(a), "+x"(b));
                sums[I] = _mm256_add_epi32(sums[I], _mm256_madd_epi16(a, b));
                __asm__ volatile("" : "+x"(sums[I]));
            }(),
            ...);
    }
}

}  // namespace

int64_t dl_avx2_s8_peak(int64_t rounds) {
    constexpr int SUMS = 12;
    run(rounds, std::make_index_sequence<SUMS>());
    return rounds * SUMS * 16;
}

}  // namespace base
}  // namespace dl
