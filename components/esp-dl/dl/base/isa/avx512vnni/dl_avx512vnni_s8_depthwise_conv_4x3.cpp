#include "dl_avx512_depthwise.hpp"
#include "dl_avx512vnni_tiles.hpp"

namespace dl {
namespace base {
namespace {

/**
 * Compute all output rows of a unit for one block of channels. The kernel window has up to 4 rows by 3 columns,
 * horizontal dilation 1 and stride 1. An input column lies in the windows of three outputs, whose sums stay in
 * registers, so that the rows of the column are interleaved once.
 * @tparam PAIR two output rows at once, for a block that is at most half full
 */
template <typename Rounding, bool PAIR>
void block_rows(const ConvArgs &args, const Avx512Epilogue<Rounding> &epilogue, const ConvUnit &unit, int block) {
    using V = Avx512Depthwise;
    using Sums = VnniSums<V>;
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const size_t position = plan.position_bytes;
    const int channel = block * V::BYTES;
    const typename V::Mask mask = V::mask(args.out_c - channel);
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + channel;
    const uint8_t *packed = state_of<TiledConv>(args).packed.data() + static_cast<size_t>(channel) * 12;
    const auto channels = V::channels(epilogue, channel);
    int32_t taps[4];
    for (int i = 0; i < 4; i++) {
        // A kernel of fewer rows has weights of zero for the others, so any input will do there.
        taps[i] = plan.run_offsets[i < args.kernel_h ? i * 3 : 0];
    }
    typename V::Weight weights[3][4];
    DL_UNROLL
    for (int i = 0; i < 12; i++) {
        weights[i / 4][i % 4] = V::weight(packed + i * V::BYTES);
    }
    for (int row = 0; row < unit.rows; row += PAIR ? 2 : 1) {
        // A single last row is computed as both rows of the pair.
        const bool both = row + 1 < unit.rows;
        const size_t second = both ? plan.row_bytes : 0;
        const size_t out_second = both ? unit.width * unit.pixel : 0;
        const uint8_t *from = unit.base + channel + row * plan.row_bytes;
        uint8_t *out = unit.output + channel + static_cast<size_t>(row) * unit.width * unit.pixel;
        auto column = [&](const uint8_t *at) __attribute__((always_inline)) {
            return VnniTaps<V>::template load<PAIR>(at + taps[0], at + taps[1], at + taps[2], at + taps[3], second);
        };
        auto step = [&](Sums & done, Sums & half_done, Sums & begun) __attribute__((always_inline)) {
            const VnniTaps<V> now = column(from);
            done.add(now, weights[2]);
            half_done.add(now, weights[1]);
            begun.load(bias);
            begun.add(now, weights[0]);
            const typename V::Vector bytes = V::requantize(epilogue, channels, done, channel);
            if (PAIR) {
                V::store_half<0>(out, mask, bytes);
                V::store_half<1>(out + out_second, mask, bytes);
            } else {
                V::store(out, mask, bytes);
            }
            from += position;
            out += unit.pixel;
        };
        Sums first, next, last;
        first.load(bias);
        next.load(bias);
        {
            const VnniTaps<V> taps_0 = column(from);
            first.add(taps_0, weights[0]);
            const VnniTaps<V> taps_1 = column(from + position);
            first.add(taps_1, weights[1]);
            next.add(taps_1, weights[0]);
        }
        from += 2 * position;
        // The three sums change roles by name: moving them between registers would take as long as adding to them.
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
    const Avx512Epilogue<Rounding> epilogue(args);
    vnni_depthwise<Avx512Depthwise>(args, begin, end, [&](const ConvUnit &unit, int block, bool half) {
        if (half) {
            block_rows<Rounding, true>(args, epilogue, unit, block);
        } else {
            block_rows<Rounding, false>(args, epilogue, unit, block);
        }
    });
}

}  // namespace

DL_TILE(ConvArgs, dl_avx512vnni_s8_depthwise_conv_4x3, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
