// int16 convolution: 12 positions by 32 channels (or 16 by 16). vpdpwssd makes the sums modulo 2^32, then vpdpbusd the
// coarse ones of the high bytes, see pack_conv_int16().

#include "dl_avx512_epilogue.hpp"
#include "dl_avx512_wide.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {
namespace {

/** Where a tile's input and weights lie. */
struct Sources {
    const uint8_t *words;       ///< of the first position
    const uint8_t *bytes;       ///< its high bytes
    const uint8_t *weights;     ///< of the first block
    const uint8_t *high_bytes;  ///< of these weights
};

/**
 * Add the products of a segment's pieces, and `constants` of each channel, to sums in memory. @tparam COARSE products
 * of bytes, four a step; else of words, two a step @return the next segment's first piece
 */
template <bool COARSE, int M, int N>
DL_INLINE const int32_t *add_segment(const ConvArgs &args, __m512i *sums, const Sources &from, const int32_t *piece,
                                     const int32_t *constants) {
    const ConvPlan &plan = args.plan;
    constexpr size_t element = COARSE ? 1 : 2;
    const size_t position = plan.position_bytes / 2 * element;
    const size_t block_bytes = (size_t)plan.runs * plan.run_padded * 16 * element;
    __m512i sum[M][N];
    DL_UNROLL
    for (int n = 0; n < N; n++) {
        const __m512i constant = _mm512_loadu_si512(constants + 16 * n);
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            sum[m][n] = _mm512_add_epi32(_mm512_load_si512(sums + m * N + n), constant);
        }
    }
    bool ends;
    do {
        constexpr int GROUPS = (M + 2) / 3;
        const uint8_t *rows[GROUPS];
        DL_UNROLL
        for (int g = 0; g < GROUPS; g++) {
            rows[g] = (COARSE ? from.bytes : from.words) + (plan.run_offsets[piece[0]] / 2 + piece[1]) * element +
                      3 * g * position;
        }
        const uint8_t *b =
            (COARSE ? from.high_bytes : from.weights) + ((size_t)piece[0] * plan.run_padded + piece[1]) * 16 * element;
        int steps = piece[2] / (COARSE ? 4 : 2);
        do {
            __m512i weights[N];
            DL_UNROLL
            for (int n = 0; n < N; n++) {
                weights[n] = _mm512_loadu_si512(b + n * block_bytes);
            }
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                int32_t elements;
                __builtin_memcpy(&elements, rows[m / 3] + m % 3 * position, 4);
                const __m512i activations = _mm512_set1_epi32(elements);
                DL_UNROLL
                for (int n = 0; n < N; n++) {
                    if (COARSE) {
                        avx512_add_products(sum[m][n], activations, weights[n]);
                    } else {
                        avx512_add_word_products(sum[m][n], activations, weights[n]);
                    }
                }
            }
            b += 64;
            DL_UNROLL
            for (int g = 0; g < GROUPS; g++) {
                rows[g] += 4;
                // Keeps the compiler from giving every row a pointer of its own: there are not enough registers.
                __asm__("" : "+r"(rows[g]));
            }
        } while (--steps > 0);
        ends = piece[3];
        piece += 4;
    } while (!ends);
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            _mm512_store_si512(sums + m * N + n, sum[m][n]);
        }
    }
    return piece;
}

template <typename Rounding, int M, int N>
__attribute__((noinline)) void tile(const ConvArgs &args, const WideEpilogue<Rounding> &epilogue, const Sources &from,
                                    int block, ConvCursor &cursor) {
    const size_t padded = args.plan.blocks * 16;
    const int channel = block * 16;
    const int32_t *constants = args.packed_bias.data() + channel;
    const int32_t *piece = args.segments.data();
    const int32_t *end = piece + args.segments.size();
    __m512i wrapped[M * N], coarse[M * N];
    for (int i = 0; i < M * N; i++) {
        wrapped[i] = coarse[i] = _mm512_setzero_si512();
    }
    while (true) {
        add_segment<false, M, N>(args, wrapped, from, piece, constants);
        piece = add_segment<true, M, N>(args, coarse, from, piece, constants + padded);
        constants += 2 * padded;
        if (piece == end) {
            break;
        }
        for (int i = 0; i < M * N; i++) {
            coarse[i] = take_in_missing(coarse[i], wrapped[i]);
        }
    }

    for (int m = 0; m < M; m++) {
        int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
        if (!out) {
            continue;
        }
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            const int left = args.out_c - channel - 16 * n;
            const __mmask16 mask = left >= 16 ? 0xffff : (__mmask16)((1 << left) - 1);
            const __m256i words = epilogue.scale_coarse(coarse[m * N + n], wrapped[m * N + n], channel + 16 * n);
            _mm256_mask_storeu_epi16(out + channel + 16 * n, mask, words);
        }
    }
}

template <typename Rounding, int M, int N>
void blocks(const ConvArgs &args, const WideEpilogue<Rounding> &epilogue, const ConvUnit &unit, Sources from,
            int block) {
    const ConvPlan &plan = args.plan;
    const size_t block_bytes = (size_t)plan.runs * plan.run_padded * 32;
    from.weights = args.packed.data() + block * block_bytes;
    from.high_bytes = args.packed.data() + plan.blocks * block_bytes + block * block_bytes / 2;
    ConvCursor cursor(unit);
    const size_t position = plan.position_bytes;
    int left = unit.positions();
    while (left > 0) {
        const int count = left > M / 2 ? M : left > M / 4 ? M / 2 : left > 1 ? M / 4 : 1;
        if (count == M) {
            tile<Rounding, M, N>(args, epilogue, from, block, cursor);
        } else if (count == M / 2) {
            tile<Rounding, M / 2, N>(args, epilogue, from, block, cursor);
        } else if (count == M / 4) {
            tile<Rounding, M / 4, N>(args, epilogue, from, block, cursor);
        } else {
            tile<Rounding, 1, N>(args, epilogue, from, block, cursor);
        }
        from.words += count * position;
        from.bytes += count * position / 2;
        left -= count;
    }
}

/** High bytes of int16, plus 128. */
void copy_high_bytes(uint8_t *to, const uint8_t *from, size_t bytes) {
    const __m256i flip = _mm256_set1_epi8(-128);
    for (size_t i = 0; i < bytes; i += 64, to += 32) {
        const __m512i words = _mm512_load_si512(from + i);
        const __m256i high = _mm512_cvtepi16_epi8(_mm512_srli_epi16(words, 8));
        _mm256_store_si256(reinterpret_cast<__m256i *>(to), _mm256_xor_si256(high, flip));
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const WideEpilogue<Rounding> epilogue(args);
    // The last tile reads up to 15 positions and one padded run beyond the last one.
    const size_t bytes = (plan.scratch_bytes + 16 * plan.position_bytes + plan.run_padded * 2 + 127) / 64 * 64;
    uint8_t *words = host_scratch(bytes + bytes / 2);
    uint8_t *high = words + bytes;
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        const ConvUnit unit = conv_unit(args, part.index, 2);
        if (part.index != staged) {
            conv_stage<Copy16>(args, part.index, unit, words);
            copy_high_bytes(high, words, plan.scratch_bytes);
            staged = part.index;
        }
        const Sources from{words, high, nullptr, nullptr};
        int block = part.begin;
        for (; block + 2 <= part.end; block += 2) {
            blocks<Rounding, 12, 2>(args, epilogue, unit, from, block);
        }
        if (block < part.end) {
            blocks<Rounding, 16, 1>(args, epilogue, unit, from, block);
        }
    }
}

}  // namespace

void dl_avx512vnni_s16_conv_12x32_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s16_conv_12x32_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
