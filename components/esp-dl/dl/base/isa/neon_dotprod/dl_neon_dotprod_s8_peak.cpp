#include <arm_neon.h>

#include "dl_tile_peak.hpp"

namespace dl {
namespace base {
namespace {

struct Dot {
    using Vector = int32x4_t;
    static Vector set(int i) { return vdupq_n_s32(i); }
    static void add(Vector &sum, const Vector &a, const Vector &b) {
        __asm__ volatile("sdot %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(b));
    }
};

}  // namespace

int64_t dl_neon_dotprod_s8_peak(int64_t rounds) {
    return run_dot_peak<Dot, 16>(rounds);
}

}  // namespace base
}  // namespace dl
