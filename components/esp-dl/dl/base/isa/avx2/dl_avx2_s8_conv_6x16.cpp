// int8 convolution: 6 positions by 16 channels of 32-bit sums in registers. Activations and weights are 16 bits wide:
// vpmaddwd adds two products exactly, where vpmaddubsw could saturate.

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_epilogue.hpp"

namespace dl {
namespace base {
namespace {

/**
 * Add `steps` times the products of two neighbouring elements of six positions and of 16 channels. In assembly, because
 * 12 sums and four temporaries are all the registers there are, and compilers move sums to memory and back.
 */
DL_INLINE void add_products(__m256i (&sum)[6][2], const uint8_t *a, size_t position, const uint8_t *b, int steps) {
    const uint8_t *a3 = a + 3 * position;
    __asm__ volatile(
        "vmovdqa 0(%[sum]), %%ymm0\n\t"
        "vmovdqa 32(%[sum]), %%ymm1\n\t"
        "vmovdqa 64(%[sum]), %%ymm2\n\t"
        "vmovdqa 96(%[sum]), %%ymm3\n\t"
        "vmovdqa 128(%[sum]), %%ymm4\n\t"
        "vmovdqa 160(%[sum]), %%ymm5\n\t"
        "vmovdqa 192(%[sum]), %%ymm6\n\t"
        "vmovdqa 224(%[sum]), %%ymm7\n\t"
        "vmovdqa 256(%[sum]), %%ymm8\n\t"
        "vmovdqa 288(%[sum]), %%ymm9\n\t"
        "vmovdqa 320(%[sum]), %%ymm10\n\t"
        "vmovdqa 352(%[sum]), %%ymm11\n\t"
        "1:\n\t"
        "vmovdqa (%[b]), %%ymm12\n\t"
        "vmovdqa 32(%[b]), %%ymm13\n\t"
        "vpbroadcastd (%[r0]), %%ymm14\n\t"
        "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t"
        "vpaddd %%ymm15, %%ymm0, %%ymm0\n\t"
        "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t"
        "vpaddd %%ymm14, %%ymm1, %%ymm1\n\t"
        "vpbroadcastd (%[r0],%[p]), %%ymm14\n\t"
        "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t"
        "vpaddd %%ymm15, %%ymm2, %%ymm2\n\t"
        "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t"
        "vpaddd %%ymm14, %%ymm3, %%ymm3\n\t"
        "vpbroadcastd (%[r0],%[p],2), %%ymm14\n\t"
        "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t"
        "vpaddd %%ymm15, %%ymm4, %%ymm4\n\t"
        "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t"
        "vpaddd %%ymm14, %%ymm5, %%ymm5\n\t"
        "vpbroadcastd (%[r3]), %%ymm14\n\t"
        "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t"
        "vpaddd %%ymm15, %%ymm6, %%ymm6\n\t"
        "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t"
        "vpaddd %%ymm14, %%ymm7, %%ymm7\n\t"
        "vpbroadcastd (%[r3],%[p]), %%ymm14\n\t"
        "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t"
        "vpaddd %%ymm15, %%ymm8, %%ymm8\n\t"
        "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t"
        "vpaddd %%ymm14, %%ymm9, %%ymm9\n\t"
        "vpbroadcastd (%[r3],%[p],2), %%ymm14\n\t"
        "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t"
        "vpaddd %%ymm15, %%ymm10, %%ymm10\n\t"
        "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t"
        "vpaddd %%ymm14, %%ymm11, %%ymm11\n\t"
        "add $4, %[r0]\n\t"
        "add $4, %[r3]\n\t"
        "add $64, %[b]\n\t"
        "dec %[k]\n\t"
        "jnz 1b\n\t"
        "vmovdqa %%ymm0, 0(%[sum])\n\t"
        "vmovdqa %%ymm1, 32(%[sum])\n\t"
        "vmovdqa %%ymm2, 64(%[sum])\n\t"
        "vmovdqa %%ymm3, 96(%[sum])\n\t"
        "vmovdqa %%ymm4, 128(%[sum])\n\t"
        "vmovdqa %%ymm5, 160(%[sum])\n\t"
        "vmovdqa %%ymm6, 192(%[sum])\n\t"
        "vmovdqa %%ymm7, 224(%[sum])\n\t"
        "vmovdqa %%ymm8, 256(%[sum])\n\t"
        "vmovdqa %%ymm9, 288(%[sum])\n\t"
        "vmovdqa %%ymm10, 320(%[sum])\n\t"
        "vmovdqa %%ymm11, 352(%[sum])"
        : [r0] "+r"(a), [r3] "+r"(a3), [b] "+r"(b), [k] "+r"(steps)
        : [p] "r"(position), [sum] "r"(sum)
        : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
          "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/** The same for fewer positions. */
template <int M>
DL_INLINE void add_products(__m256i (&sum)[M][2], const uint8_t *a, size_t position, const uint8_t *b, int steps) {
    for (; steps > 0; steps--, a += 4, b += 64) {
        const __m256i low = _mm256_load_si256(reinterpret_cast<const __m256i *>(b));
        const __m256i high = _mm256_load_si256(reinterpret_cast<const __m256i *>(b + 32));
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            int32_t two;
            __builtin_memcpy(&two, a + m * position, 4);
            const __m256i activations = _mm256_set1_epi32(two);
            sum[m][0] = _mm256_add_epi32(sum[m][0], _mm256_madd_epi16(activations, low));
            sum[m][1] = _mm256_add_epi32(sum[m][1], _mm256_madd_epi16(activations, high));
        }
    }
}

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
