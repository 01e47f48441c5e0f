// int8 convolution: 6 positions by 16 channels of 32-bit sums in registers. Activations and weights are 16 bits wide:
// vpmaddwd adds two products exactly, where vpmaddubsw could saturate.

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_epilogue.hpp"
#include "dl_avx2_products.hpp"
#include "dl_avx2_sums.hpp"

namespace dl {
namespace base {
namespace {

// Two elements of one position by those of 16 channels.
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

DL_INLINE void add_products(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b,
                            const int32_t *bias, __m256i (&sum)[6][2]) {
    DL_ADD_PRODUCTS_6X16(DL_POSITION);
}

/** The same for fewer positions. */
template <int M>
DL_INLINE void add_products(const ConvPlan &plan, int64_t steps, const uint8_t *a, const uint8_t *b,
                            const int32_t *bias, __m256i (&sum)[M][2]) {
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        sum[m][0] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bias));
        sum[m][1] = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(bias + 8));
    }
    for (int run = 0; run < plan.runs; run++) {
        add_products(sum, a + plan.run_offsets[run], plan.position_bytes, b, (int)steps);
        b += steps * 64;
    }
}

template <int M, typename Epilogue>
__attribute__((noinline)) void tile(const ConvArgs &args, const Epilogue &epilogue, const uint8_t *a, int block,
                                    ConvCursor &cursor) {
    const ConvPlan &plan = args.plan;
    const int channel = block * 16;
    __m256i sum[M][2];
    add_products(plan, plan.run_padded / 2, a, args.packed.data() + (size_t)channel * plan.runs * plan.run_padded * 2,
                 args.packed_bias.data() + channel, sum);
    epilogue.write(args, sum, channel, cursor);
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        conv_parts<Avx2Widen, 6>(args, begin, end, [&](const ConvUnit &unit, int block, int blocks_end) {
            for (; block < blocks_end; block++) {
                conv_tiles<6>(unit, args.plan.position_bytes, [&]<int M>(const uint8_t *a, ConvCursor &cursor) {
                    tile<M>(args, epilogue, a, block, cursor);
                });
            }
        });
    });
}

}  // namespace

void dl_avx2_s8_conv_6x16_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s8_conv_6x16_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
