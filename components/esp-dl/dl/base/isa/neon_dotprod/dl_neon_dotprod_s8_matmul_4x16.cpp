#include "dl_neon_dotprod_kernels.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {
namespace {

/** B of one batch, in its layout, to [block of 16 columns][run_padded / 4][16][4]. Rows beyond k are zeros already and
 * stay so. */
void pack_b(const MatmulArgs &args, const int8_t *b, ConvArgs &conv) {
    const int n = args.n, k = args.k;
    const int whole = args.layout == WEIGHT_LAYOUT_BLOCKED ? n / 16 * 16 : 0;
    int8_t *packed = reinterpret_cast<int8_t *>(conv.packed.data());
    const size_t block_size = (size_t)conv.plan.run_padded * 16;
    for (int column = 0; column < whole; column += 16) {
        const int8_t *from = b + (size_t)column * k;
        int8_t *to = packed + column / 16 * block_size;
        for (int i = 0; i < k; i += 4, from += 64, to += 64) {
            auto row = [&](int j) { return i + j < k ? vld1q_s8(from + 16 * j) : vdupq_n_s8(0); };
            const NeonGroups groups(row(0), row(1), row(2), row(3));
            for (int j = 0; j < 4; j++) {
                vst1q_s8(to + 16 * j, groups.part[j]);
            }
        }
    }
    for (int column = whole; column < n; column++) {
        const int8_t *from = b + (size_t)column * k;
        int8_t *to = packed + column / 16 * block_size + column % 16 * 4;
        int i = 0;
        for (; i + 4 <= k; i += 4, to += 64) {
            __builtin_memcpy(to, from + i, 4);
        }
        for (int j = 0; i + j < k; j++) {
            to[j] = from[i + j];
        }
    }
}

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    for (int batch = begin; batch < end; batch++) {
        ConvArgs &conv = args.convs[batch];
        pack_b(args, static_cast<const int8_t *>(args.b) + (size_t)batch * args.n * args.k, conv);
        for (size_t i = 0; i < args.b_batch.size(); i++) {
            if (args.b_batch[i] == batch) {
                conv.input = static_cast<const int8_t *>(args.a) + (size_t)args.a_batch[i] * args.m * args.k;
                conv.output = static_cast<int8_t *>(args.output) + i * args.m * args.n;
                convolve(conv, 0, conv.units);
            }
        }
    }
}

}  // namespace

void dl_neon_dotprod_s8_matmul_4x16_half_up(const MatmulArgs &args, int begin, int end) {
    matmul(args, begin, end, dl_neon_dotprod_s8_conv_4x16_half_up);
}

void dl_neon_dotprod_s8_matmul_4x16_half_even(const MatmulArgs &args, int begin, int end) {
    matmul(args, begin, end, dl_neon_dotprod_s8_conv_4x16_half_even);
}

}  // namespace base
}  // namespace dl
