/**
 * @file dl_vnni_depthwise.hpp
 * int8 depthwise convolution with vpdpbusd: the bytes of four taps are interleaved so that it adds their products to
 * each channel. For vectors of any width.
 *
 * V says what a vector is: Vector, BYTES; Weight, how a vector of weights is held, and weight(address); Mask, which
 * bytes are stored, and mask(count); load, load_halves, load_sums, unpack_low_8 and its like, add_products, store,
 * store_half<0 or 1>; Stage; with_epilogue<Rounding>(args, run), channels(epilogue, channel), what it keeps of a block,
 * and requantize(), from sums to bytes.
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

/** Sums of the channels of a vector in the order of the taps. No array, which GCC keeps in memory from one group of
 * taps to the next. */
template <typename V>
struct VnniSums {
    typename V::Vector a, b, c, d;

    DL_INLINE void load(const int32_t *bias) {
        a = V::load_sums(bias);
        b = V::load_sums(bias + V::BYTES / 4);
        c = V::load_sums(bias + V::BYTES / 4 * 2);
        d = V::load_sums(bias + V::BYTES / 4 * 3);
    }
    DL_INLINE void add(const VnniTaps<V> &taps, const typename V::Weight (&weights)[4]) {
        V::add_products(a, taps.part[0], weights[0]);
        V::add_products(b, taps.part[1], weights[1]);
        V::add_products(c, taps.part[2], weights[2]);
        V::add_products(d, taps.part[3], weights[3]);
    }
    DL_INLINE void add(const VnniTaps<V> &taps, const uint8_t *weights) {
        const typename V::Weight four[4] = {V::weight(weights), V::weight(weights + V::BYTES),
                                            V::weight(weights + V::BYTES * 2), V::weight(weights + V::BYTES * 3)};
        add(taps, four);
    }
};

/**
 * All positions of a unit for one block of channels, any kernel. @tparam GROUPS groups of four taps; 0: as many as
 * there are @tparam PAIR two positions of half as many channels
 */
template <typename V, int GROUPS, bool PAIR, typename Epilogue>
void vnni_depthwise_positions(const ConvArgs &args, const Epilogue &epilogue, const ConvUnit &unit, int block) {
    constexpr int GROUP_BYTES = 4 * V::BYTES;
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int groups = GROUPS ? GROUPS : (plan.runs + 3) / 4;
    const int channel = block * V::BYTES;
    const typename V::Mask mask = V::mask(args.out_c - channel);
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + channel;
    const uint8_t *packed = state_of<TiledConv>(args).packed.data() + (size_t)block * groups * GROUP_BYTES;
    const auto channels = V::channels(epilogue, channel);
    const size_t position = plan.position_bytes;
    const int32_t *offsets = plan.run_offsets.data();
    int32_t own_offsets[GROUPS ? GROUPS * 4 : 1];
    for (int i = 0; i < GROUPS * 4; i++) {
        own_offsets[i] = offsets[i];
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
            const int32_t *at = offsets;
            for (int group = 0; group < groups; group++, at += 4, weights += GROUP_BYTES) {
                sums.add(
                    VnniTaps<V>::template load<PAIR>(from + at[0], from + at[1], from + at[2], from + at[3], position),
                    weights);
            }
        }
        const typename V::Vector bytes = V::requantize(epilogue, channels, sums, channel);
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

/** Stage the units [begin, end) and compute them block by block. @param compute compute(unit, block, is the block at
 * most half full?) */
template <typename V, typename Compute>
DL_INLINE void vnni_depthwise(const ConvArgs &args, int begin, int end, Compute compute) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    // Up to four positions are computed at once, three of them may be more than there are.
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 3 * plan.position_bytes + 64);
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
    const bool nine = args.kernel_h * args.kernel_w == 9;
    V::template with_epilogue<Rounding>(args, [&](const auto &epilogue) {
        vnni_depthwise<V>(args, begin, end, [&](const ConvUnit &unit, int block, bool half) {
            if (nine && half) {
                vnni_depthwise_positions<V, 3, true>(args, epilogue, unit, block);
            } else if (nine) {
                vnni_depthwise_positions<V, 3, false>(args, epilogue, unit, block);
            } else if (half) {
                vnni_depthwise_positions<V, 0, true>(args, epilogue, unit, block);
            } else {
                vnni_depthwise_positions<V, 0, false>(args, epilogue, unit, block);
            }
        });
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
