/**
 * @file dl_avx2_word_conv.hpp
 * int16 convolution of 6 positions by 16 channels. vpdpwssd, or vpmaddwd and vpaddd, add products to sums of 32 bits.
 * The sums are folded where they could overflow, see pack_conv_int16(). Every instruction set with vectors of 256 bits
 * has one file that includes this one.
 */
#pragma once

#include "dl_avx2_wide.hpp"
#include "dl_tile_folds.hpp"

namespace dl {
namespace base {
namespace {

/** Sums of M positions by two vectors of 8 channels, as pairs of high and low sums. */
template <int M>
struct Sums {
    alignas(32) __m256i low[M][2];
    alignas(32) __m256i high[M][2];
};

/**
 * Add the products of a run of `steps` steps to the sums of six positions by 16 channels. A step multiplies two
 * neighbouring elements of each position by those of each channel; where its byte of `fold` is set, the sums are folded
 * first. The loop is assembly: 12 sums and four temporaries fill all 16 registers.
 */
DL_INLINE void add_run(Sums<6> &sums, const uint8_t *a, size_t position, const uint8_t *b, const uint8_t *fold,
                       int steps) {
    const uint8_t *a3 = a + 3 * position;
    const __m256i above = _mm256_set1_epi32(-65536);
#define DL_LOAD(sum, at) "vmovdqa " at "(%[low]), " sum "\n\t"
#define DL_STORE(sum, at) "vmovdqa " sum ", " at "(%[low])\n\t"
#define DL_FOLD(sum, at)              \
    "vpsrad $16, " sum                \
    ", %%ymm15\n\t"                   \
    "vpaddd " at                      \
    "(%[high]), %%ymm15, %%ymm15\n\t" \
    "vpor %[above], " sum ", " sum    \
    "\n\t"                            \
    "vmovdqa %%ymm15, " at "(%[high])\n\t"
// clang-format 14 never comes to rest here.
// clang-format off
#define DL_ALL(DO) \
    DO("%%ymm0", "0") DO("%%ymm1", "32") DO("%%ymm2", "64") DO("%%ymm3", "96") \
    DO("%%ymm4", "128") DO("%%ymm5", "160") DO("%%ymm6", "192") DO("%%ymm7", "224") \
    DO("%%ymm8", "256") DO("%%ymm9", "288") DO("%%ymm10", "320") DO("%%ymm11", "352")
// clang-format on
#ifdef __AVXVNNI__
#define DL_POSITION(row, first, second)         \
    "vpbroadcastd " row                         \
    ", %%ymm14\n\t"                             \
    "%{vex%} vpdpwssd %%ymm12, %%ymm14, " first \
    "\n\t"                                      \
    "%{vex%} vpdpwssd %%ymm13, %%ymm14, " second "\n\t"
#else
#define DL_POSITION(row, first, second)      \
    "vpbroadcastd " row                      \
    ", %%ymm14\n\t"                          \
    "vpmaddwd %%ymm12, %%ymm14, %%ymm15\n\t" \
    "vpaddd %%ymm15, " first ", " first      \
    "\n\t"                                   \
    "vpmaddwd %%ymm13, %%ymm14, %%ymm14\n\t" \
    "vpaddd %%ymm14, " second ", " second "\n\t"
#endif
    __asm__ volatile(
        DL_ALL(DL_LOAD)
        "1:\n\t"
        "cmpb $0, (%[fold])\n\t"
        "je 2f\n\t"
        DL_ALL(DL_FOLD)
        "2:\n\t"
        "vmovdqa (%[b]), %%ymm12\n\t"
        "vmovdqa 32(%[b]), %%ymm13\n\t"
        DL_POSITION("(%[r0])", "%%ymm0", "%%ymm1")
        DL_POSITION("(%[r0],%[p])", "%%ymm2", "%%ymm3")
        DL_POSITION("(%[r0],%[p],2)", "%%ymm4", "%%ymm5")
        DL_POSITION("(%[r3])", "%%ymm6", "%%ymm7")
        DL_POSITION("(%[r3],%[p])", "%%ymm8", "%%ymm9")
        DL_POSITION("(%[r3],%[p],2)", "%%ymm10", "%%ymm11")
        "inc %[fold]\n\t"
        "add $4, %[r0]\n\t"
        "add $4, %[r3]\n\t"
        "add $64, %[b]\n\t"
        "dec %[k]\n\t"
        "jnz 1b\n\t"
        DL_ALL(DL_STORE)
        : [r0] "+r"(a), [r3] "+r"(a3), [b] "+r"(b), [fold] "+r"(fold), [k] "+r"(steps)
        : [p] "r"(position), [low] "r"(sums.low), [high] "r"(sums.high), [above] "m"(above)
        : "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
          "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#undef DL_LOAD
#undef DL_STORE
#undef DL_FOLD
#undef DL_ALL
#undef DL_POSITION
}

/** The same for fewer positions, with intrinsics: there are registers to spare. */
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
#ifdef __AVXVNNI__
                if (M > 1) {
                    __asm__("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sums.low[m][n]) : "x"(activations), "x"(weights));
                    continue;
                }
#endif
                // A single position has few sums: vpdpwssd would wait for the one before. An addition of its own waits
                // less.
                sums.low[m][n] = _mm256_add_epi32(sums.low[m][n], _mm256_madd_epi16(activations, weights));
            }
        }
    }
}

template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const Avx2WideEpilogue<Rounding> &epilogue, const uint8_t *a,
                                    int block, int range, ConvCursor &cursor) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t padded = plan.blocks * 16;
    const int steps = plan.run_padded / 2;
    const uint8_t *b = state_of<TiledConv>(args).packed.data() + static_cast<size_t>(block) * plan.runs * steps * 64;
    const uint8_t *fold = folds_of(args, range, block);
    const int channel = block * 16;
    const int32_t *lows = state_of<Int16Conv>(args).low.data() + channel;
    const int32_t *highs = state_of<Int16Conv>(args).high.data() + range * padded + channel;
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
void word_conv(const ConvArgs &args, int begin, int end) {
    const Avx2WideEpilogue<Rounding> epilogue(args);
    RangeFinder ranges;
    conv_parts<Avx2Words, 6>(args, begin, end, [&](const ConvUnit &unit, int block, int blocks_end) {
        const int range = ranges.find(args, unit);
        for (; block < blocks_end; block++) {
            conv_tiles<6>(unit, state_of<TiledConv>(args).plan.position_bytes,
                          [&]<int M>(const uint8_t *a, ConvCursor &cursor) {
                              tile<Rounding, M>(args, epilogue, a, block, range, cursor);
                          });
        }
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
