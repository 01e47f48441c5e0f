/**
 * @file dl_avx2_sums.hpp
 * The loop of the int8 convolutions in 256-bit registers, but for the instructions that multiply.
 */
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "dl_conv_stage.hpp"

/**
 * Body of
 *
 *   void add_products(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b, const int32_t *bias,
 *                     __m256i (&sum)[6][2])
 *
 * which sets `sum` to bias and products of six positions, from `a` on, and 16 channels, whose packed weights are at
 * `b`. Each of the `steps` of a run takes the next 4 bytes of each position and 64 of the weights. In assembly, because
 * 12 sums and four temporaries are all the registers there are, and compilers move sums to memory and back.
 *
 * POSITION(address, first, second, low, high) is what a step does for one position, whose 4 bytes are at `address`:
 * add the products with %[w0] to the sums %[low], those with %[w1] to %[high]; the other four are names of operands,
 * `first` and `second` of temporaries.
 */
#define DL_ADD_PRODUCTS_6X16(POSITION)                \
    const int32_t *offsets = plan.run_offsets.data(); \
    int64_t runs = plan.runs, left;                   \
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
        : [a] "r"(a), [p] "r"(plan.position_bytes), [steps] "r"(steps), [bias] "r"(bias)                               \
        : "memory", "cc")
