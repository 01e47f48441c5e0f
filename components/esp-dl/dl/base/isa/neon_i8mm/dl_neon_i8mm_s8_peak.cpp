#include <arm_neon.h>

#include "dl_neon_i8mm_tiles.hpp"
#include "dl_tile_peak.hpp"

namespace dl {
namespace base {
namespace {

struct MatrixProduct {
    using Vector = int32x4_t;
    static Vector set(int i) { return vdupq_n_s32(i); }
    static void add(Vector &sum, const Vector &a, const Vector &b) {
        __asm__ volatile("smmla %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(a), "w"(b));
    }
};

}  // namespace

int64_t dl_neon_i8mm_s8_peak(int64_t rounds) {
    // SMMLA multiplies each of the 16 bytes of one vector by two of the other one.
    return 2 * run_dot_peak<MatrixProduct, 16>(rounds);
}

}  // namespace base
}  // namespace dl
