// Products of two int8 tensors: exact in 16 bits, where they are also rounded.
#include <immintrin.h>

#include <algorithm>

#include "dl_avx512vnni_kernels.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void mul_rows(const ElementwiseArgs &args, int begin, int end) {
    // 0 to 14: |a b| + 2^(shift - 1) does not leave 16 bits.
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    const __m128i count = _mm_cvtsi32_si128(shift);
    const __m512i half =
        _mm512_set1_epi16((short)(shift ? (1 << (shift - 1)) - std::is_same_v<Rounding, RoundHalfEven> : 0));
    const __m512i odd = _mm512_set1_epi16(std::is_same_v<Rounding, RoundHalfEven> && shift);
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int8_t *a = static_cast<const int8_t *>(args.in[0].data) + at[0];
        const int8_t *b = static_cast<const int8_t *>(args.in[1].data) + at[1];
        int8_t *out = static_cast<int8_t *>(args.out.data) + out_offset;
        for (int i = 0; i < n; i += 32) {
            const __mmask32 lanes = n - i >= 32 ? ~0u : (1u << (n - i)) - 1;
            auto load = [&](const int8_t *p, int step) {
                return step ? _mm512_cvtepi8_epi16(_mm256_maskz_loadu_epi8(lanes, p + i)) : _mm512_set1_epi16(*p);
            };
            const __m512i product = _mm512_mullo_epi16(load(a, args.walk.step[0]), load(b, args.walk.step[1]));
            // Half even: one less than the half, and one more where the quotient is odd.
            const __m512i parity = _mm512_and_si512(_mm512_sra_epi16(product, count), odd);
            const __m512i rounded = _mm512_sra_epi16(_mm512_add_epi16(_mm512_add_epi16(product, half), parity), count);
            _mm256_mask_storeu_epi8(out + i, lanes, _mm512_cvtsepi16_epi8(rounded));
        }
    });
}

}  // namespace

void dl_avx512vnni_s8_mul_32_half_up(const ElementwiseArgs &args, int begin, int end) {
    mul_rows<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s8_mul_32_half_even(const ElementwiseArgs &args, int begin, int end) {
    mul_rows<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
