// int8 convolution of 12 positions by 32 channels, or 8 by 48, or 16 by 16, with sums of 32 bits in registers. vpdpbusd
// adds four products to each sum.

#include "dl_avx512_epilogue.hpp"
#include "dl_avx512vnni_tiles.hpp"
#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** Compute M positions by N blocks of channels, and store them. `a` is the input of the first position, `block` the
 * first block. */
template <typename Rounding, int M, int N>
DL_INLINE void tile(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue, const uint8_t *a, int block,
                    ConvCursor &cursor) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const size_t block_bytes = static_cast<size_t>(plan.runs) * plan.run_padded * 16;
    const uint8_t *b = state_of<TiledConv>(args).packed.data() + block * block_bytes;
    __m512i sum[M][N];
    DL_UNROLL
    for (int n = 0; n < N; n++) {
        const __m512i bias = _mm512_loadu_si512(state_of<Int8Conv>(args).bias.data() + (block + n) * 16);
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            sum[m][n] = bias;
        }
    }
    int run = 0;
    do {
        constexpr int GROUPS = (M + 2) / 3;
        const uint8_t *rows[GROUPS];
        DL_UNROLL
        for (int g = 0; g < GROUPS; g++) {
            rows[g] = a + plan.run_offsets[run] + 3 * g * position;
        }
        int k = plan.run_padded / 4;
        do {
            __m512i weights[N];
            DL_UNROLL
            for (int n = 0; n < N; n++) {
                weights[n] = _mm512_loadu_si512(b + n * block_bytes);
            }
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                int32_t four;
                __builtin_memcpy(&four, rows[m / 3] + m % 3 * position, 4);
                const __m512i activations = _mm512_set1_epi32(four);
                DL_UNROLL
                for (int n = 0; n < N; n++) {
                    avx512_add_products(sum[m][n], activations, weights[n]);
                }
            }
            b += 64;
            DL_UNROLL
            for (int g = 0; g < GROUPS; g++) {
                rows[g] += 4;
                // This keeps the compiler from giving every row a pointer of its own, for which there are not enough
                // registers.
                __asm__("" : "+r"(rows[g]));
            }
        } while (--k > 0);
    } while (++run < plan.runs);

    const int channel = block * 16;
    ConvCursor local = cursor;
    avx512_store<Rounding, M, N>(epilogue, epilogue.template channels<N>(channel), sum, channel, args.out_c - channel,
                                 local);
    cursor = local;
}

template <typename Rounding, int M, int N>
__attribute__((noinline)) void positions(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue,
                                         const uint8_t *a, int block, ConvCursor &cursor) {
    tile<Rounding, M, N>(args, epilogue, a, block, cursor);
}

/** Compute all positions of a unit for N blocks of channels. */
template <typename Rounding, int M, int N>
void blocks(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue, const ConvUnit &unit, int block) {
    conv_tiles<M>(unit, state_of<TiledConv>(args).plan.position_bytes,
                  [&]<int COUNT>(const uint8_t *a, ConvCursor &cursor) {
                      positions<Rounding, COUNT, N>(args, epilogue, a, block, cursor);
                  });
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const Avx512Epilogue<Rounding> epilogue(args);
    conv_parts<Avx512Stage<Avx512Flip>, 16>(args, begin, end, [&](const ConvUnit &unit, int block, int blocks_end) {
        while (block < blocks_end) {
            const int left = blocks_end - block;
            if (left == 1) {
                blocks<Rounding, 16, 1>(args, epilogue, unit, block);
                block += 1;
            } else if (left == 3) {
                blocks<Rounding, 8, 3>(args, epilogue, unit, block);
                block += 3;
            } else {
                blocks<Rounding, 12, 2>(args, epilogue, unit, block);
                block += 2;
            }
        }
    });
}

}  // namespace

DL_TILE(ConvArgs, dl_avx512vnni_s8_conv_12x32, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
