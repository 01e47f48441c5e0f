#include <immintrin.h>

#include "dl_avx512vnni_kernels.hpp"
#include "dl_simd_add.hpp"

namespace dl {
namespace base {
namespace {

template <typename T>
struct Lanes {
    static constexpr int COUNT = 64 / (int)sizeof(T);
    static DL_INLINE __m512i load(const T *p) { return _mm512_loadu_si512(p); }
    static DL_INLINE __m512i set(T v) { return sizeof(T) == 1 ? _mm512_set1_epi8((char)v) : _mm512_set1_epi16(v); }
    static DL_INLINE __m512i add(__m512i a, __m512i b) {
        return sizeof(T) == 1 ? _mm512_adds_epi8(a, b) : _mm512_adds_epi16(a, b);
    }
    static DL_INLINE __m512i sub(__m512i a, __m512i b) {
        return sizeof(T) == 1 ? _mm512_subs_epi8(a, b) : _mm512_subs_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m512i v) { _mm512_storeu_si512(p, v); }
};

}  // namespace

void dl_avx512vnni_s8_add_64(const ElementwiseArgs &args, int begin, int end) {
    add_tensors<Lanes>(args, begin, end);
}

}  // namespace base
}  // namespace dl
