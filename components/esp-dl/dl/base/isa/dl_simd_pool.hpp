/**
 * @file dl_simd_pool.hpp
 * int8 pooling, as many channels at once as a register holds. The last block of a pixel's channels overlaps the one
 * before it: a value that is computed twice is the same both times.
 *
 * Included by the files of one instruction set at a time; everything is local to the including file.
 */
#pragma once

#include "dl_base_pool.hpp"
#include "dl_simd_real.hpp"

namespace dl {
namespace base {
namespace {

/** Calls block(c) for blocks of LANES channels that cover all of them; there are at least LANES. */
template <int LANES, typename F>
void for_each_block(int channels, F block) {
    int c = 0;
    for (; c + LANES <= channels; c += LANES) {
        block(c);
    }
    if (c < channels) {
        block(channels - LANES);
    }
}

/** @tparam Bytes a register of int8: LANES, load(), store(), max(), lowest() */
template <typename Bytes>
void max_pool_s8(const PoolArgs &args, int begin, int end) {
    const int8_t *src = static_cast<const int8_t *>(args.src);
    int8_t *dst = static_cast<int8_t *>(args.dst);
    for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
        for_each_block<Bytes::LANES>(args.c, [&](int c) {
            Bytes best = Bytes::lowest();
            for_each_tap(args, image, window,
                         [&](int64_t tap) { best = Bytes::max(best, Bytes::load(src + tap * args.src_pitch + c)); });
            best.store(dst + pixel * args.dst_pitch + c);
        });
    });
}

/** A float holds the sum of 2^16 int8 values exactly. */
template <typename Rounding>
void average_pool_s8(const PoolArgs &args, int begin, int end) {
    const Real rescale = Real::set(DL_SCALE(args.types.src_exponent - args.types.dst_exponent));
    const int8_t *src = static_cast<const int8_t *>(args.src);
    int8_t *dst = static_cast<int8_t *>(args.dst);
    for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
        const Real count = Real::set((float)(window.count > 1 ? window.count : 1));
        for_each_block<Real::LANES>(args.c, [&](int c) {
            Real sum = Real::set(0);
            for_each_tap(args, image, window,
                         [&](int64_t tap) { sum = sum + Real::load(src + tap * args.src_pitch + c); });
            const Real mean = sum / count * rescale;
            quantize_real<int8_t, Rounding>(mean, Real::set(1.0f)).store(dst + pixel * args.dst_pitch + c);
        });
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
