// int16 convolution: 6 positions by 16 channels. vpmaddwd makes the sums modulo 2^32, then the coarse ones of the high
// bytes, see pack_conv_int16().

#include "dl_avx2_conv_kernels.hpp"
#include "dl_avx2_products.hpp"
#include "dl_avx2_wide.hpp"

namespace dl {
namespace base {
namespace {

/** Add the pieces of a segment, and `constants` of each channel. @return the next segment's first piece */
template <int M>
DL_INLINE const int32_t *add_segment(const ConvArgs &args, __m256i (&sum)[M][2], const uint8_t *a, const uint8_t *b,
                                     const int32_t *piece, const int32_t *constants) {
    const ConvPlan &plan = args.plan;
    const __m256i *constant = reinterpret_cast<const __m256i *>(constants);
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        sum[m][0] = _mm256_add_epi32(sum[m][0], _mm256_loadu_si256(constant));
        sum[m][1] = _mm256_add_epi32(sum[m][1], _mm256_loadu_si256(constant + 1));
    }
    bool ends;
    do {
        const size_t at = (size_t)piece[0] * plan.run_padded + piece[1];
        add_products(sum, a + plan.run_offsets[piece[0]] + piece[1] * 2, plan.position_bytes, b + at * 32,
                     piece[2] / 2);
        ends = piece[3];
        piece += 4;
    } while (!ends);
    return piece;
}

/** @param plane bytes from the input's words to their high bytes */
template <typename Rounding, int M>
__attribute__((noinline)) void tile(const ConvArgs &args, const Avx2WideEpilogue<Rounding> &epilogue, const uint8_t *a,
                                    size_t plane, int block, ConvCursor &cursor) {
    const ConvPlan &plan = args.plan;
    const size_t padded = plan.blocks * 16;
    const size_t block_bytes = (size_t)plan.runs * plan.run_padded * 32;
    const uint8_t *weights = args.packed.data() + block * block_bytes;
    const int channel = block * 16;
    const int32_t *constants = args.packed_bias.data() + channel;
    const int32_t *piece = args.segments.data();
    const int32_t *end = piece + args.segments.size();
    alignas(32) __m256i wrapped[M][2], coarse[M][2];
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        wrapped[m][0] = wrapped[m][1] = coarse[m][0] = coarse[m][1] = _mm256_setzero_si256();
    }
    while (true) {
        add_segment(args, wrapped, a, weights, piece, constants);
        piece = add_segment(args, coarse, a + plane, weights + plan.blocks * block_bytes, piece, constants + padded);
        constants += 2 * padded;
        if (piece == end) {
            break;
        }
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            coarse[m][0] = take_in_missing(coarse[m][0], wrapped[m][0]);
            coarse[m][1] = take_in_missing(coarse[m][1], wrapped[m][1]);
        }
    }
    DL_UNROLL
    for (int m = 0; m < M; m++) {
        int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
        if (out) {
            avx2_store_words(out + channel, epilogue.scale_coarse(coarse[m], wrapped[m], channel),
                             args.out_c - channel);
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx2WideEpilogue<Rounding> epilogue(args);
    // The last tile reads up to 5 positions and one padded run beyond the last one.
    const size_t plane = (plan.scratch_bytes + 6 * plan.position_bytes + plan.run_padded * 2 + 127) / 64 * 64;
    uint8_t *scratch = host_scratch(2 * plane);
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        const ConvUnit unit = conv_unit(args, part.index, 2);
        if (part.index != staged) {
            conv_stage<Avx2Words<0>>(args, part.index, unit, scratch);
            conv_stage<Avx2Words<8>>(args, part.index, unit, scratch + plane);
            staged = part.index;
        }
        for (int block = part.begin; block < part.end; block++) {
            ConvCursor cursor(unit);
            const uint8_t *a = scratch;
            for (int left = unit.positions(); left > 0;) {
                const int count = left > 3 ? 6 : left > 1 ? 3 : 1;
                if (count == 6) {
                    tile<Rounding, 6>(args, epilogue, a, plane, block, cursor);
                } else if (count == 3) {
                    tile<Rounding, 3>(args, epilogue, a, plane, block, cursor);
                } else {
                    tile<Rounding, 1>(args, epilogue, a, plane, block, cursor);
                }
                a += count * plan.position_bytes;
                left -= count;
            }
        }
    }
}

}  // namespace

void dl_avx2_s16_conv_6x16_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx2_s16_conv_6x16_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
