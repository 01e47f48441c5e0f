// Runs of bytes, too short for a call of memcpy() each: the rows of Concat, Split and Slice.
#include <immintrin.h>

#include <cstring>

#include "dl_avx2_kernels.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace base {

namespace {

/** n >= 16. What does not fill a register at the end is covered by one that overlaps its neighbour. */
inline void copy_bytes(uint8_t *dst, const uint8_t *src, int64_t n) {
    if (n < 32) {
        const __m128i head = _mm_loadu_si128((const __m128i *)src);
        const __m128i tail = _mm_loadu_si128((const __m128i *)(src + n - 16));
        _mm_storeu_si128((__m128i *)dst, head);
        _mm_storeu_si128((__m128i *)(dst + n - 16), tail);
        return;
    }
    const __m256i tail = _mm256_loadu_si256((const __m256i *)(src + n - 32));
    for (int64_t i = 0; i + 32 <= n; i += 32) {
        _mm256_storeu_si256((__m256i *)(dst + i), _mm256_loadu_si256((const __m256i *)(src + i)));
    }
    _mm256_storeu_si256((__m256i *)(dst + n - 32), tail);
}

}  // namespace

void dl_avx2_x8_copy_32(const CopyArgs &args, int begin, int end) {
    const int64_t size = (int64_t)tool::dtype_size(args.types.src_dtype);
    const int64_t bytes = args.loops.back().extent * size;
    const uint8_t *src = static_cast<const uint8_t *>(args.src);
    uint8_t *dst = static_cast<uint8_t *>(args.dst);
    for_each_row(args, begin, end, [&](int64_t s, int64_t d) { copy_bytes(dst + d * size, src + s * size, bytes); });
}

}  // namespace base
}  // namespace dl
