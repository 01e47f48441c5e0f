// int8 convolution: 6 positions by 16 channels of 32-bit sums in registers. Activations and weights are 16 bits wide:
// vpmaddwd adds two products exactly, where vpmaddubsw could saturate.

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_epilogue.hpp"

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
    int run = 0;
    do {
        constexpr int GROUPS = (M + 2) / 3;
        const uint8_t *rows[GROUPS];
        DL_UNROLL
        for (int g = 0; g < GROUPS; g++) {
            rows[g] = a + plan.run_offsets[run] + 3 * g * position;
        }
        int k = plan.run_padded / 2;
        do {
            const __m256i low = _mm256_load_si256(reinterpret_cast<const __m256i *>(b));
            const __m256i high = _mm256_load_si256(reinterpret_cast<const __m256i *>(b + 32));
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                int32_t two;
                __builtin_memcpy(&two, rows[m / 3] + m % 3 * position, 4);
                const __m256i activations = _mm256_set1_epi32(two);
                sum[m][0] = _mm256_add_epi32(sum[m][0], _mm256_madd_epi16(activations, low));
                sum[m][1] = _mm256_add_epi32(sum[m][1], _mm256_madd_epi16(activations, high));
            }
            b += 64;
            DL_UNROLL
            for (int g = 0; g < GROUPS; g++) {
                rows[g] += 4;
                // Keeps the compiler from giving every row a pointer of its own: there are not enough registers.
                __asm__("" : "+r"(rows[g]));
            }
        } while (--k > 0);
    } while (++run < plan.runs);

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
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<Avx2Widen>(args, index, unit, scratch);
        const int count = unit.positions();
        for (int block = 0; block < plan.blocks; block++) {
            ConvCursor cursor{unit};
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
