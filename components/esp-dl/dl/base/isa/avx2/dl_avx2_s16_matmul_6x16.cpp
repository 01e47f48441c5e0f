#include "dl_avx2_conv_kernels.hpp"
#include "dl_base_conv_staged.hpp"
#include "dl_simd_matmul_words.hpp"

namespace dl {
namespace base {
namespace {

/** The rest of what pack_conv_int16() prepares: high parts, and constants out of their sums. */
void complete(ConvArgs &conv) {
    const size_t padded = conv.plan.blocks * 16;
    const size_t plane = padded * conv.plan.run_padded;
    const size_t segments = conv.segments.size() / 4;
    const int64_t half = conv.shifts[0] > 0 ? INT64_C(1) << (conv.shifts[0] - 1) : 0;
    std::fill_n(conv.packed_bias.begin(), 2 * padded, 0);
    for (int block = 0; block < conv.plan.blocks; block++) {
        const __m256i *words = reinterpret_cast<const __m256i *>(conv.packed.data()) + block * conv.plan.run_padded;
        __m256i *high = const_cast<__m256i *>(words) + plane / 16;
        alignas(32) int32_t sums[16];
        int64_t begin[16];
        std::fill_n(begin, 16, half);
        for (size_t s = 0; s < segments; s++) {
            __m256i sum[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
            for (int i = conv.segments[4 * s + 2]; i > 0; i -= 2) {
                for (int half_block = 0; half_block < 2; half_block++, words++, high++) {
                    *high = _mm256_srai_epi16(_mm256_adds_epi16(*words, _mm256_set1_epi16(128)), 8);
                    const __m256i pairs = _mm256_madd_epi16(*high, _mm256_set1_epi16(1));
                    sum[half_block] = _mm256_add_epi32(sum[half_block], pairs);
                }
            }
            int32_t *constants = conv.packed_bias.data() + 2 * s * padded + block * 16;
            for (int half_block = 0; half_block < 2; half_block++) {
                _mm256_store_si256(reinterpret_cast<__m256i *>(sums) + half_block, sum[half_block]);
            }
            for (int i = 0; i < 16; i++) {
                constants[i] = -32768 * sums[i];
                begin[i] += sums[i] * INT64_C(32768);
            }
        }
        for (int i = 0; i < 16; i++) {
            const int o = block * 16 + i;
            if (conv.fine_shifts) {
                conv.packed_wide[wide_place(o)] = begin[i];
            } else {
                conv.packed_bias[o] = (int32_t)((uint32_t)conv.packed_bias[o] + (uint32_t)begin[i]);
                conv.packed_bias[padded + o] += (int32_t)(begin[i] >> 16);
            }
        }
    }
}

}  // namespace

void dl_avx2_s16_matmul_6x16_half_up(const MatmulArgs &args, int begin, int end) {
    matmul_words(args, begin, end, complete, dl_avx2_s16_conv_6x16_half_up);
}

void dl_avx2_s16_matmul_6x16_half_even(const MatmulArgs &args, int begin, int end) {
    matmul_words(args, begin, end, complete, dl_avx2_s16_conv_6x16_half_even);
}

}  // namespace base
}  // namespace dl
