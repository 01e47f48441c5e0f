// int8 depthwise convolution of up to 4 rows by 3 columns, horizontal stride and dilation 1, 64 channels, or 32
// channels of two rows. The rows of an input column are interleaved once and multiplied for the three outputs that it
// takes part in, whose sums wait in registers.

#include "dl_avx512_depthwise.hpp"
#include "dl_avx512vnni_kernels.hpp"

namespace dl {
namespace base {
namespace {

/** All output rows of a unit for one block of channels. @tparam PAIR two rows of 32 channels */
template <typename Rounding, bool PAIR>
void block_rows(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue, const ConvUnit &unit, int block,
                const uint8_t *scratch) {
    const ConvPlan &plan = args.plan;
    const size_t position = plan.position_bytes;
    const int channel = block * 64;
    const __mmask64 mask = first_lanes(args.out_c - channel);
    const int32_t *bias = args.packed_bias.data() + channel;
    const uint8_t *packed = args.packed.data() + (size_t)block * 3 * 256;
    const Avx512Channels<Rounding, 4> channels = epilogue.template channels<4>(channel);
    int32_t taps[4];
    for (int i = 0; i < 4; i++) {
        // Rows that do not exist have weights of zero: any input will do.
        taps[i] = plan.run_offsets[i < args.kernel_h ? i * 3 : 0];
    }
    __m512i weights[3][4];
    DL_UNROLL
    for (int j = 0; j < 3; j++) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            weights[j][i] = _mm512_loadu_si512(packed + j * 256 + i * 64);
        }
    }
    for (int row = 0; row < unit.rows; row += PAIR ? 2 : 1) {
        // A last single row is computed twice.
        const bool both = row + 1 < unit.rows;
        const size_t second = both ? plan.row_bytes : 0;
        const size_t out_second = both ? unit.width * unit.pixel : 0;
        const uint8_t *from = scratch + channel + row * plan.row_bytes;
        uint8_t *out = unit.output + channel + (size_t)row * unit.width * unit.pixel;
        auto column = [&](const uint8_t *at) __attribute__((always_inline)) {
            return Avx512Taps::load<PAIR>(at + taps[0], at + taps[1], at + taps[2], at + taps[3], second);
        };
        auto step = [&](Avx512Sums & done, Avx512Sums & half_done, Avx512Sums & begun) __attribute__((always_inline)) {
            const Avx512Taps now = column(from);
            begun.load(bias);
            done.add(now, weights[2]);
            half_done.add(now, weights[1]);
            begun.add(now, weights[0]);
            const __m512i bytes = done.finish(epilogue, channels, channel);
            if (PAIR) {
                _mm256_mask_storeu_epi8(out, (__mmask32)mask, _mm512_castsi512_si256(bytes));
                _mm256_mask_storeu_epi8(out + out_second, (__mmask32)mask, _mm512_extracti64x4_epi64(bytes, 1));
            } else {
                _mm512_mask_storeu_epi8(out, mask, bytes);
            }
            from += position;
            out += unit.pixel;
        };
        Avx512Sums first, next, last;
        first.load(bias);
        next.load(bias);
        {
            const Avx512Taps taps_0 = column(from);
            first.add(taps_0, weights[0]);
            const Avx512Taps taps_1 = column(from + position);
            first.add(taps_1, weights[1]);
            next.add(taps_1, weights[0]);
        }
        from += 2 * position;
        // The sums change places by name: moving them would take as long as adding to them.
        for (int x = unit.width;;) {
            step(first, next, last);
            if (--x == 0) {
                break;
            }
            step(next, last, first);
            if (--x == 0) {
                break;
            }
            step(last, first, next);
            if (--x == 0) {
                break;
            }
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx512Epilogue<Rounding> epilogue(args);
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<Avx512Stage<Avx512Flip>>(args, index, unit, scratch);
        for (int block = 0; block < plan.blocks; block++) {
            if (args.out_c - block * 64 <= 32) {
                block_rows<Rounding, true>(args, epilogue, unit, block, scratch);
            } else {
                block_rows<Rounding, false>(args, epilogue, unit, block, scratch);
            }
        }
    }
}

}  // namespace

void dl_avx512vnni_s8_depthwise_conv_4x3_half_up(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfUp>(args, begin, end);
}

void dl_avx512vnni_s8_depthwise_conv_4x3_half_even(const ConvArgs &args, int begin, int end) {
    conv<RoundHalfEven>(args, begin, end);
}

}  // namespace base
}  // namespace dl
