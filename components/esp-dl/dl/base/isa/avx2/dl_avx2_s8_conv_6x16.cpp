// int8 convolution: 6 positions by 16 channels of 32-bit sums in registers. Activations and weights are 16 bits wide:
// vpmaddwd adds two products exactly, where vpmaddubsw could saturate.

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_epilogue.hpp"
#include "dl_avx2_products.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const Avx2Epilogue<Rounding> &epilogue, const uint8_t *a,
                                    int block, ConvCursor &cursor) {
    const ConvPlan &plan = args.plan;
    const size_t position = plan.position_bytes;
    const uint8_t *b = args.packed.data() + (size_t)block * plan.runs * plan.run_padded * 32;
    const __m256i *bias = reinterpret_cast<const __m256i *>(args.packed_bias.data() + block * 16);
    __m256i sum[M][2];
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        sum[m][0] = _mm256_loadu_si256(bias);
        sum[m][1] = _mm256_loadu_si256(bias + 1);
    }
    const int steps = plan.run_padded / 2;
    for (int run = 0; run < plan.runs; run++) {
        add_products(sum, a + plan.run_offsets[run], position, b, steps);
        b += steps * 64;
    }

    const int channel = block * 16;
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        uint8_t *out = cursor.next();
        if (out) {
            const __m128i bytes =
                epilogue.pack(epilogue.scale(sum[m][0], channel), epilogue.scale(sum[m][1], channel + 8));
            epilogue.store(out + channel, bytes, args.out_c - channel);
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx2Epilogue<Rounding> epilogue(args);
    // The last tile reads up to 5 positions and one padded run beyond the last one.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 6 * plan.position_bytes + plan.run_padded * 2 + 64);
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        const ConvUnit unit = conv_unit(args, part.index, 1);
        if (part.index != staged) {
            conv_stage<Avx2Widen>(args, part.index, unit, scratch);
            staged = part.index;
        }
        const int count = unit.positions();
        for (int block = part.begin; block < part.end; block++) {
            ConvCursor cursor(unit);
            int p = 0;
            for (; p + 6 <= count; p += 6) {
                tile<Rounding, 6>(args, epilogue, scratch + p * plan.position_bytes, block, cursor);
            }
            const uint8_t *rest = scratch + p * plan.position_bytes;
            if (count - p > 3) {
                tile<Rounding, 6>(args, epilogue, rest, block, cursor);
            } else if (count - p > 1) {
                tile<Rounding, 3>(args, epilogue, rest, block, cursor);
            } else if (count - p > 0) {
                tile<Rounding, 1>(args, epilogue, rest, block, cursor);
            }
        }
    }
}

}  // namespace

void dl_avx2_s8_conv_6x16_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s8_conv_6x16_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
