#include <immintrin.h>

#include <cstdint>
#include <utility>

namespace dl {
namespace base {

namespace {

// The compiler must not see that nobody reads the value.
inline __attribute__((always_inline)) void keep(__m512i &value) {
    __asm__ volatile("" : "+v"(value));
}

// Independent sums hide the latency. Unrolled by the template, so that they stay in registers.
template <size_t... I>
void run(int64_t rounds, std::index_sequence<I...>) {
    __m512i sums[sizeof...(I)] = {_mm512_set1_epi32((int)I)...};
    __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-5);
    for (int64_t round = 0; round < rounds; round++) {
        // Nor that the operands stay the same.
        __asm__ volatile("" : "+v"(a), "+v"(b));
        ((sums[I] = _mm512_dpbusd_epi32(sums[I], a, b)), ...);
        (keep(sums[I]), ...);
    }
}

}  // namespace

int64_t dl_avx512vnni_s8_peak(int64_t rounds) {
    constexpr int SUMS = 16;
    run(rounds, std::make_index_sequence<SUMS>());
    return rounds * SUMS * 64;
}

}  // namespace base
}  // namespace dl
