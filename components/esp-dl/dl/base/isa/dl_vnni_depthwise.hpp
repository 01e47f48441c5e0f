/**
 * @file dl_vnni_depthwise.hpp
 * int8 depthwise convolution with vpdpbusd: the bytes of four taps are interleaved so that it adds their products to
 * each channel. For vectors of any width.
 *
 * V says what a vector is: Vector, BYTES; Weight, how a vector of weights is held, and weight(address); Mask, which
 * bytes are stored, and mask(count); load, load_halves, load_sums, unpack_low_8 and its like, add_products, store,
 * store_half<0 or 1>; Stage; Epilogue, and requantize(), from four vectors of sums to one of bytes.
 */
#pragma once

#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** The bytes of four taps, interleaved. */
template <typename V>
struct VnniTaps {
    typename V::Vector part[4];

    /** One tap. @param second bytes to the other position of a pair */
    template <bool PAIR>
    static DL_INLINE typename V::Vector tap(const uint8_t *from, size_t second) {
        return PAIR ? V::load_halves(from, from + second) : V::load(from);
    }

    template <bool PAIR>
    static DL_INLINE VnniTaps load(const uint8_t *from_a, const uint8_t *from_b, const uint8_t *from_c,
                                   const uint8_t *from_d, size_t second) {
        using Vector = typename V::Vector;
        const Vector a = tap<PAIR>(from_a, second), b = tap<PAIR>(from_b, second);
        const Vector c = tap<PAIR>(from_c, second), d = tap<PAIR>(from_d, second);
        const Vector ab_low = V::unpack_low_8(a, b), ab_high = V::unpack_high_8(a, b);
        const Vector cd_low = V::unpack_low_8(c, d), cd_high = V::unpack_high_8(c, d);
        return {{V::unpack_low_16(ab_low, cd_low), V::unpack_high_16(ab_low, cd_low),
                 V::unpack_low_16(ab_high, cd_high), V::unpack_high_16(ab_high, cd_high)}};
    }
};

/** Sums of the channels of a vector in the order of the taps. */
template <typename V>
struct VnniSums {
    typename V::Vector part[4];

    DL_INLINE void load(const int32_t *bias) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[i] = V::load_sums(bias + V::BYTES / 4 * i);
        }
    }
    DL_INLINE void add(const VnniTaps<V> &taps, const typename V::Weight (&weights)[4]) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            V::add_products(part[i], taps.part[i], weights[i]);
        }
    }
    DL_INLINE void add(const VnniTaps<V> &taps, const uint8_t *weights) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            V::add_products(part[i], taps.part[i], V::weight(weights + V::BYTES * i));
        }
    }
};

/**
 * All positions of a unit for one block of channels, any kernel. @tparam GROUPS groups of four taps; 0: as many as
 * there are @tparam PAIR two positions of half as many channels
 */
template <typename V, typename Rounding, int GROUPS, bool PAIR>
void vnni_depthwise_positions(const ConvArgs &args, const typename V::template Epilogue<Rounding> &epilogue,
                              const ConvUnit &unit, int block) {
    constexpr int GROUP_BYTES = 4 * V::BYTES;
    const ConvPlan &plan = args.plan;
    const int taps = args.kernel_h * args.kernel_w;
    const int groups = GROUPS ? GROUPS : (taps + 3) / 4;
    const int channel = block * V::BYTES;
    const typename V::Mask mask = V::mask(args.out_c - channel);
    const int32_t *bias = args.packed_bias.data() + channel;
    const uint8_t *packed = args.packed.data() + (size_t)block * groups * GROUP_BYTES;
    const auto channels = epilogue.template channels<4>(channel);
    const size_t position = plan.position_bytes;
    const int32_t *offsets = plan.run_offsets.data();
    // Taps that do not exist have weights of zero: any input will do.
    int32_t own_offsets[GROUPS ? GROUPS * 4 : 1];
    for (int i = 0; i < GROUPS * 4; i++) {
        own_offsets[i] = offsets[i < taps ? i : 0];
    }
    ConvCursor cursor(unit);
    const uint8_t *from = unit.base + channel;
    const int count = unit.positions();
    for (int p = 0; p < count; p += PAIR ? 2 : 1, from += PAIR ? 2 * position : position) {
        uint8_t *out = cursor.next();
        uint8_t *second = PAIR ? cursor.next() : nullptr;
        if (!out && !second) {
            continue;
        }
        VnniSums<V> sums;
        sums.load(bias);
        if (GROUPS) {
            DL_UNROLL
            for (int group = 0; group < GROUPS; group++) {
                const int32_t *at = own_offsets + group * 4;
                sums.add(
                    VnniTaps<V>::template load<PAIR>(from + at[0], from + at[1], from + at[2], from + at[3], position),
                    packed + group * GROUP_BYTES);
            }
        } else {
            const uint8_t *weights = packed;
            for (int tap = 0; tap < taps; tap += 4, weights += GROUP_BYTES) {
                sums.add(
                    VnniTaps<V>::template load<PAIR>(from + offsets[tap], from + offsets[tap + 1 < taps ? tap + 1 : 0],
                                                     from + offsets[tap + 2 < taps ? tap + 2 : 0],
                                                     from + offsets[tap + 3 < taps ? tap + 3 : 0], position),
                    weights);
            }
        }
        const typename V::Vector bytes = V::requantize(epilogue, channels, sums.part, channel);
        if (!PAIR) {
            V::store(out + channel, mask, bytes);
            continue;
        }
        if (out) {
            V::template store_half<0>(out + channel, mask, bytes);
        }
        if (second) {
            V::template store_half<1>(second + channel, mask, bytes);
        }
    }
}

/**
 * All output rows of a unit for one block of channels, kernels of up to 4 rows by 3 columns with horizontal dilation 1
 * and stride 1. The rows of an input column are interleaved once and multiplied for the three outputs that it takes
 * part in, whose sums wait in registers. @tparam PAIR two rows of half as many channels
 */
template <typename V, typename Rounding, bool PAIR>
void vnni_depthwise_rows(const ConvArgs &args, const typename V::template Epilogue<Rounding> &epilogue,
                         const ConvUnit &unit, int block) {
    using Sums = VnniSums<V>;
    const ConvPlan &plan = args.plan;
    const size_t position = plan.position_bytes;
    const int channel = block * V::BYTES;
    const typename V::Mask mask = V::mask(args.out_c - channel);
    const int32_t *bias = args.packed_bias.data() + channel;
    const uint8_t *packed = args.packed.data() + (size_t)channel * 12;
    const auto channels = epilogue.template channels<4>(channel);
    int32_t taps[4];
    for (int i = 0; i < 4; i++) {
        // Rows that do not exist have weights of zero: any input will do.
        taps[i] = plan.run_offsets[i < args.kernel_h ? i * 3 : 0];
    }
    typename V::Weight weights[3][4];
    DL_UNROLL
    for (int i = 0; i < 12; i++) {
        weights[i / 4][i % 4] = V::weight(packed + i * V::BYTES);
    }
    for (int row = 0; row < unit.rows; row += PAIR ? 2 : 1) {
        // A last single row is computed twice.
        const bool both = row + 1 < unit.rows;
        const size_t second = both ? plan.row_bytes : 0;
        const size_t out_second = both ? unit.width * unit.pixel : 0;
        const uint8_t *from = unit.base + channel + row * plan.row_bytes;
        uint8_t *out = unit.output + channel + (size_t)row * unit.width * unit.pixel;
        auto column = [&](const uint8_t *at) __attribute__((always_inline)) {
            return VnniTaps<V>::template load<PAIR>(at + taps[0], at + taps[1], at + taps[2], at + taps[3], second);
        };
        auto step = [&](Sums & done, Sums & half_done, Sums & begun) __attribute__((always_inline)) {
            const VnniTaps<V> now = column(from);
            done.add(now, weights[2]);
            half_done.add(now, weights[1]);
            begun.load(bias);
            begun.add(now, weights[0]);
            const typename V::Vector bytes = V::requantize(epilogue, channels, done.part, channel);
            if (PAIR) {
                V::template store_half<0>(out, mask, bytes);
                V::template store_half<1>(out + out_second, mask, bytes);
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

/** Stage the units [begin, end) and compute them block by block. @param compute compute(unit, block, is it at most half
 * full?) */
template <typename V, typename Compute>
DL_INLINE void vnni_depthwise(const ConvArgs &args, int begin, int end, Compute compute) {
    const ConvPlan &plan = args.plan;
    // Two positions may be one more than there are.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + plan.position_bytes + 64);
    for (int index = begin; index < end; index++) {
        ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<typename V::Stage>(args, index, unit, scratch);
        unit.base = scratch;
        for (int block = 0; block < plan.blocks; block++) {
            compute(unit, block, args.out_c - block * V::BYTES <= V::BYTES / 2);
        }
    }
}

/** Any kernel. */
template <typename V, typename Rounding>
void vnni_depthwise_conv(const ConvArgs &args, int begin, int end) {
    const typename V::template Epilogue<Rounding> epilogue(args);
    const bool nine = args.kernel_h * args.kernel_w == 9;
    vnni_depthwise<V>(args, begin, end, [&](const ConvUnit &unit, int block, bool half) {
        if (nine && half) {
            vnni_depthwise_positions<V, Rounding, 3, true>(args, epilogue, unit, block);
        } else if (nine) {
            vnni_depthwise_positions<V, Rounding, 3, false>(args, epilogue, unit, block);
        } else if (half) {
            vnni_depthwise_positions<V, Rounding, 0, true>(args, epilogue, unit, block);
        } else {
            vnni_depthwise_positions<V, Rounding, 0, false>(args, epilogue, unit, block);
        }
    });
}

/** Up to 4 rows by 3 columns, horizontal stride and dilation 1. */
template <typename V, typename Rounding>
void vnni_depthwise_conv_4x3(const ConvArgs &args, int begin, int end) {
    const typename V::template Epilogue<Rounding> epilogue(args);
    vnni_depthwise<V>(args, begin, end, [&](const ConvUnit &unit, int block, bool half) {
        if (half) {
            vnni_depthwise_rows<V, Rounding, true>(args, epilogue, unit, block);
        } else {
            vnni_depthwise_rows<V, Rounding, false>(args, epilogue, unit, block);
        }
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
