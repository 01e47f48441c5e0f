/**
 * @file dl_tile_folds.hpp
 * Finds the steps before which sums of int16 products have to be folded, see pack_conv_int16(). The vectors are the
 * compilers' own, so each including file compiles them for its own instruction set.
 */
#pragma once

#include <algorithm>
#include <cstring>

#include "dl_conv_stage.hpp"
#include "dl_pack_conv.hpp"

namespace dl {
namespace base {
namespace {

#ifdef __AVX512F__
constexpr int FOLD_BYTES = 64;
#else
constexpr int FOLD_BYTES = 32;
#endif

/** The folds of the pair of blocks that `block` belongs to, for activations of a range: a byte for each step. */
inline const uint8_t *folds_of(const ConvArgs &args, int range, int block) {
    const Int16Conv &state = state_of<Int16Conv>(args);
    const ConvPlan &plan = state.plan;
    const size_t steps = static_cast<size_t>(plan.runs) * plan.run_padded / 2;
    return state.folds.data() + (static_cast<size_t>(range) * ((plan.blocks + 1) / 2) + block / 2) * steps;
}

/**
 * Find the folds of a pair of blocks for activations of a range.
 * @tparam SYMMETRIC the range is as far below 0 as above
 * @param second packed weights of the pair's second block; those of the first one again if there is no second
 * @param fold   a byte for each step: set to 1 where the sums have to be folded before it
 * @return number of folds
 */
template <bool SYMMETRIC>
inline int mark_folds(const uint8_t *first, const uint8_t *second, size_t steps, FoldRange range, uint8_t *fold) {
    constexpr int BYTES = FOLD_BYTES;
    constexpr int VECTORS = 128 / BYTES;
    constexpr int32_t LIMIT = (INT32_MAX - 65535) / 2048;
    using Sums = int32_t __attribute__((vector_size(BYTES)));
    // The most that may have been added to each sum since the last fold, and the most that may have been taken off it,
    // in units of 2048.
    Sums up[VECTORS] = {}, down[VECTORS] = {};
    int count = 0;
    for (size_t step = 0; step < steps; step++, first += 64, second += 64) {
        Sums more_up[VECTORS], more_down[VECTORS], exceeds = {};
        DL_UNROLL
        for (int n = 0; n < VECTORS; n++) {
            Sums both;
            memcpy(&both, n < VECTORS / 2 ? first + n * BYTES : second + n * BYTES - 64, BYTES);
            const Sums a = (both << 16) >> 16, b = both >> 16;
            const Sums plus = (a & (a > 0)) + (b & (b > 0)), minus = plus - a - b;
            more_up[n] = SYMMETRIC ? (plus + minus) * range.positive : plus * range.positive + minus * range.negative;
            up[n] += more_up[n];
            exceeds |= up[n] > LIMIT;
            if (!SYMMETRIC) {
                more_down[n] = plus * range.negative + minus * range.positive;
                down[n] += more_down[n];
                exceeds |= down[n] > LIMIT;
            }
        }
        uint64_t lanes[BYTES / 8], any = 0;
        memcpy(lanes, &exceeds, BYTES);
        for (uint64_t lane : lanes) {
            any |= lane;
        }
        DL_UNROLL
        for (int n = 0; n < VECTORS; n++) {
            up[n] = any ? more_up[n] : up[n];
            down[n] = any && !SYMMETRIC ? more_down[n] : down[n];
        }
        fold[step] = any != 0;
        count += any != 0;
    }
    return count;
}

/** Fill folds, low and high of an Int16Conv; pack_conv_int16() has packed its weights. */
inline void mark_folds(ConvArgs &args) {
    Int16Conv &state = state_of<Int16Conv>(args);
    const ConvPlan &plan = state.plan;
    const size_t steps = static_cast<size_t>(plan.runs) * plan.run_padded / 2;
    const size_t padded = plan.blocks * 16;
    const int ranges = state.fold_ranges;
    int32_t *lows = state.low.data();
    std::fill_n(lows, padded, -65536);
    uint8_t *fold = state.folds.data();
    for (int r = 0; r < ranges; r++) {
        const FoldRange range = FOLD_RANGES[r];
        int32_t *highs = state.high.data() + r * padded;
        for (int block = 0; block < plan.blocks; block += 2, fold += steps) {
            const int width = std::min(2, plan.blocks - block);
            const uint8_t *first = state.packed.data() + block * steps * 64;
            const uint8_t *second = first + (width - 1) * steps * 64;
            const int count = range.negative == range.positive ? mark_folds<true>(first, second, steps, range, fold)
                                                               : mark_folds<false>(first, second, steps, range, fold);
            std::fill_n(highs + block * 16, width * 16, 1 + count);
        }
    }
    // With fine shifts, the epilogue adds the bias, in 64 bits. Else the sums begin with it.
    for (int o = 0; o < args.out_c && !state.fine_shifts; o++) {
        const int64_t begin = state.bias[wide_place(o)];
        lows[o] += static_cast<int32_t>(begin & 65535);
        for (int r = 0; r < ranges; r++) {
            state.high[r * padded + o] += static_cast<int32_t>(begin >> 16);
        }
    }
}

/** Finds the range of a unit's activations. Of units that share their input, only the first one is looked at. */
class RangeFinder {
public:
    /** @return index into FOLD_RANGES of the last range that holds all activations of the unit */
    int find(const ConvArgs &args, const ConvUnit &unit) {
        if (unit.output != m_output) {
            m_output = unit.output;
            m_range = look(args, unit);
        }
        return m_range;
    }

private:
    static int look(const ConvArgs &args, const ConvUnit &unit) {
        using Words = int16_t __attribute__((vector_size(FOLD_BYTES)));
        constexpr size_t BYTES = FOLD_BYTES;
        const Int16Conv &state = state_of<Int16Conv>(args);
        const ConvPlan &plan = state.plan;
        const int rows =
            plan.is_matrix ? 1 : (unit.rows - 1) * args.stride_h + (args.kernel_h - 1) * args.dilation_h + 1;
        const size_t bytes = plan.is_matrix ? unit.width * plan.pixel_bytes : plan.row_bytes;
        Words low = {}, high = {};
        for (int r = 0; state.fold_ranges > 1 && r < rows; r++) {
            const uint8_t *row =
                unit.base + (static_cast<size_t>(r % args.stride_h) * plan.plane_rows + r / args.stride_h) * bytes;
            size_t i = 0;
            Words words;
            for (; i + BYTES <= bytes; i += BYTES) {
                memcpy(&words, row + i, BYTES);
                low = words < low ? words : low;
                high = words > high ? words : high;
            }
            words = Words{};
            memcpy(&words, row + i, bytes - i);
            low = words < low ? words : low;
            high = words > high ? words : high;
        }
        int least = 0, most = 0;
        for (size_t i = 0; i < BYTES / 2; i++) {
            least = std::min<int>(least, low[i]);
            most = std::max<int>(most, high[i]);
        }
        int range = state.fold_ranges - 1;
        while (range > 0 &&
               (least < -2048 * FOLD_RANGES[range].negative || most > 2048 * FOLD_RANGES[range].positive)) {
            range--;
        }
        return range;
    }

    const uint8_t *m_output = nullptr;
    int m_range = 0;
};

}  // namespace
}  // namespace base
}  // namespace dl
