/**
 * @file dl_avx2_products.hpp
 * The inner loop of AVX2's convolutions of 16-bit elements: up to 6 positions by 16 channels, in sums of 32 bits.
 */
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/**
 * Add the products of `steps` steps to the sums of six positions by 16 channels. A step multiplies two neighbouring
 * elements of each position by those of each channel. The loop is assembly: 12 sums and four temporaries fill all 16
 * registers, and compilers would move sums to memory and back.
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

/** The same for fewer positions, with intrinsics: there are registers to spare. */
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

}  // namespace
}  // namespace base
}  // namespace dl
