// int8 depthwise convolution of up to 4 rows by 3 columns, horizontal stride 1 or 2 and dilation 1. The rows of an
// input column are interleaved once, and multiplied for all outputs whose windows the column lies in. A vector of 32
// bytes holds 16 channels in each half. The kernel computes the first 8 of each half, then the last 8: for more at once
// there are not enough registers. A block that is at most half full is computed for two output rows at once.

#include "dl_avxvnni_depthwise.hpp"
#include "dl_avxvnni_tiles.hpp"

namespace dl {
namespace base {
namespace {

/** 8 channels of each half of a vector: interleaved taps of a column, or their weights, or sums. `low` has the first 4
 * of each half. */
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

/** The input under one output row, or two. */
struct Rows {
    const uint8_t *at;   ///< row 0 of the current column, for the first output row
    int64_t offsets[3];  ///< from there to rows 1 to 3
    size_t pixel;        ///< from one column to the next
    size_t second;       ///< from the first output row's input to the second's
};

/** Computes one output after another: each input column completes the sum of one output, adds to that of the next, and
 * begins that of the one after it. @tparam PAIR two output rows at once
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
    /** Load and interleave the current column. Then go on to the next one. */
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

/** Where the 8 channels of one half of a vector are stored. */
struct Lane {
    uint8_t *out;
    int count;  ///< that exist

    /** Store two neighbouring outputs; if `outputs` is below 2, that many. */
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

/** Compute one output row, or two. @tparam PAIRS pairs of outputs at once: with a table, two pairs share the cost of
 * its steps @param channel the first channel, in the packed order */
template <int STRIDE, bool PAIR, int PAIRS, typename Epilogue>
__attribute__((noinline)) void compute_rows(const ConvArgs &args, const Epilogue &epilogue, const Rows &rows,
                                            int channel, Lane first, Lane second, int width) {
    Walk<STRIDE, PAIR> walk(
        rows, state_of<TiledConv>(args).packed.data() + static_cast<size_t>(channel / 32) * 384 + channel % 32 * 4,
        state_of<Int8Conv>(args).bias.data() + channel);
    for (int left = width; left > 0; left -= 2 * PAIRS) {
        // Columns behind the last one may be read: they are scratch memory. What comes of them is not stored.
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

/** Compute all output rows of a unit for one block of channels. */
template <int STRIDE, bool PAIR, typename Epilogue>
void block_rows(const ConvArgs &args, const Epilogue &epilogue, const ConvUnit &unit, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    for (int row = 0; row < unit.rows; row += PAIR ? 2 : 1) {
        // A single last row is computed as both rows of the pair.
        const bool both = row + 1 < unit.rows;
        const size_t out_row = static_cast<size_t>(unit.width) * unit.pixel;
        for (int half = 0; half < 2; half++) {
            const int channel = block * 32 + half * 8;
            const int left = args.out_c - channel;
            Rows rows = {unit.base + channel + row * plan.row_bytes, {}, plan.pixel_bytes, both ? plan.row_bytes : 0};
            for (int i = 1; i < 4; i++) {
                // A kernel of fewer rows has weights of zero for the others, so any input will do there.
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
