// Products of two int8 tensors: exact in 16 bits, where they are also rounded.
#include <arm_neon.h>

#include "dl_neon_dotprod_kernels.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding>
void mul_rows(const ElementwiseArgs &args, int begin, int end) {
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    const int16x8_t left = vdupq_n_s16((short)-shift);
    const int16x8_t one = vdupq_n_s16(shift > 0);
    auto scale = [&](int8x8_t x, int8x8_t y) {
        int16x8_t product = vmull_s8(x, y);
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            // As in NeonShifts: SRSHL rounds half up, one less where the quotient is even makes that half to even.
            product = vsubq_s16(product, vbicq_s16(one, vshlq_s16(product, left)));
        }
        return vqmovn_s16(vrshlq_s16(product, left));
    };
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int8_t *a = static_cast<const int8_t *>(args.in[0].data) + at[0];
        const int8_t *b = static_cast<const int8_t *>(args.in[1].data) + at[1];
        int8_t *out = static_cast<int8_t *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        auto load = [](const int8_t *p, int step, int i) { return step ? vld1q_s8(p + i) : vdupq_n_s8(*p); };
        int i = 0;
        for (; i + 16 <= n; i += 16) {
            const int8x16_t x = load(a, step_a, i), y = load(b, step_b, i);
            const int8x8_t first = scale(vget_low_s8(x), vget_low_s8(y));
            const int8x8_t second = scale(vget_high_s8(x), vget_high_s8(y));
            vst1q_s8(out + i, vcombine_s8(first, second));
        }
        for (; i < n; i++) {
            out[i] = requantize<int8_t, Rounding>((int64_t)a[i * step_a] * b[i * step_b], shift);
        }
    });
}

}  // namespace

void dl_neon_dotprod_s8_mul_16_half_up(const ElementwiseArgs &args, int begin, int end) {
    mul_rows<RoundHalfUp>(args, begin, end);
}

void dl_neon_dotprod_s8_mul_16_half_even(const ElementwiseArgs &args, int begin, int end) {
    mul_rows<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
