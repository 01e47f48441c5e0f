// int8 depthwise convolution of up to 4 rows by 3 columns, horizontal stride and dilation 1, 64 channels. The rows of
// an input column are interleaved once and multiplied for the three outputs that it takes part in, whose sums wait in
// registers.

#include "dl_avx512_epilogue.hpp"
#include "dl_avx512vnni_kernels.hpp"
#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** Four rows of one column, interleaved. */
struct Column {
    __m512i part[4];
    DL_INLINE Column(const uint8_t *from, const int32_t (&rows)[4]) {
        const __m512i a = _mm512_loadu_si512(from + rows[0]), b = _mm512_loadu_si512(from + rows[1]);
        const __m512i c = _mm512_loadu_si512(from + rows[2]), d = _mm512_loadu_si512(from + rows[3]);
        const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
        const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
        part[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
        part[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
        part[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
        part[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
    }
};

struct Sums {
    __m512i part[4];
    DL_INLINE void load(const int32_t *bias) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[i] = _mm512_loadu_si512(bias + 16 * i);
        }
    }
    DL_INLINE void add(const Column &column, const __m512i (&weights)[4]) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            avx512_add_products(part[i], column.part[i], weights[i]);
        }
    }
    template <typename Rounding>
    DL_INLINE __m512i finish(const Avx512Epilogue<Rounding> &epilogue, const Avx512Channels<Rounding, 4> &channels,
                             int channel) {
        if (__builtin_expect(epilogue.wraps, 0)) {
            for (int i = 0; i < 4; i++) {
                part[i] = epilogue.add_half(part[i], channel + 16 * i);
            }
        }
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[i] = channels.scale(part[i], i);
        }
        return epilogue.pack_lanes(part[0], part[1], part[2], part[3]);
    }
};

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = args.plan;
    const Avx512Epilogue<Rounding> epilogue(args);
    const size_t position = plan.position_bytes;
    int32_t rows[4];
    for (int i = 0; i < 4; i++) {
        // Rows that do not exist have weights of zero: any input will do.
        rows[i] = plan.run_offsets[i < args.kernel_h ? i * 3 : 0];
    }
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<Avx512Stage<Avx512Flip>>(args, index, unit, scratch);
        for (int block = 0; block < plan.blocks; block++) {
            const int channel = block * 64;
            const __mmask64 mask = first_lanes(args.out_c - channel);
            const int32_t *bias = args.packed_bias.data() + channel;
            const uint8_t *packed = args.packed.data() + (size_t)block * 3 * 256;
            const Avx512Channels<Rounding, 4> channels = epilogue.template channels<4>(channel);
            __m512i weights[3][4];
            DL_UNROLL
            for (int j = 0; j < 3; j++) {
                DL_UNROLL
                for (int i = 0; i < 4; i++) {
                    weights[j][i] = _mm512_loadu_si512(packed + j * 256 + i * 64);
                }
            }
            for (int row = 0; row < unit.rows; row++) {
                const uint8_t *from = scratch + channel + row * plan.row_bytes;
                uint8_t *out = unit.output + (size_t)row * unit.width * unit.pixel;
                Sums first, second, third;
                first.load(bias);
                second.load(bias);
                {
                    const Column column(from, rows);
                    first.add(column, weights[0]);
                }
                {
                    const Column column(from + position, rows);
                    first.add(column, weights[1]);
                    second.add(column, weights[0]);
                }
                from += 2 * position;
                for (int x = 0; x < unit.width; x++, from += position, out += unit.pixel) {
                    const Column column(from, rows);
                    third.load(bias);
                    first.add(column, weights[2]);
                    second.add(column, weights[1]);
                    third.add(column, weights[0]);
                    _mm512_mask_storeu_epi8(out + channel, mask, first.finish(epilogue, channels, channel));
                    first = second;
                    second = third;
                }
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
