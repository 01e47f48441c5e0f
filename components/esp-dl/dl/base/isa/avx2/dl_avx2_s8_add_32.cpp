#include <immintrin.h>

#include "dl_avx2_kernels.hpp"
#include "dl_simd_add.hpp"

namespace dl {
namespace base {
namespace {

template <typename T>
struct Lanes {
    static constexpr int COUNT = 32 / (int)sizeof(T);
    static DL_INLINE __m256i load(const T *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
    static DL_INLINE __m256i set(T v) { return sizeof(T) == 1 ? _mm256_set1_epi8((char)v) : _mm256_set1_epi16(v); }
    static DL_INLINE __m256i add(__m256i a, __m256i b) {
        return sizeof(T) == 1 ? _mm256_adds_epi8(a, b) : _mm256_adds_epi16(a, b);
    }
    static DL_INLINE __m256i sub(__m256i a, __m256i b) {
        return sizeof(T) == 1 ? _mm256_subs_epi8(a, b) : _mm256_subs_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), v); }
};

}  // namespace

void dl_avx2_s8_add_32(const ElementwiseArgs &args, int begin, int end) {
    add_tensors<Lanes>(args, begin, end);
}

}  // namespace base
}  // namespace dl
