#include "dl_avx2_kernels.hpp"
#include "dl_avx2_lut.hpp"

namespace dl {
namespace base {
namespace {

template <int N>
DL_INLINE void look_up(const Avx2Lut &lut, const int8_t *in, int8_t *out) {
    __m256i bytes[N];
    DL_UNROLL
    for (int n = 0; n < N; n++) {
        bytes[n] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(in) + n);
    }
    lut.look_up(bytes);
    DL_UNROLL
    for (int n = 0; n < N; n++) {
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(out) + n, bytes[n]);
    }
}

}  // namespace

void dl_avx2_s8_lut_32(const UnaryArgs &args, int begin, int end) {
    const Avx2Lut lut(args.table8.data());
    args.for_each_run(
        begin, end, [&](const int8_t *in, int8_t *out, int64_t n) __attribute__((always_inline)) {
            int64_t i = 0;
            for (; i + 128 <= n; i += 128) {
                look_up<4>(lut, in + i, out + i);
            }
            for (; i + 32 <= n; i += 32) {
                look_up<1>(lut, in + i, out + i);
            }
            if (i + 16 <= n) {
                __m256i half[1] = {_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(in + i)))};
                lut.look_up(half);
                _mm_storeu_si128(reinterpret_cast<__m128i *>(out + i), _mm256_castsi256_si128(half[0]));
                i += 16;
            }
            for (; i < n; i++) {
                out[i] = args.table8[in[i] + 128];
            }
        });
}

}  // namespace base
}  // namespace dl
