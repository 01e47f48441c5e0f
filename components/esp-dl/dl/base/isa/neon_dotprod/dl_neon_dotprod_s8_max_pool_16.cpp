#include "dl_neon_dotprod_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

namespace {

struct Bytes {
    static constexpr int LANES = 16;
    int8x16_t v;

    static Bytes lowest() { return {vdupq_n_s8(-128)}; }
    static Bytes load(const int8_t *p) { return {vld1q_s8(p)}; }
    void store(int8_t *p) const { vst1q_s8(p, v); }
    static Bytes max(Bytes a, Bytes b) { return {vmaxq_s8(a.v, b.v)}; }
};

}  // namespace

void dl_neon_dotprod_s8_max_pool_16(const PoolArgs &args, int begin, int end) {
    max_pool_s8<Bytes>(args, begin, end);
}

}  // namespace base
}  // namespace dl
