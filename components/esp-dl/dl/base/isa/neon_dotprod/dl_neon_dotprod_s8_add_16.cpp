// Sums and differences of two tensors of one exponent, int8 or int16: the processor's saturating addition is the
// definition.
#include <arm_neon.h>

#include "dl_neon_dotprod_kernels.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

/** A register of T. */
template <typename T>
struct Lanes;

template <>
struct Lanes<int8_t> {
    static constexpr int COUNT = 16;
    static int8x16_t load(const int8_t *p, int step, int i) { return step ? vld1q_s8(p + i) : vdupq_n_s8(*p); }
    static int8x16_t add(int8x16_t a, int8x16_t b) { return vqaddq_s8(a, b); }
    static int8x16_t sub(int8x16_t a, int8x16_t b) { return vqsubq_s8(a, b); }
    static void store(int8_t *p, int8x16_t v) { vst1q_s8(p, v); }
};

template <>
struct Lanes<int16_t> {
    static constexpr int COUNT = 8;
    static int16x8_t load(const int16_t *p, int step, int i) { return step ? vld1q_s16(p + i) : vdupq_n_s16(*p); }
    static int16x8_t add(int16x8_t a, int16x8_t b) { return vqaddq_s16(a, b); }
    static int16x8_t sub(int16x8_t a, int16x8_t b) { return vqsubq_s16(a, b); }
    static void store(int16_t *p, int16x8_t v) { vst1q_s16(p, v); }
};

template <typename T, bool SUB>
void add_rows(const ElementwiseArgs &args, int begin, int end) {
    using L = Lanes<T>;
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const T *a = static_cast<const T *>(args.in[0].data) + at[0];
        const T *b = static_cast<const T *>(args.in[1].data) + at[1];
        T *out = static_cast<T *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        int i = 0;
        for (; i + L::COUNT <= n; i += L::COUNT) {
            const auto x = L::load(a, step_a, i), y = L::load(b, step_b, i);
            L::store(out + i, SUB ? L::sub(x, y) : L::add(x, y));
        }
        for (; i < n; i++) {
            const int y = b[i * step_b];
            out[i] = saturate<T>(a[i * step_a] + (SUB ? -y : y));
        }
    });
}

}  // namespace

void dl_neon_dotprod_s8_add_16(const ElementwiseArgs &args, int begin, int end) {
    const bool sub = args.op == ELEMENTWISE_SUB;
    if (args.out.dtype == DATA_TYPE_INT8) {
        sub ? add_rows<int8_t, true>(args, begin, end) : add_rows<int8_t, false>(args, begin, end);
    } else {
        sub ? add_rows<int16_t, true>(args, begin, end) : add_rows<int16_t, false>(args, begin, end);
    }
}

}  // namespace base
}  // namespace dl
