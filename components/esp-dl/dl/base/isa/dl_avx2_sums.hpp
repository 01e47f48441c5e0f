/**
 * @file dl_avx2_sums.hpp
 * int8 convolution in registers of 256 bits, 6 positions by 16 channels at once. The including file supplies the
 * instructions that multiply.
 */
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "dl_avx2_epilogue.hpp"
#include "dl_conv_stage.hpp"

/**
 * Body of
 *
 *   void add_products(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b, const int32_t *bias,
 *                     __m256i (&sum)[6][2])
 *
 * which sets `sum` to the bias and the products of six positions by 16 channels. The first position begins at `a`, the
 * packed weights at `b`. A run has `steps` steps. Each step multiplies 4 bytes of each position by 64 bytes of weights,
 * and prefetches the same weights of the next block into the second-level cache. The loop is assembly: 12 sums and four
 * temporaries fill all 16 registers, and compilers would move sums to memory and back.
 *
 * POSITION(address, first, second, low, high) is the text of a step for one position, whose 4 bytes are at `address`.
 * It adds the products with %[w0] to %[low], and those with %[w1] to %[high]. It may change the temporaries %[first]
 * and %[second].
 */
#define DL_ADD_PRODUCTS_6X16(POSITION)                \
    const int32_t *offsets = plan.run_offsets.data(); \
    int64_t runs = plan.runs, left;                   \
    const size_t block = runs * steps * 64;           \
    const uint8_t *row_0, *row_3;                     \
    __m256i w0, w1, first, second;                    \
    __asm__ volatile(                                                                                                  \
        "vmovdqu (%[bias]), %[s00]\n\t"                                                                                \
        "vmovdqu 32(%[bias]), %[s01]\n\t"                                                                              \
        "vmovdqa %[s00], %[s10]\n\t"                                                                                   \
        "vmovdqa %[s01], %[s11]\n\t"                                                                                   \
        "vmovdqa %[s00], %[s20]\n\t"                                                                                   \
        "vmovdqa %[s01], %[s21]\n\t"                                                                                   \
        "vmovdqa %[s00], %[s30]\n\t"                                                                                   \
        "vmovdqa %[s01], %[s31]\n\t"                                                                                   \
        "vmovdqa %[s00], %[s40]\n\t"                                                                                   \
        "vmovdqa %[s01], %[s41]\n\t"                                                                                   \
        "vmovdqa %[s00], %[s50]\n\t"                                                                                   \
        "vmovdqa %[s01], %[s51]\n\t"                                                                                   \
        "1:\n\t"                                                                                                       \
        "movslq (%[offsets]), %[r0]\n\t"                                                                               \
        "add $4, %[offsets]\n\t"                                                                                       \
        "add %[a], %[r0]\n\t"                                                                                          \
        "lea (%[r0],%[p],2), %[r3]\n\t"                                                                                \
        "add %[p], %[r3]\n\t"                                                                                          \
        "mov %[steps], %[k]\n\t"                                                                                       \
        ".p2align 4\n"                                                                                                 \
        "2:\n\t"                                                                                                       \
        "vmovdqa (%[b]), %[w0]\n\t"                                                                                    \
        "vmovdqa 32(%[b]), %[w1]\n\t"                                                                                  \
        "prefetcht1 (%[b],%[block])\n\t"                                                                                  \
        POSITION("(%[r0])", "t0", "t1", "s00", "s01")                                                                  \
        POSITION("(%[r0],%[p])", "t0", "t1", "s10", "s11")                                                             \
        POSITION("(%[r0],%[p],2)", "t0", "t1", "s20", "s21")                                                           \
        POSITION("(%[r3])", "t0", "t1", "s30", "s31")                                                                  \
        POSITION("(%[r3],%[p])", "t0", "t1", "s40", "s41")                                                             \
        POSITION("(%[r3],%[p],2)", "t0", "t1", "s50", "s51")                                                           \
        "add $4, %[r0]\n\t"                                                                                            \
        "add $4, %[r3]\n\t"                                                                                            \
        "add $64, %[b]\n\t"                                                                                            \
        "dec %[k]\n\t"                                                                                                 \
        "jnz 2b\n\t"                                                                                                   \
        "dec %[runs]\n\t"                                                                                              \
        "jnz 1b"                                                                                                       \
        : [s00] "=&x"(sum[0][0]), [s01] "=&x"(sum[0][1]), [s10] "=&x"(sum[1][0]), [s11] "=&x"(sum[1][1]),              \
          [s20] "=&x"(sum[2][0]), [s21] "=&x"(sum[2][1]), [s30] "=&x"(sum[3][0]), [s31] "=&x"(sum[3][1]),              \
          [s40] "=&x"(sum[4][0]), [s41] "=&x"(sum[4][1]), [s50] "=&x"(sum[5][0]), [s51] "=&x"(sum[5][1]),              \
          [w0] "=&x"(w0), [w1] "=&x"(w1), [t0] "=&x"(first), [t1] "=&x"(second), [r0] "=&r"(row_0), [r3] "=&r"(row_3), \
          [k] "=&r"(left), [b] "+r"(b), [offsets] "+r"(offsets), [runs] "+r"(runs)                                     \
        : [a] "r"(a), [p] "r"(plan.position_bytes), [steps] "r"(steps), [block] "r"(block), [bias] "r"(bias)                               \
        : "memory", "cc")

namespace dl {
namespace base {
namespace {

template <typename Products, int M, typename Epilogue>
__attribute__((noinline)) void tile_6x16(const ConvArgs &args, const Epilogue &epilogue, const uint8_t *a, int block,
                                         ConvCursor &cursor) {
    constexpr int element = sizeof(typename Products::Stage::U);
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int channel = block * 16;
    __m256i sum[M][2];
    Products::add(
        plan, plan.run_padded * element / 4, a,
        state_of<TiledConv>(args).packed.data() + static_cast<size_t>(channel) * plan.runs * plan.run_padded * element,
        state_of<Int8Conv>(args).bias.data() + channel, sum);
    epilogue.write(args, sum, channel, cursor);
}

/**
 * Compute the units [begin, end). @tparam Products Stage: the `Convert` of conv_stage(). add(plan, steps, a, b, bias,
 * sum): does what DL_ADD_PRODUCTS_6X16 describes, for 6, 3 and 1 positions
 */
template <typename Products, typename Rounding>
void conv_6x16(const ConvArgs &args, int begin, int end) {
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        conv_parts<typename Products::Stage, 6>(args, begin, end, [&](const ConvUnit &unit, int block, int blocks_end) {
            for (; block < blocks_end; block++) {
                conv_tiles<6>(unit, state_of<TiledConv>(args).plan.position_bytes,
                              [&]<int M>(const uint8_t *a, ConvCursor &cursor) {
                                  tile_6x16<Products, M>(args, epilogue, a, block, cursor);
                              });
            }
        });
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
