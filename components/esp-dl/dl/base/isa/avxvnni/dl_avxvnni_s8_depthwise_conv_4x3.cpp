// int8 depthwise convolution of up to 4 rows by 3 columns, horizontal stride 1 or 2 and dilation 1. The rows of an
// input column are interleaved once and multiplied for all outputs that the column takes part in. 16 channels at once,
// 8 in each lane, so that there are registers for sums and weights: those of a block of 32 whose lanes hold 16 each
// come first, then the other 16. Or 8 channels of two rows.

#include "dl_avxvnni_depthwise.hpp"
#include "dl_avxvnni_tiles.hpp"

namespace dl {
namespace base {
namespace {

/** 8 channels in each lane: interleaved taps of a column, their weights, or sums. */
struct Eights {
    __m256i low, high;

    static DL_INLINE Eights load(const void *from) {
        return {avxvnni_load(from), avxvnni_load(static_cast<const uint8_t *>(from) + 32)};
    }
    DL_INLINE Eights plus(const Eights &taps, const Eights &weights) const {
        return {_mm256_dpbusd_avx_epi32(low, taps.low, weights.low),
                _mm256_dpbusd_avx_epi32(high, taps.high, weights.high)};
    }
};

/** The input under the output rows that are computed. */
struct Rows {
    const uint8_t *at;   ///< row 0 of the current column
    int64_t offsets[3];  ///< from there to rows 1 to 3
    size_t pixel;        ///< to the next column
    size_t second;       ///< to the second output row's
};

/** The sums of one output after another: each column begins one, adds to one, and completes one. @tparam PAIR of rows
 */
template <int STRIDE, bool PAIR>
struct Walk {
    Rows rows;
    const Eights left, middle, right, bias;
    Eights half_done, begun;

    DL_INLINE Walk(const Rows &from, const uint8_t *weights, const int32_t *bias_)
        : rows(from),
          left(Eights::load(weights)),
          middle(Eights::load(weights + 128)),
          right(Eights::load(weights + 256)),
          bias(Eights::load(bias_)) {
        half_done = begun = bias.plus(column(), left);
        if (STRIDE == 1) {
            const Eights taps = column();
            half_done = begun.plus(taps, middle);
            begun = bias.plus(taps, left);
        }
    }

    DL_INLINE Eights next() {
        if (STRIDE == 2) {
            half_done = begun.plus(column(), middle);
        }
        const Eights taps = column();
        const Eights done = half_done.plus(taps, right);
        if (STRIDE == 1) {
            half_done = begun.plus(taps, middle);
        }
        begun = bias.plus(taps, left);
        return done;
    }

private:
    /** The current column's taps; go on to the next. */
    DL_INLINE Eights column() {
        using V = AvxVnniDepthwise;
        auto tap = [&](const uint8_t *from) __attribute__((always_inline)) {
            return PAIR ? V::load_halves(from, from + rows.second) : V::load(from);
        };
        const uint8_t *at = rows.at;
        const __m256i ab = _mm256_unpacklo_epi8(tap(at), tap(at + rows.offsets[0]));
        const __m256i cd = _mm256_unpacklo_epi8(tap(at + rows.offsets[1]), tap(at + rows.offsets[2]));
        rows.at += rows.pixel;
        return {_mm256_unpacklo_epi16(ab, cd), _mm256_unpackhi_epi16(ab, cd)};
    }
};

/** Where the channels of a lane go. */
struct Lane {
    uint8_t *out;
    int count;  ///< that exist

    /** Two outputs, or fewer if there are. */
    DL_INLINE void store(__m128i bytes, size_t pitch, int outputs) {
        if (__builtin_expect(count >= 8 && outputs >= 2, 1)) {
            _mm_storel_epi64(reinterpret_cast<__m128i *>(out), bytes);
            _mm_storeh_pi(reinterpret_cast<__m64 *>(out + pitch), _mm_castsi128_ps(bytes));
        } else if (count > 0) {
            const int present = count < 8 ? count : 8;
            if (outputs > 0) {
                avx2_store(out, bytes, present);
            }
            if (outputs > 1) {
                avx2_store(out + pitch, _mm_unpackhi_epi64(bytes, bytes), present);
            }
        }
        out += 2 * pitch;
    }
};

/** An output row, or two. @tparam PAIRS of outputs at once: more make up for a table's steps @param channel first one
 * in the packed order */
template <int STRIDE, bool PAIR, int PAIRS, typename Epilogue>
__attribute__((noinline)) void compute_rows(const ConvArgs &args, const Epilogue &epilogue, const Rows &rows,
                                            int channel, Lane first, Lane second, int width) {
    Walk<STRIDE, PAIR> walk(rows,
                            state_of<TiledConv>(args).packed.data() + (size_t)(channel / 32) * 384 + channel % 32 * 4,
                            state_of<Int8Conv>(args).bias.data() + channel);
    for (int left = width; left > 0; left -= 2 * PAIRS) {
        // The bytes behind the last column are scratch memory: they may be read, and their results are not stored.
        __m256i bytes[PAIRS];
        DL_UNROLL
        for (int i = 0; i < PAIRS; i++) {
            const Eights one = walk.next();
            const __m256i words = epilogue.scale_words(one.low, one.high, channel);
            const Eights next = walk.next();
            bytes[i] = _mm256_packs_epi16(words, epilogue.scale_words(next.low, next.high, channel));
        }
        epilogue.finish(bytes);
        DL_UNROLL
        for (int i = 0; i < PAIRS; i++) {
            first.store(_mm256_castsi256_si128(bytes[i]), args.out_pitch, left - 2 * i);
            second.store(_mm256_extracti128_si256(bytes[i], 1), args.out_pitch, left - 2 * i);
        }
    }
}

/** All output rows of a unit for one block of channels. */
template <int STRIDE, bool PAIR, typename Epilogue>
void block_rows(const ConvArgs &args, const Epilogue &epilogue, const ConvUnit &unit, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    for (int row = 0; row < unit.rows; row += PAIR ? 2 : 1) {
        // A last single row is computed twice.
        const bool both = row + 1 < unit.rows;
        const size_t out_row = (size_t)unit.width * unit.pixel;
        for (int half = 0; half < 2; half++) {
            const int channel = block * 32 + half * 8;
            const int left = args.out_c - channel;
            Rows rows = {unit.base + channel + row * plan.row_bytes, {}, plan.pixel_bytes, both ? plan.row_bytes : 0};
            for (int i = 1; i < 4; i++) {
                // Rows that do not exist have weights of zero: any input will do.
                rows.offsets[i - 1] = plan.run_offsets[i < args.kernel_h ? i * 3 : 0];
            }
            uint8_t *out = unit.output + channel + row * out_row;
            const Lane first = {out, left};
            const Lane second = {PAIR ? out + (both ? out_row : 0) : out + 16, PAIR ? left : left - 16};
            if (left > 0 && epilogue.has_lut) {
                compute_rows<STRIDE, PAIR, 2>(args, epilogue, rows, block * 32 + half * 16, first, second, unit.width);
            } else if (left > 0) {
                compute_rows<STRIDE, PAIR, 1>(args, epilogue, rows, block * 32 + half * 16, first, second, unit.width);
            }
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        vnni_depthwise<AvxVnniDepthwise>(args, begin, end, [&](const ConvUnit &unit, int block, bool half) {
            if (args.stride_w == 1 && half) {
                block_rows<1, true>(args, epilogue, unit, block);
            } else if (args.stride_w == 1) {
                block_rows<1, false>(args, epilogue, unit, block);
            } else if (half) {
                block_rows<2, true>(args, epilogue, unit, block);
            } else {
                block_rows<2, false>(args, epilogue, unit, block);
            }
        });
    });
}

}  // namespace

DL_TILE(ConvArgs, dl_avxvnni_s8_depthwise_conv_4x3, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
