// int16 convolution: 6 positions by 16 channels. vpmaddwd and vpaddd make sums of 32 bits, which are folded where they
// could overflow, see pack_conv_int16().

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_wide.hpp"
#include "dl_simd_folds.hpp"

namespace dl {
namespace base {
namespace {

/** Sums of M positions by two vectors of channels. */
template <int M>
struct Sums {
    alignas(32) __m256i low[M][2];
    alignas(32) __m256i high[M][2];
};

/**
 * Add `steps` times the products of two neighbouring elements of six positions and of 16 channels, folding before those
 * of which `fold` says so. In assembly, because 12 sums and four temporaries are all the registers there are.
 */
DL_INLINE void add_run(Sums<6> &sums, const uint8_t *a, size_t position, const uint8_t *b, const uint8_t *fold,
                       int steps) {
    const uint8_t *a3 = a + 3 * position;
    const __m256i above = _mm256_set1_epi32(-65536);
    __asm__ volatile(
        "vmovdqa 0(%[low]), %%ymm0\n\t"
        "vmovdqa 32(%[low]), %%ymm1\n\t"
        "vmovdqa 64(%[low]), %%ymm2\n\t"
        "vmovdqa 96(%[low]), %%ymm3\n\t"
        "vmovdqa 128(%[low]), %%ymm4\n\t"
        "vmovdqa 160(%[low]), %%ymm5\n\t"
        "vmovdqa 192(%[low]), %%ymm6\n\t"
        "vmovdqa 224(%[low]), %%ymm7\n\t"
        "vmovdqa 256(%[low]), %%ymm8\n\t"
        "vmovdqa 288(%[low]), %%ymm9\n\t"
        "vmovdqa 320(%[low]), %%ymm10\n\t"
        "vmovdqa 352(%[low]), %%ymm11\n\t"
        "1:\n\t"
        "cmpb $0, (%[fold])\n\t"
        "je 2f\n\t"
        "vpsrad $16, %%ymm0, %%ymm15\n\t"
        "vpaddd 0(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm0, %%ymm0\n\t"
        "vmovdqa %%ymm15, 0(%[high])\n\t"
        "vpsrad $16, %%ymm1, %%ymm15\n\t"
        "vpaddd 32(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm1, %%ymm1\n\t"
        "vmovdqa %%ymm15, 32(%[high])\n\t"
        "vpsrad $16, %%ymm2, %%ymm15\n\t"
        "vpaddd 64(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm2, %%ymm2\n\t"
        "vmovdqa %%ymm15, 64(%[high])\n\t"
        "vpsrad $16, %%ymm3, %%ymm15\n\t"
        "vpaddd 96(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm3, %%ymm3\n\t"
        "vmovdqa %%ymm15, 96(%[high])\n\t"
        "vpsrad $16, %%ymm4, %%ymm15\n\t"
        "vpaddd 128(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm4, %%ymm4\n\t"
        "vmovdqa %%ymm15, 128(%[high])\n\t"
        "vpsrad $16, %%ymm5, %%ymm15\n\t"
        "vpaddd 160(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm5, %%ymm5\n\t"
        "vmovdqa %%ymm15, 160(%[high])\n\t"
        "vpsrad $16, %%ymm6, %%ymm15\n\t"
        "vpaddd 192(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm6, %%ymm6\n\t"
        "vmovdqa %%ymm15, 192(%[high])\n\t"
        "vpsrad $16, %%ymm7, %%ymm15\n\t"
        "vpaddd 224(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm7, %%ymm7\n\t"
        "vmovdqa %%ymm15, 224(%[high])\n\t"
        "vpsrad $16, %%ymm8, %%ymm15\n\t"
        "vpaddd 256(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm8, %%ymm8\n\t"
        "vmovdqa %%ymm15, 256(%[high])\n\t"
        "vpsrad $16, %%ymm9, %%ymm15\n\t"
        "vpaddd 288(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm9, %%ymm9\n\t"
        "vmovdqa %%ymm15, 288(%[high])\n\t"
        "vpsrad $16, %%ymm10, %%ymm15\n\t"
        "vpaddd 320(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm10, %%ymm10\n\t"
        "vmovdqa %%ymm15, 320(%[high])\n\t"
        "vpsrad $16, %%ymm11, %%ymm15\n\t"
        "vpaddd 352(%[high]), %%ymm15, %%ymm15\n\t"
        "vpor %[above], %%ymm11, %%ymm11\n\t"
        "vmovdqa %%ymm15, 352(%[high])\n\t"
        "2:\n\t"
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
        "inc %[fold]\n\t"
        "add $4, %[r0]\n\t"
        "add $4, %[r3]\n\t"
        "add $64, %[b]\n\t"
        "dec %[k]\n\t"
        "jnz 1b\n\t"
        "vmovdqa %%ymm0, 0(%[low])\n\t"
        "vmovdqa %%ymm1, 32(%[low])\n\t"
        "vmovdqa %%ymm2, 64(%[low])\n\t"
        "vmovdqa %%ymm3, 96(%[low])\n\t"
        "vmovdqa %%ymm4, 128(%[low])\n\t"
        "vmovdqa %%ymm5, 160(%[low])\n\t"
        "vmovdqa %%ymm6, 192(%[low])\n\t"
        "vmovdqa %%ymm7, 224(%[low])\n\t"
        "vmovdqa %%ymm8, 256(%[low])\n\t"
        "vmovdqa %%ymm9, 288(%[low])\n\t"
        "vmovdqa %%ymm10, 320(%[low])\n\t"
        "vmovdqa %%ymm11, 352(%[low])\n\t"
        : [r0] "+r"(a), [r3] "+r"(a3), [b] "+r"(b), [fold] "+r"(fold), [k] "+r"(steps)
        : [p] "r"(position), [low] "r"(sums.low), [high] "r"(sums.high), [above] "m"(above)
        : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
          "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

/** The same for fewer positions. */
template <int M>
DL_INLINE void add_run(Sums<M> &sums, const uint8_t *a, size_t position, const uint8_t *b, const uint8_t *fold,
                       int steps) {
    for (; steps > 0; steps--, a += 4, b += 64) {
        const bool folds = *fold++;
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            int32_t two;
            __builtin_memcpy(&two, a + m * position, 4);
            const __m256i activations = _mm256_set1_epi32(two);
            DL_UNROLL
            for (int n = 0; n < 2; n++) {
                if (folds) {
                    sums.high[m][n] = _mm256_add_epi32(sums.high[m][n], _mm256_srai_epi32(sums.low[m][n], 16));
                    sums.low[m][n] = _mm256_or_si256(sums.low[m][n], _mm256_set1_epi32(-65536));
                }
                const __m256i weights = _mm256_load_si256(reinterpret_cast<const __m256i *>(b) + n);
                sums.low[m][n] = _mm256_add_epi32(sums.low[m][n], _mm256_madd_epi16(activations, weights));
            }
        }
    }
}

template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const Avx2WideEpilogue<Rounding> &epilogue, const uint8_t *a,
                                    int block, int range, ConvCursor &cursor) {
    const ConvPlan &plan = args.plan;
    const size_t padded = plan.blocks * 16;
    const int steps = plan.run_padded / 2;
    const uint8_t *b = args.packed.data() + (size_t)block * plan.runs * steps * 64;
    const uint8_t *fold = folds_of(args, range, block);
    const int channel = block * 16;
    const int32_t *lows = args.packed_bias.data() + channel;
    const int32_t *highs = lows + (1 + range) * padded;
    Sums<M> sums;
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        DL_UNROLL
        for (int n = 0; n < 2; n++) {
            sums.low[m][n] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(lows) + n);
            sums.high[m][n] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(highs) + n);
        }
    }
    for (int run = 0; run < plan.runs; run++, b += steps * 64, fold += steps) {
        add_run(sums, a + plan.run_offsets[run], plan.position_bytes, b, fold, steps);
    }
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
        if (out) {
            avx2_store_words(out + channel, epilogue.scale_sums(sums.high[m], sums.low[m], channel),
                             args.out_c - channel);
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx2WideEpilogue<Rounding> epilogue(args);
    // The last tile reads up to 5 positions and one padded run beyond the last one.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 6 * plan.position_bytes + plan.run_padded * 2 + 64);
    int staged = -1;
    int range = 0;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        const ConvUnit unit = conv_unit(args, part.index, 2);
        if (part.index != staged) {
            conv_stage<Avx2Words>(args, part.index, unit, scratch);
            staged = part.index;
            range = find_range(args, unit, scratch);
        }
        for (int block = part.begin; block < part.end; block++) {
            ConvCursor cursor(unit);
            const uint8_t *a = scratch;
            for (int left = unit.positions(); left > 0;) {
                const int count = left > 3 ? 6 : left > 1 ? 3 : 1;
                if (count == 6) {
                    tile<Rounding, 6>(args, epilogue, a, block, range, cursor);
                } else if (count == 3) {
                    tile<Rounding, 3>(args, epilogue, a, block, range, cursor);
                } else {
                    tile<Rounding, 1>(args, epilogue, a, block, range, cursor);
                }
                a += count * plan.position_bytes;
                left -= count;
            }
        }
    }
}

}  // namespace

void dl_avx2_s16_conv_6x16_folds(ConvArgs &args, int ranges) {
    mark_folds(args, ranges);
}

void dl_avx2_s16_conv_6x16_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s16_conv_6x16_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
