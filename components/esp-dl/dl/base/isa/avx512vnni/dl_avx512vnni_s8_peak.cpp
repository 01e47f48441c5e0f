#include <immintrin.h>

#include "dl_tile_peak.hpp"

namespace dl {
namespace base {
namespace {

struct Dot {
    using Vector = __m512i;
    static Vector set(int i) { return _mm512_set1_epi32(i); }
    static void add(Vector &sum, const Vector &a, const Vector &b) {
        __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    }
};

}  // namespace

int64_t dl_avx512vnni_s8_peak(int64_t rounds) {
    return run_dot_peak<Dot, 16>(rounds);
}

}  // namespace base
}  // namespace dl
