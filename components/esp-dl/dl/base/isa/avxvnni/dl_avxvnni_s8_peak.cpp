#include <immintrin.h>

#include "dl_tile_peak.hpp"

namespace dl {
namespace base {
namespace {

struct Dot {
    using Vector = __m256i;
    static Vector set(int i) { return _mm256_set1_epi32(i); }
    static void add(Vector &sum, const Vector &a, const Vector &b) {
        __asm__ volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(a), "x"(b));
    }
};

}  // namespace

int64_t dl_avxvnni_s8_peak(int64_t rounds) {
    return run_dot_peak<Dot, 12>(rounds);
}

}  // namespace base
}  // namespace dl
