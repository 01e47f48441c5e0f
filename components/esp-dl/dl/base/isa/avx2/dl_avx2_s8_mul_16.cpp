// Products of two int8 tensors: exact in 16 bits, where they are also rounded.
#include <immintrin.h>

#include <algorithm>

#include "dl_avx2_kernels.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void mul_rows(const ElementwiseArgs &args, int begin, int end) {
    // 0 to 14: |a b| + 2^(shift - 1) does not leave 16 bits.
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    const __m128i count = _mm_cvtsi32_si128(shift);
    const __m256i half =
        _mm256_set1_epi16((short)(shift ? (1 << (shift - 1)) - std::is_same_v<Rounding, RoundHalfEven> : 0));
    const __m256i odd = _mm256_set1_epi16(std::is_same_v<Rounding, RoundHalfEven> && shift);
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int8_t *a = static_cast<const int8_t *>(args.in[0].data) + at[0];
        const int8_t *b = static_cast<const int8_t *>(args.in[1].data) + at[1];
        int8_t *out = static_cast<int8_t *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        auto load = [](const int8_t *p, int step, int i) {
            return step ? _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(p + i))) : _mm256_set1_epi16(*p);
        };
        int i = 0;
        for (; i + 16 <= n; i += 16) {
            const __m256i product = _mm256_mullo_epi16(load(a, step_a, i), load(b, step_b, i));
            // Half even: one less than the half, and one more where the quotient is odd.
            const __m256i parity = _mm256_and_si256(_mm256_sra_epi16(product, count), odd);
            const __m256i rounded = _mm256_sra_epi16(_mm256_add_epi16(_mm256_add_epi16(product, half), parity), count);
            const __m128i packed =
                _mm_packs_epi16(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
            _mm_storeu_si128((__m128i *)(out + i), packed);
        }
        for (; i < n; i++) {
            out[i] = requantize<int8_t, Rounding>((int64_t)a[i * step_a] * b[i * step_b], shift);
        }
    });
}

}  // namespace

void dl_avx2_s8_mul_16_half_up(const ElementwiseArgs &args, int begin, int end) {
    mul_rows<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s8_mul_16_half_even(const ElementwiseArgs &args, int begin, int end) {
    mul_rows<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
