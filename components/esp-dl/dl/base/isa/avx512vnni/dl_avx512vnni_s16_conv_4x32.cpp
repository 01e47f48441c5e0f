// int16 convolution: 4 positions by 32 channels (or 8 by 16). vpdpwssd adds two products to 32-bit sums; after each
// chunk of them the sums go into 64-bit ones.

#include "dl_avx512_wide.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {
namespace {

template <typename Rounding, int M, int N>
__attribute__((noinline)) void tile(const ConvArgs &args, const WideEpilogue<Rounding> &epilogue, const uint8_t *a,
                                    int block, ConvCursor &cursor) {
    const ConvPlan &plan = args.plan;
    const size_t position = plan.position_bytes;
    const size_t block_bytes = (size_t)plan.runs * plan.run_padded * 32;
    const uint8_t *b = args.packed.data() + block * block_bytes;
    const int32_t *chunk = args.chunks.data() + args.chunks[block / 2];
    WideSum wide[M][N];
    for (int run = 0; run < plan.runs; run++) {
        const uint8_t *row = a + plan.run_offsets[run];
        const uint8_t *row3 = row + 3 * position;
        for (int left = plan.run_padded / 2; left > 0;) {
            __m512i sum[M][N];
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                DL_UNROLL
                for (int n = 0; n < N; n++) {
                    sum[m][n] = chunk_begin();
                }
            }
            int steps = *chunk++;
            left -= steps;
            do {
                __m512i weights[N];
                DL_UNROLL
                for (int n = 0; n < N; n++) {
                    weights[n] = _mm512_loadu_si512(b + n * block_bytes);
                }
                DL_UNROLL
                for (int m = 0; m < M; m++) {
                    int32_t two;
                    __builtin_memcpy(&two, m < 3 ? row + m * position : row3 + (m - 3) * position, 4);
                    const __m512i activations = _mm512_set1_epi32(two);
                    DL_UNROLL
                    for (int n = 0; n < N; n++) {
                        chunk_add(sum[m][n], activations, weights[n]);
                    }
                }
                row += 4;
                row3 += 4;
                b += 64;
            } while (--steps > 0);
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                DL_UNROLL
                for (int n = 0; n < N; n++) {
                    wide[m][n].add(sum[m][n]);
                }
            }
        }
    }

    const int channel = block * 16;
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
        if (!out) {
            continue;
        }
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            const int left = args.out_c - channel - 16 * n;
            const __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1 << left) - 1);
            const __m256i words = _mm512_cvtepi32_epi16(epilogue.scale(wide[m][n], channel + 16 * n));
            _mm256_mask_storeu_epi16(out + channel + 16 * n, mask, words);
        }
    }
}

template <typename Rounding, int M, int N>
void blocks(const ConvArgs &args, const WideEpilogue<Rounding> &epilogue, const ConvUnit &unit, int block) {
    ConvCursor cursor(unit);
    const size_t position = args.plan.position_bytes;
    const int count = unit.positions();
    int p = 0;
    for (; p + M <= count; p += M) {
        tile<Rounding, M, N>(args, epilogue, unit.base + p * position, block, cursor);
    }
    if (count - p > 1) {
        tile<Rounding, M, N>(args, epilogue, unit.base + p * position, block, cursor);
    } else if (count - p == 1) {
        tile<Rounding, 1, N>(args, epilogue, unit.base + p * position, block, cursor);
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const WideEpilogue<Rounding> epilogue(args);
    // The last tile reads up to 7 positions and one padded run beyond the last one.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 8 * plan.position_bytes + plan.run_padded * 2 + 64);
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        ConvUnit unit = conv_unit(args, part.index, 2);
        if (part.index != staged) {
            conv_stage<Copy16>(args, part.index, unit, scratch);
            staged = part.index;
        }
        unit.base = scratch;
        int block = part.begin;
        for (; block + 2 <= part.end; block += 2) {
            blocks<Rounding, 4, 2>(args, epilogue, unit, block);
        }
        if (block < part.end) {
            blocks<Rounding, 8, 1>(args, epilogue, unit, block);
        }
    }
}

}  // namespace

void dl_avx512vnni_s16_conv_4x32_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s16_conv_4x32_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
