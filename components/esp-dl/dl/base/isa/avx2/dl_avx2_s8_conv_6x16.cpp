// int8 convolution of 6 positions by 16 channels, with sums of 32 bits in registers. Activations and weights are
// widened to 16 bits: vpmaddwd adds two products exactly, where vpmaddubsw on bytes could saturate.

#include "dl_avx2_products.hpp"
#include "dl_avx2_sums.hpp"
#include "dl_avx2_tiles.hpp"

namespace dl {
namespace base {
namespace {

// A step for one position: two of its elements by those of 16 channels.
#define DL_POSITION(address, first, second, low, high) \
    "vpbroadcastd " address ", %[" first               \
    "]\n\t"                                            \
    "vpmaddwd %[w0], %[" first "], %[" second          \
    "]\n\t"                                            \
    "vpmaddwd %[w1], %[" first "], %[" first           \
    "]\n\t"                                            \
    "vpaddd %[" second "], %[" low "], %[" low         \
    "]\n\t"                                            \
    "vpaddd %[" first "], %[" high "], %[" high "]\n\t"

struct Products {
    using Stage = Avx2Widen;

    static DL_INLINE void add(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b,
                              const int32_t *bias, __m256i (&sum)[6][2]) {
        DL_ADD_PRODUCTS_6X16(DL_POSITION);
    }

    /** The same for fewer positions, with intrinsics: there are registers to spare. */
    template <int M>
    static DL_INLINE void add(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b,
                              const int32_t *bias, __m256i (&sum)[M][2]) {
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            sum[m][0] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bias));
            sum[m][1] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bias + 8));
        }
        for (int run = 0; run < plan.runs; run++) {
            add_products(sum, a + plan.run_offsets[run], plan.position_bytes, b, static_cast<int>(steps));
            b += steps * 64;
        }
    }
};

}  // namespace

DL_TILE(ConvArgs, dl_avx2_s8_conv_6x16, conv_6x16<Products, Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
