#include <immintrin.h>

#include "dl_avx2_kernels.hpp"
#include "dl_simd_add_rows.hpp"

namespace dl {
namespace base {
namespace {

template <typename T>
struct Wide {
    static constexpr int LANES = 32 / sizeof(T);
    static DL_INLINE void add(T *out, const T *add) {
        __m256i *to = reinterpret_cast<__m256i *>(out);
        const __m256i a = _mm256_loadu_si256(to), b = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(add));
        _mm256_storeu_si256(to, sizeof(T) == 1 ? _mm256_adds_epi8(a, b) : _mm256_adds_epi16(a, b));
    }
};

template <typename T>
struct Half {
    static constexpr int LANES = 16 / sizeof(T);
    static DL_INLINE void add(T *out, const T *add) {
        __m128i *to = reinterpret_cast<__m128i *>(out);
        const __m128i a = _mm_loadu_si128(to), b = _mm_loadu_si128(reinterpret_cast<const __m128i *>(add));
        _mm_storeu_si128(to, sizeof(T) == 1 ? _mm_adds_epi8(a, b) : _mm_adds_epi16(a, b));
    }
};

template <typename T>
struct Quarter {
    static constexpr int LANES = 8 / sizeof(T);
    static DL_INLINE void add(T *out, const T *add) {
        __m128i *to = reinterpret_cast<__m128i *>(out);
        const __m128i a = _mm_loadl_epi64(to), b = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(add));
        _mm_storel_epi64(to, sizeof(T) == 1 ? _mm_adds_epi8(a, b) : _mm_adds_epi16(a, b));
    }
};

}  // namespace

void dl_avx2_x8_add_rows_32(const AddRowsArgs &args, int begin, int end) {
    if (args.dtype == DATA_TYPE_INT8) {
        add_rows<int8_t, Wide<int8_t>, Half<int8_t>, Quarter<int8_t>>(args, begin, end);
    } else {
        add_rows<int16_t, Wide<int16_t>, Half<int16_t>, Quarter<int16_t>>(args, begin, end);
    }
}

}  // namespace base
}  // namespace dl
