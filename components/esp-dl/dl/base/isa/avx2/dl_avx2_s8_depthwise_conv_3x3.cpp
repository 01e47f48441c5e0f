// int8 depthwise convolution of up to 3 rows by 3 columns, horizontal stride 1 or 2 and dilation 1, 16 channels. Of an
// input column, 16-bit values of rows 0 and 1 are interleaved so that vpmaddwd adds their products, and those of row 2
// with row 2 of the next column; both are multiplied for all outputs that the column takes part in.

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_epilogue.hpp"

namespace dl {
namespace base {
namespace {

/** Vectors of weights of a block of channels, see pack_3x3() in dl_base_depthwise_conv.cpp: for rows 0 and 1 of each
 * column, for row 2 of columns 0 and 1, and for row 2 of column 2 and nothing. */
enum { LEFT, MIDDLE, RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT, PAIRS };

/** 16 channels: those of two interleaved vectors of words, or sums. */
struct Channels {
    __m256i low, high;

    static DL_INLINE __m256i load(const void *from) { return _mm256_loadu_si256(static_cast<const __m256i *>(from)); }
    static DL_INLINE Channels interleave(__m256i a, __m256i b) {
        return {_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)};
    }
    static DL_INLINE Channels bias(const int32_t *from) { return {load(from), load(from + 8)}; }
    DL_INLINE void add(const Channels &values, const uint8_t *weights, int pair) {
        low = _mm256_add_epi32(low, _mm256_madd_epi16(values.low, load(weights + 64 * pair)));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(values.high, load(weights + 64 * pair + 32)));
    }
};

/** The three rows of input under an output row, of 16 channels. */
struct Rows {
    const uint8_t *row_0, *row_1, *row_2;
    size_t pixel;

    static DL_INLINE __m256i widen(const uint8_t *from) {
        return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from)));
    }
    /** Rows 0 and 1 of the current column. */
    DL_INLINE Channels top() const { return Channels::interleave(widen(row_0), widen(row_1)); }
    /** Row 2 of the next column. */
    DL_INLINE __m256i next_bottom() const { return widen(row_2 + pixel); }
    DL_INLINE void advance() {
        row_0 += pixel;
        row_1 += pixel;
        row_2 += pixel;
    }
};

/** Sums of one output after another: stride 1. Each column begins a sum, adds to one, and completes one. */
template <int STRIDE>
struct Walk {
    Rows rows;
    const uint8_t *weights;
    const int32_t *bias;
    Channels half_done, begun;
    __m256i bottom;

    DL_INLINE Walk(const Rows &from, const uint8_t *weights_, const int32_t *bias_)
        : rows(from), weights(weights_), bias(bias_) {
        bottom = Rows::widen(rows.row_2);
        half_done = Channels::bias(bias);
        begun = half_done;
        next();
        next();
    }
    /** @return the sums of the next output, which ends at the current column; go on to the next column */
    DL_INLINE Channels next() {
        const Channels top = rows.top();
        const __m256i next_bottom = rows.next_bottom();
        const Channels both = Channels::interleave(bottom, next_bottom);
        Channels done = half_done;
        done.add(top, weights, RIGHT);
        done.add(both, weights, BOTTOM_RIGHT);
        half_done = begun;
        half_done.add(top, weights, MIDDLE);
        begun = Channels::bias(bias);
        begun.add(top, weights, LEFT);
        begun.add(both, weights, BOTTOM_LEFT);
        bottom = next_bottom;
        rows.advance();
        return done;
    }
};

/** The same for stride 2: the right column of an output is the left one of the next. */
template <>
struct Walk<2> {
    Rows rows;
    const uint8_t *weights;
    const int32_t *bias;
    Channels top, both;

    DL_INLINE Walk(const Rows &from, const uint8_t *weights_, const int32_t *bias_)
        : rows(from), weights(weights_), bias(bias_) {
        top = rows.top();
        both = Channels::interleave(Rows::widen(rows.row_2), rows.next_bottom());
        rows.advance();
    }
    DL_INLINE Channels next() {
        Channels sum = Channels::bias(bias);
        sum.add(top, weights, LEFT);
        sum.add(both, weights, BOTTOM_LEFT);
        sum.add(rows.top(), weights, MIDDLE);
        rows.advance();
        top = rows.top();
        both = Channels::interleave(Rows::widen(rows.row_2), rows.next_bottom());
        sum.add(top, weights, RIGHT);
        sum.add(both, weights, BOTTOM_RIGHT);
        rows.advance();
        return sum;
    }
};

/** One output row of 16 channels. */
template <int STRIDE, typename Epilogue>
__attribute__((noinline)) void block_row(const ConvArgs &args, const Epilogue &epilogue, const Rows &rows, int channel,
                                         uint8_t *out, int width) {
    const int left = args.out_c - channel;
    Walk<STRIDE> walk(rows, args.packed.data() + (size_t)channel * PAIRS * 4, args.packed_bias.data() + channel);
    for (int x = 0; x < width; x += 2, out += 2 * args.out_pitch) {
        const Channels first = walk.next();
        const __m256i words = epilogue.scale_words(first.low, first.high, channel);
        // Behind the last column there is something to read, and what becomes of it is not stored.
        const Channels second = walk.next();
        const __m256i next_words = epilogue.scale_words(second.low, second.high, channel);
        __m256i bytes[1] = {_mm256_permute4x64_epi64(_mm256_packs_epi16(words, next_words), 0xd8)};
        epilogue.finish(bytes);
        avx2_store(out, _mm256_castsi256_si128(bytes[0]), left);
        if (x + 1 < width) {
            avx2_store(out + args.out_pitch, _mm256_extracti128_si256(bytes[0], 1), left);
        }
    }
}

template <int STRIDE, typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    // Up to three columns behind the last one are read.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 4 * plan.pixel_bytes + 64);
    // Rows that the kernel lacks have weights of zero: any input will do.
    const int32_t *offsets = plan.run_offsets.data();
    const int32_t offset_1 = offsets[args.kernel_h > 1 ? 3 : 0], offset_2 = offsets[args.kernel_h > 2 ? 6 : 0];
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        for (int index = begin; index < end; index++) {
            const ConvUnit unit = conv_unit(args, index, 1);
            conv_stage<Avx2Bytes>(args, index, unit, scratch);
            for (int row = 0; row < unit.rows; row++) {
                uint8_t *out = unit.output + (size_t)row * unit.width * unit.pixel;
                for (int channel = 0; channel < args.out_c; channel += 16) {
                    const uint8_t *from = scratch + row * plan.row_bytes + channel;
                    const Rows rows = {from + offsets[0], from + offset_1, from + offset_2, plan.pixel_bytes};
                    block_row<STRIDE>(args, epilogue, rows, channel, out + channel, unit.width);
                }
            }
        }
    });
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    if (args.stride_w == 1) {
        conv<1, Rounding>(args, begin, end);
    } else {
        conv<2, Rounding>(args, begin, end);
    }
}

}  // namespace

void dl_avx2_s8_depthwise_conv_3x3_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s8_depthwise_conv_3x3_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
