// Sums and differences of two tensors of one exponent, int8 or int16: the processor's saturating addition is the
// definition.
#include <immintrin.h>

#include <algorithm>

#include "dl_avx512vnni_kernels.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

constexpr int BYTES = 64;

template <typename T, bool SUB>
void add_rows(const ElementwiseArgs &args, int begin, int end) {
    constexpr int LANES = BYTES / (int)sizeof(T);
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const T *a = static_cast<const T *>(args.in[0].data) + at[0];
        const T *b = static_cast<const T *>(args.in[1].data) + at[1];
        T *out = static_cast<T *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        auto load = [](const T *p, int step, int i) {
            if (step) {
                return _mm512_loadu_si512(p + i);
            }
            return sizeof(T) == 1 ? _mm512_set1_epi8((char)*p) : _mm512_set1_epi16((short)*p);
        };
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            const __m512i x = load(a, step_a, i), y = load(b, step_b, i);
            __m512i sum;
            if constexpr (sizeof(T) == 1) {
                sum = SUB ? _mm512_subs_epi8(x, y) : _mm512_adds_epi8(x, y);
            } else {
                sum = SUB ? _mm512_subs_epi16(x, y) : _mm512_adds_epi16(x, y);
            }
            _mm512_storeu_si512(out + i, sum);
        }
        for (; i < n; i++) {
            const int y = b[i * step_b];
            out[i] = saturate<T>(a[i * step_a] + (SUB ? -y : y));
        }
    });
}

}  // namespace

void dl_avx512vnni_s8_add_64(const ElementwiseArgs &args, int begin, int end) {
    const bool sub = args.op == ELEMENTWISE_SUB;
    if (args.out.dtype == DATA_TYPE_INT8) {
        sub ? add_rows<int8_t, true>(args, begin, end) : add_rows<int8_t, false>(args, begin, end);
    } else {
        sub ? add_rows<int16_t, true>(args, begin, end) : add_rows<int16_t, false>(args, begin, end);
    }
}

}  // namespace base
}  // namespace dl
