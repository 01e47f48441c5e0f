#include "dl_avx2_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

namespace {

struct Bytes {
    static constexpr int LANES = 32;
    __m256i v;

    static Bytes lowest() { return {_mm256_set1_epi8(-128)}; }
    static Bytes load(const int8_t *p) { return {_mm256_loadu_si256((const __m256i *)p)}; }
    void store(int8_t *p) const { _mm256_storeu_si256((__m256i *)p, v); }
    static Bytes max(Bytes a, Bytes b) { return {_mm256_max_epi8(a.v, b.v)}; }
};

}  // namespace

void dl_avx2_s8_max_pool_32(const PoolArgs &args, int begin, int end) {
    max_pool_s8<Bytes>(args, begin, end);
}

}  // namespace base
}  // namespace dl
