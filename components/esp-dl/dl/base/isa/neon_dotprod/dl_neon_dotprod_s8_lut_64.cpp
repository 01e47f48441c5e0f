// A table of 256 bytes, four times 64 of them in registers: TBX looks 16 indices up at once.
#include <algorithm>

#include "dl_neon_dotprod_kernels.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {

void dl_neon_dotprod_s8_lut_64(const UnaryArgs &args, int begin, int end) {
    const int8_t *in = static_cast<const int8_t *>(args.in);
    int8_t *out = static_cast<int8_t *>(args.out);
    const int8_t *table = args.table8.data();
    const int64_t last = std::min((int64_t)args.size, (int64_t)end * UnaryArgs::BLOCK);
    int64_t i = (int64_t)begin * UnaryArgs::BLOCK;
    for (; i + 64 <= last; i += 64) {
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
    for (; i < last; i++) {
        out[i] = table[in[i] + 128];
    }
}

}  // namespace base
}  // namespace dl
