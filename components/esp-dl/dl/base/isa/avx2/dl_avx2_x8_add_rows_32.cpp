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
    static DL_INLINE __m256i add(__m256i a, __m256i b) {
        return sizeof(T) == 1 ? _mm256_adds_epi8(a, b) : _mm256_adds_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), v); }
};

template <typename T>
struct Half {
    static constexpr int COUNT = 16 / (int)sizeof(T);
    static DL_INLINE __m128i load(const T *p) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(p)); }
    static DL_INLINE __m128i add(__m128i a, __m128i b) {
        return sizeof(T) == 1 ? _mm_adds_epi8(a, b) : _mm_adds_epi16(a, b);
    }
    static DL_INLINE void store(T *p, __m128i v) { _mm_storeu_si128(reinterpret_cast<__m128i *>(p), v); }
};

template <typename T>
struct Quarter : Half<T> {
    static constexpr int COUNT = 8 / (int)sizeof(T);
    static DL_INLINE __m128i load(const T *p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)); }
    static DL_INLINE void store(T *p, __m128i v) { _mm_storel_epi64(reinterpret_cast<__m128i *>(p), v); }
};

}  // namespace

void dl_avx2_x8_add_rows_32(const AddRowsArgs &args, int begin, int end) {
    add_rows<Lanes, Half, Quarter>(args, begin, end);
}

}  // namespace base
}  // namespace dl
