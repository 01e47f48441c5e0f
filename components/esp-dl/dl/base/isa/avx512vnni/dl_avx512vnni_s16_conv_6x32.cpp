// int16 convolution of 6 positions by 32 channels, or 12 by 16. vpdpwssd adds products to sums of 32 bits. The sums are
// folded where they could overflow, see pack_conv_int16(); folding uses other ports of the processor than products do.

#include "dl_avx512_epilogue.hpp"
#include "dl_avx512_wide.hpp"
#include "dl_avx512vnni_tiles.hpp"
#include "dl_tile_folds.hpp"

namespace dl {
namespace base {
namespace {

/** Sums of M positions by N blocks of channels, as pairs of high and low sums. */
template <int M, int N>
struct Sums {
    __m512i low[M][N];
    __m512i high[M][N];

    DL_INLINE void begin(const int32_t *lows, const int32_t *highs) {
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            const __m512i first_low = _mm512_loadu_si512(lows + 16 * n);
            const __m512i first_high = _mm512_loadu_si512(highs + 16 * n);
            DL_UNROLL
            for (int m = 0; m < M; m++) {
                low[m][n] = first_low;
                high[m][n] = first_high;
            }
        }
    }

    /** Add the products of a step: two elements of each position by those of each channel. @tparam FOLD fold the sums
     * first */
    template <bool FOLD>
    DL_INLINE void add(const uint8_t *const *rows, size_t position, const uint8_t *b, size_t block_bytes) {
        __m512i weights[N];
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            weights[n] = _mm512_load_si512(b + n * block_bytes);
        }
        const __m512i above = _mm512_set1_epi32(-65536);
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            int32_t two;
            __builtin_memcpy(&two, rows[m / 3] + m % 3 * position, 4);
            const __m512i activations = _mm512_set1_epi32(two);
            DL_UNROLL
            for (int n = 0; n < N; n++) {
                if (FOLD) {
                    high[m][n] = _mm512_add_epi32(high[m][n], _mm512_srai_epi32(low[m][n], 16));
                    low[m][n] = _mm512_or_si512(low[m][n], above);
                }
                avx512_add_word_products(low[m][n], activations, weights[n]);
            }
        }
    }
};

template <sums_t SUMS, typename Rounding, int M, int N>
DL_INLINE void store(const ConvArgs &args, const WideEpilogue<Rounding> &epilogue, const Sums<M, N> &sums, int channel,
                     ConvCursor &cursor) {
    const int left = args.out_c - channel;
    const __mmask32 mask = left >= 16 * N ? ~static_cast<__mmask32>(0) : (static_cast<__mmask32>(1) << left) - 1;
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
        if (!out) {
            continue;
        }
        out += channel;
        const __m512i first = epilogue.template scale_sums<SUMS>(sums.high[m][0], sums.low[m][0], channel);
        if constexpr (N == 1) {
            _mm256_mask_storeu_epi16(out, static_cast<__mmask16>(mask), epilogue.pack(first));
        } else {
            const __m512i words =
                epilogue.pack(first, epilogue.template scale_sums<SUMS>(sums.high[m][1], sums.low[m][1], channel + 16));
            // A store without a mask is faster.
            if (left >= 32) {
                _mm512_storeu_si512(out, words);
            } else {
                _mm512_mask_storeu_epi16(out, mask, words);
            }
        }
    }
}

template <typename Rounding, int M, int N>
__attribute__((noinline)) void tile(const ConvArgs &args, const WideEpilogue<Rounding> &epilogue, const uint8_t *a,
                                    int block, int range, ConvCursor &cursor) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const int steps = plan.run_padded / 2;
    const size_t block_bytes = static_cast<size_t>(plan.runs) * steps * 64;
    const uint8_t *b = state_of<TiledConv>(args).packed.data() + block * block_bytes;
    const uint8_t *fold = folds_of(args, range, block);
    const int channel = block * 16;
    const int32_t *lows = state_of<Int16Conv>(args).low.data() + channel;
    Sums<M, N> sums;
    sums.begin(lows, state_of<Int16Conv>(args).high.data() + static_cast<size_t>(range) * plan.blocks * 16 + channel);
    int run = 0;
    do {
        constexpr int GROUPS = (M + 2) / 3;
        const uint8_t *rows[GROUPS];
        DL_UNROLL
        for (int g = 0; g < GROUPS; g++) {
            rows[g] = a + plan.run_offsets[run] + 3 * g * position;
        }
        int left = steps;
        do {
            if (*fold++) {
                sums.template add<true>(rows, position, b, block_bytes);
            } else {
                sums.template add<false>(rows, position, b, block_bytes);
            }
            b += 64;
            DL_UNROLL
            for (int g = 0; g < GROUPS; g++) {
                rows[g] += 4;
                // This keeps the compiler from giving every row a pointer of its own, for which there are not enough
                // registers.
                __asm__("" : "+r"(rows[g]));
            }
        } while (--left > 0);
    } while (++run < plan.runs);

    if (__builtin_expect(epilogue.sums == SUMS_PLAIN, 1)) {
        store<SUMS_PLAIN>(args, epilogue, sums, channel, cursor);
    } else if (epilogue.sums == SUMS_DEEP) {
        store<SUMS_DEEP>(args, epilogue, sums, channel, cursor);
    } else {
        store<SUMS_FINE>(args, epilogue, sums, channel, cursor);
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const WideEpilogue<Rounding> epilogue(args);
    RangeFinder ranges;
    conv_parts<Copy16, 12>(args, begin, end, [&](const ConvUnit &unit, int block, int blocks_end) {
        const int range = ranges.find(args, unit);
        const size_t position = state_of<TiledConv>(args).plan.position_bytes;
        for (; block + 2 <= blocks_end; block += 2) {
            conv_tiles<6>(unit, position, [&]<int M>(const uint8_t *a, ConvCursor &cursor) {
                tile<Rounding, M, 2>(args, epilogue, a, block, range, cursor);
            });
        }
        if (block < blocks_end) {
            conv_tiles<12>(unit, position, [&]<int M>(const uint8_t *a, ConvCursor &cursor) {
                tile<Rounding, M, 1>(args, epilogue, a, block, range, cursor);
            });
        }
    });
}

}  // namespace

void dl_avx512vnni_s16_conv_6x32_folds(ConvArgs &args) {
    mark_folds(args);
}

DL_TILE(ConvArgs, dl_avx512vnni_s16_conv_6x32, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
