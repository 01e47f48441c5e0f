#include <cstdint>

namespace dl {
namespace base {

namespace {

// 32 products, added in pairs to 16 bits, in fours to 32, and to the sum: fewer instructions per product than widening
// to 16 bits before, as the convolution kernels do because that is exact for all operands.
#define DL_FOUR_PRODUCTS(sum, temporary)                      \
    "vpmaddubsw %%ymm13, %%ymm12, %%ymm" #temporary           \
    "\n\t"                                                    \
    "vpmaddwd %%ymm11, %%ymm" #temporary ", %%ymm" #temporary \
    "\n\t"                                                    \
    "vpaddd %%ymm" #temporary ", %%ymm" #sum ", %%ymm" #sum "\n\t"

constexpr int SUMS = 10;

}  // namespace

// Assembly, so that every compiler keeps the ten sums, enough to hide the latencies, in registers. The three operands
// are zero: the time does not depend on them.
int64_t dl_avx2_s8_peak(int64_t rounds) {
    int64_t left = rounds;
    if (rounds <= 0) {
        return 0;
    }
    __asm__ volatile(
        "vpxor %%ymm11, %%ymm11, %%ymm11\n\t"
        "vpxor %%ymm12, %%ymm12, %%ymm12\n\t"
        "vpxor %%ymm13, %%ymm13, %%ymm13\n\t"
        ".p2align 5\n"
        "1:\n\t" DL_FOUR_PRODUCTS(0, 14) DL_FOUR_PRODUCTS(1, 15) DL_FOUR_PRODUCTS(2, 14) DL_FOUR_PRODUCTS(3, 15)
            DL_FOUR_PRODUCTS(4, 14) DL_FOUR_PRODUCTS(5, 15) DL_FOUR_PRODUCTS(6, 14) DL_FOUR_PRODUCTS(7, 15)
                DL_FOUR_PRODUCTS(8, 14) DL_FOUR_PRODUCTS(9, 15)
        "dec %[left]\n\t"
        "jnz 1b\n\t"
        "vzeroupper"
        : [left] "+r"(left)
        :
        : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
          "xmm12", "xmm13", "xmm14", "xmm15");
    return rounds * SUMS * 32;
}

}  // namespace base
}  // namespace dl
