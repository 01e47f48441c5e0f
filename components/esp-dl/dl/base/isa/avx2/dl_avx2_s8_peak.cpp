#include <cstdint>

namespace dl {
namespace base {

namespace {

// 64 products: vpmaddubsw adds pairs and vpaddw pairs of pairs in 16 bits, vpmaddwd makes sums of eight in 32 bits,
// vpaddd adds them to the sum. This takes the fewest multiplications per product. Convolutions may use it only where
// the sums in 16 bits cannot saturate.
#define DL_EIGHT_PRODUCTS(sum, one, other)              \
    "vpmaddubsw %%ymm13, %%ymm12, %%ymm" #one           \
    "\n\t"                                              \
    "vpmaddubsw %%ymm13, %%ymm12, %%ymm" #other         \
    "\n\t"                                              \
    "vpaddw %%ymm" #one ", %%ymm" #other ", %%ymm" #one \
    "\n\t"                                              \
    "vpmaddwd %%ymm14, %%ymm" #one ", %%ymm" #one       \
    "\n\t"                                              \
    "vpaddd %%ymm" #one ", %%ymm" #sum ", %%ymm" #sum "\n\t"

constexpr int SUMS = 8;

}  // namespace

// Assembly, so that every compiler keeps the eight sums in registers; eight are enough to hide the latencies. All
// operands are zero: the time does not depend on their values.
int64_t dl_avx2_s8_peak(int64_t rounds) {
    int64_t left = rounds;
    if (rounds <= 0) {
        return 0;
    }
    __asm__ volatile(
        "vpxor %%ymm12, %%ymm12, %%ymm12\n\t"
        "vpxor %%ymm13, %%ymm13, %%ymm13\n\t"
        "vpxor %%ymm14, %%ymm14, %%ymm14\n\t"
        ".p2align 5\n"
        "1:\n\t" DL_EIGHT_PRODUCTS(0, 8, 9) DL_EIGHT_PRODUCTS(1, 10, 11) DL_EIGHT_PRODUCTS(2, 8, 9)
            DL_EIGHT_PRODUCTS(3, 10, 11) DL_EIGHT_PRODUCTS(4, 8, 9) DL_EIGHT_PRODUCTS(5, 10, 11)
                DL_EIGHT_PRODUCTS(6, 8, 9) DL_EIGHT_PRODUCTS(7, 10, 11)
        "dec %[left]\n\t"
        "jnz 1b\n\t"
        "vzeroupper"
        : [left] "+r"(left)
        :
        : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
          "xmm12", "xmm13", "xmm14");
    return rounds * SUMS * 64;
}

}  // namespace base
}  // namespace dl
