// int8 convolution of 6 positions by 16 channels, with sums of 32 bits in registers. vpdpbusd adds four products to
// each sum.

#include "dl_avx2_sums.hpp"
#include "dl_avxvnni_products.hpp"
#include "dl_avxvnni_tiles.hpp"

namespace dl {
namespace base {
namespace {

// A step for one position: four of its elements by those of 16 channels.
#define DL_POSITION(address, first, second, low, high) \
    "vpbroadcastd " address ", %[" first               \
    "]\n\t"                                            \
    "%{vex%} vpdpbusd %[w0], %[" first "], %[" low     \
    "]\n\t"                                            \
    "%{vex%} vpdpbusd %[w1], %[" first "], %[" high "]\n\t"

struct Products {
    using Stage = AvxVnniFlip;

    static DL_INLINE void add(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b,
                              const int32_t *bias, __m256i (&sum)[6][2]) {
        DL_ADD_PRODUCTS_6X16(DL_POSITION);
    }

    /** The same for fewer positions, with intrinsics. Neighbouring steps add to sums of their own, so that a product
     * need not wait for the one before.
     */
    template <int M>
    static DL_INLINE void add(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b,
                              const int32_t *bias, __m256i (&sum)[M][2]) {
        constexpr int STEPS = M == 1 ? 4 : 2;
        __m256i sums[STEPS][M][2];
        DL_UNROLL
        for (int i = 0; i < STEPS * M; i++) {
            sums[i / M][i % M][0] = i < M ? avxvnni_load(bias) : _mm256_setzero_si256();
            sums[i / M][i % M][1] = i < M ? avxvnni_load(bias + 8) : _mm256_setzero_si256();
        }
        auto step = [&](__m256i(&to)[M][2], const uint8_t *row) __attribute__((always_inline)) {
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                int32_t four;
                __builtin_memcpy(&four, row + m * plan.position_bytes, 4);
                const __m256i activations = _mm256_set1_epi32(four);
                avxvnni_add_products(to[m][0], activations, b);
                avxvnni_add_products(to[m][1], activations, b + 32);
            }
            b += 64;
        };
        for (int run = 0; run < plan.runs; run++) {
            const uint8_t *row = a + plan.run_offsets[run];
            int64_t left = steps;
            for (; left >= STEPS; left -= STEPS, row += 4 * STEPS) {
                DL_UNROLL
                for (int i = 0; i < STEPS; i++) {
                    step(sums[i], row + 4 * i);
                }
            }
            for (; left > 0; left--, row += 4) {
                step(sums[0], row);
            }
        }
        DL_UNROLL
        for (int i = 0; i < 2 * M; i++) {
            sum[i / 2][i % 2] = sums[0][i / 2][i % 2];
            DL_UNROLL
            for (int j = 1; j < STEPS; j++) {
                sum[i / 2][i % 2] = _mm256_add_epi32(sum[i / 2][i % 2], sums[j][i / 2][i % 2]);
            }
        }
    }
};

}  // namespace

DL_TILE(ConvArgs, dl_avxvnni_s8_conv_6x16, conv_6x16<Products, Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
