#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_pool.hpp"

namespace dl {
namespace base {

namespace {

struct Bytes {
    static constexpr int LANES = 64;
    __m512i v;

    static Bytes lowest() { return {_mm512_set1_epi8(-128)}; }
    static Bytes load(const int8_t *p) { return {_mm512_loadu_si512(p)}; }
    void store(int8_t *p) const { _mm512_storeu_si512(p, v); }
    static Bytes max(Bytes a, Bytes b) { return {_mm512_max_epi8(a.v, b.v)}; }
};

}  // namespace

void dl_avx512vnni_s8_max_pool_64(const PoolArgs &args, int begin, int end) {
    max_pool_s8<Bytes>(args, begin, end);
}

}  // namespace base
}  // namespace dl
