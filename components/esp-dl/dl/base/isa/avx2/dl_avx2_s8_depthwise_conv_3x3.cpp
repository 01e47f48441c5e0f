// int8 depthwise convolution of up to 3 rows by 3 columns, horizontal stride 1 or 2 and dilation 1, for 8 channels at
// once. All weights of the 8 channels stay in registers. vpmaddwd adds the products of two interleaved values: rows 0
// and 1 of an input column are one pair, row 2 of that column and row 2 of the next one are another. Each pair is
// interleaved once, and multiplied for all outputs whose windows it lies in.

#include "dl_avx2_epilogue.hpp"
#include "dl_avx2_tiles.hpp"

namespace dl {
namespace base {
namespace {

/** The pairs of weights of a block of channels, see pack_row_pairs(): rows 0 and 1 of each column, row 2 of columns 0
 * and 1, row 2 of column 2 with a zero. */
enum { LEFT, MIDDLE, RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT, PAIRS };

DL_INLINE __m256i load(const void *from) {
    return _mm256_loadu_si256(static_cast<const __m256i *>(from));
}

/** The weights and the bias of 8 channels. */
struct Channels {
    __m256i weights[PAIRS];
    __m256i bias;

    DL_INLINE Channels(const ConvArgs &args, int channel) : bias(load(state_of<Int8Conv>(args).bias.data() + channel)) {
        DL_UNROLL
        for (int i = 0; i < PAIRS; i++) {
            weights[i] =
                load(state_of<TiledConv>(args).packed.data() + static_cast<size_t>(channel) * PAIRS * 4 + 32 * i);
        }
    }
    DL_INLINE void add(__m256i &sum, __m256i values, int pair) const {
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(values, weights[pair]));
    }
};

/** The three input rows under an output row, for 8 channels. A column is given by its distance in bytes from the first
 * one. */
struct Rows {
    const uint8_t *row_0, *row_1, *row_2;

    static DL_INLINE __m256i interleave(__m128i a, __m128i b) { return _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(a, b)); }
    static DL_INLINE __m128i bytes(const uint8_t *from) {
        return _mm_loadl_epi64(reinterpret_cast<const __m128i *>(from));
    }
    DL_INLINE __m256i top(size_t at) const {
        return interleave(bytes(row_0 + at), _mm_loadu_si128(reinterpret_cast<const __m128i *>(row_1 + at)));
    }
    DL_INLINE __m128i bottom(size_t at) const { return bytes(row_2 + at); }
    /** Row 2 of a column and of the next one. */
    DL_INLINE __m256i bottoms(size_t at, size_t next) const {
        return interleave(bottom(at), _mm_loadu_si128(reinterpret_cast<const __m128i *>(row_2 + next)));
    }
};

/** Computes one output after another. With stride 1, each input column completes the sum of one output, adds to that of
 * the next, and begins that of the one after it. */
template <int STRIDE>
struct Walk {
    const Channels &channels;
    const Rows rows;
    const size_t pixel;
    size_t at = 0;
    __m256i half_done, begun;
    __m128i bottom;

    DL_INLINE Walk(const Channels &channels_, const Rows &rows_, size_t pixel_)
        : channels(channels_), rows(rows_), pixel(pixel_) {
        half_done = begun = channels.bias;
        bottom = rows.bottom(0);
        next();
        next();
    }
    DL_INLINE __m256i next() {
        const __m256i top = rows.top(at);
        at += pixel;
        const __m128i next_bottom = rows.bottom(at);
        const __m256i bottoms = Rows::interleave(bottom, next_bottom);
        __m256i done = half_done;
        channels.add(done, top, RIGHT);
        channels.add(done, bottoms, BOTTOM_RIGHT);
        half_done = begun;
        channels.add(half_done, top, MIDDLE);
        begun = channels.bias;
        channels.add(begun, top, LEFT);
        channels.add(begun, bottoms, BOTTOM_LEFT);
        bottom = next_bottom;
        return done;
    }
};

/** With stride 2, the right column of an output's window is the left one of the next output's. */
template <>
struct Walk<2> {
    const Channels &channels;
    const Rows rows;
    const size_t pixel;
    size_t at = 0;
    __m256i top, bottoms;

    DL_INLINE Walk(const Channels &channels_, const Rows &rows_, size_t pixel_)
        : channels(channels_), rows(rows_), pixel(pixel_) {
        look();
    }
    DL_INLINE void look() {
        top = rows.top(at);
        const size_t now = at;
        at += pixel;
        bottoms = rows.bottoms(now, at);
    }
    DL_INLINE __m256i next() {
        __m256i sum = channels.bias;
        channels.add(sum, top, LEFT);
        channels.add(sum, bottoms, BOTTOM_LEFT);
        channels.add(sum, rows.top(at), MIDDLE);
        at += pixel;
        look();
        channels.add(sum, top, RIGHT);
        channels.add(sum, bottoms, BOTTOM_RIGHT);
        return sum;
    }
};

/** Compute one output row of 8 channels. */
template <int STRIDE, typename Epilogue>
__attribute__((noinline)) void block_row(const ConvArgs &args, const Epilogue &epilogue, const Rows &rows, int channel,
                                         uint8_t *out, int width) {
    const int left = args.out_c - channel;
    const size_t pixel = args.out_pitch;
    const Channels channels(args, channel);
    Walk<STRIDE> walk(channels, rows, state_of<TiledConv>(args).plan.pixel_bytes);
    // Columns behind the last one may be read: they are scratch memory. What comes of them is not stored.
    auto words = [&]() __attribute__((always_inline)) {
        const __m256i one = epilogue.scale(walk.next(), channel);
        return _mm256_packs_epi32(one, epilogue.scale(walk.next(), channel));
    };
    for (int x = 0; x < width; x += 4, out += 4 * pixel) {
        const __m256i two = words();
        __m256i bytes[1] = {_mm256_packs_epi16(two, x + 2 < width ? words() : two)};
        epilogue.finish(bytes);
        // Each half of the vector has four channels of all four positions.
        const __m128i low = _mm256_castsi256_si128(bytes[0]), high = _mm256_extracti128_si256(bytes[0], 1);
        const __m128i positions[2] = {_mm_unpacklo_epi32(low, high), _mm_unpackhi_epi32(low, high)};
        if (__builtin_expect(left >= 8 && x + 4 <= width, 1)) {
            _mm_storel_epi64(reinterpret_cast<__m128i *>(out), positions[0]);
            _mm_storeh_pi(reinterpret_cast<__m64 *>(out + pixel), _mm_castsi128_ps(positions[0]));
            _mm_storel_epi64(reinterpret_cast<__m128i *>(out + 2 * pixel), positions[1]);
            _mm_storeh_pi(reinterpret_cast<__m64 *>(out + 3 * pixel), _mm_castsi128_ps(positions[1]));
            continue;
        }
        alignas(16) uint8_t stored[4][8];
        _mm_store_si128(reinterpret_cast<__m128i *>(stored[0]), positions[0]);
        _mm_store_si128(reinterpret_cast<__m128i *>(stored[2]), positions[1]);
        for (int i = 0; i < 4 && x + i < width; i++) {
            __builtin_memcpy(out + i * pixel, stored[i], left < 8 ? left : 8);
        }
    }
}

template <int STRIDE, typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    // Positions are computed in fours, of which the last ones may be surplus, and read one column more than they need.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + (3 * STRIDE + 2) * plan.pixel_bytes + 64);
    // A kernel of fewer rows has weights of zero for the others, so any input will do there.
    const int32_t *offsets = plan.run_offsets.data();
    const int32_t offset_1 = offsets[args.kernel_h > 1 ? 3 : 0], offset_2 = offsets[args.kernel_h > 2 ? 6 : 0];
    with_avx2_epilogue<Rounding>(args, [&](const auto &epilogue) {
        for (int index = begin; index < end; index++) {
            const ConvUnit unit = conv_unit(args, index, 1);
            conv_stage<Avx2Bytes>(args, index, unit, scratch);
            for (int row = 0; row < unit.rows; row++) {
                uint8_t *out = unit.output + static_cast<size_t>(row) * unit.width * unit.pixel;
                for (int channel = 0; channel < args.out_c; channel += 8) {
                    const uint8_t *from = scratch + row * plan.row_bytes + channel;
                    const Rows rows = {from + offsets[0], from + offset_1, from + offset_2};
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

DL_TILE(ConvArgs, dl_avx2_s8_depthwise_conv_3x3, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
