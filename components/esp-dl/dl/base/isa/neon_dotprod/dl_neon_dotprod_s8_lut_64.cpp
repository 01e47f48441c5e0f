// A table of 256 bytes, four times 64 of them in registers: TBX looks 16 indices up at once.
#include <algorithm>

#include "dl_neon_dotprod_kernels.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_s8_lut_64(const UnaryArgs &args, int begin, int end) {
    const int8_t *table = args.table8.data();
    args.for_each_run(
        begin, end, [&](const int8_t *in, int8_t *out, int64_t n) __attribute__((always_inline)) {
            int64_t i = 0;
            for (; i + 64 <= n; i += 64) {
                int8x16_t v[4];
                DL_UNROLL
                for (int k = 0; k < 4; k++) {
                    v[k] = vld1q_s8(in + i + 16 * k);
                }
                neon_look_up(table, v);
                DL_UNROLL
                for (int k = 0; k < 4; k++) {
                    vst1q_s8(out + i + 16 * k, v[k]);
                }
            }
            for (; i + 16 <= n; i += 16) {
                int8x16_t v[4] = {vld1q_s8(in + i), vdupq_n_s8(0), vdupq_n_s8(0), vdupq_n_s8(0)};
                neon_look_up(table, v);
                vst1q_s8(out + i, v[0]);
            }
            for (; i < n; i++) {
                out[i] = table[in[i] + 128];
            }
        });
}

}  // namespace base
}  // namespace dl
