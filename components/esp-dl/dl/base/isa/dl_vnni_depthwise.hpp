/**
 * @file dl_vnni_depthwise.hpp
 * int8 depthwise convolution with vpdpbusd, for vectors of any width. vpdpbusd adds four products to each sum: the
 * bytes of four taps are interleaved, so that the four are taps of one channel.
 *
 * The templates' parameter V describes an instruction set:
 * - Vector, a register of BYTES bytes: load(), load_halves() of two addresses, load_sums(), unpack_low_8() and its
 *   like, add_products();
 * - Weight, a vector of packed weights, or its address where registers are few: weight(address);
 * - Mask, the bytes that exist: mask(count), store(), store_half<0 or 1>();
 * - Stage, the `Convert` of conv_stage();
 * - with_epilogue<Rounding>(args, run); channels(epilogue, channel), what is kept in registers for a block of channels;
 *   requantize(), from sums to bytes.
 */
#pragma once

#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** The bytes of four taps, interleaved: part i has those of a quarter of the channels. */
template <typename V>
struct VnniTaps {
    typename V::Vector part[4];

    /** Load a tap. @tparam PAIR half a vector of each of two positions @param second bytes from the first position to
     * the second */
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

/** Sums of a vector's channels, in the order of VnniTaps. Four members, not an array: GCC would keep an array in memory
 * between groups of taps. */
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
 * Compute all positions of a unit for one block of channels, with any kernel window. @tparam GROUPS number of groups of
 * four taps, if the compiler shall know it; 0: it need not @tparam PAIR two positions at once, for a block that is at
 * most half full
 */
template <typename V, int GROUPS, bool PAIR, typename Epilogue>
void vnni_depthwise_positions(const ConvArgs &args, const Epilogue &epilogue, const ConvUnit &unit, int block) {
    constexpr int GROUP_BYTES = 4 * V::BYTES;
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int groups = GROUPS ? GROUPS : (plan.runs + 3) / 4;
    const int channel = block * V::BYTES;
    const typename V::Mask mask = V::mask(args.out_c - channel);
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + channel;
    const uint8_t *packed = state_of<TiledConv>(args).packed.data() + static_cast<size_t>(block) * groups * GROUP_BYTES;
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

/** Stage the units [begin, end), and compute them block by block. @param compute called as compute(unit, block, whether
 * the block is at most half full) */
template <typename V, typename Compute>
DL_INLINE void vnni_depthwise(const ConvArgs &args, int begin, int end, Compute compute) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    // Kernels compute up to four positions at once: three of them may lie beyond the last one.
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

/** Compute the units [begin, end), with any kernel window. */
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
