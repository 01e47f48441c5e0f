/**
 * @file dl_simd_pool.hpp
 * Pooling of int8, int16 and float, for as many channels at once as a register holds. The last block of a pixel's
 * channels may overlap the one before it: what is computed twice is the same both times.
 */
#pragma once

#include <limits>

#include "dl_base_pool.hpp"
#include "dl_simd_real.hpp"
#include "dl_simd_vector.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

template <typename V, typename T>
void max_of_windows(const PoolArgs &args, int begin, int end) {
    const T *src = static_cast<const T *>(args.src);
    T *dst = static_cast<T *>(args.dst);
    for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
        for_each_block<V::LANES>(args.c, [&](int64_t c) {
            V best = V::set(std::numeric_limits<T>::lowest());
            for_each_tap(args, image, window,
                         [&](int64_t tap) { best = V::max(best, V::load(src + tap * args.src_pitch + c)); });
            best.store(dst + pixel * args.dst_pitch + c);
        });
    });
}

constexpr int MAX_POOL_COLUMNS = 256;

/** First compute the maximum of each column, which overlapping windows share, then the maximum of each window's
 * columns. Rows have at most MAX_POOL_COLUMNS pixels. */
template <typename V, typename T>
void max_of_columns(const PoolArgs &args, int begin, int end) {
    const int64_t pitch = static_cast<int64_t>(args.w) * args.src_pitch;
    V columns[MAX_POOL_COLUMNS];
    for (int unit = begin; unit < end; unit++) {
        const T *image = static_cast<const T *>(args.src) + unit / args.out_h * args.h * pitch;
        T *row = static_cast<T *>(args.dst) + static_cast<int64_t>(unit) * args.out_w * args.dst_pitch;
        const int start = unit % args.out_h * args.stride_h - args.pad_top;
        int first_y, last_y;
        clip_taps(start, args.kernel_h, args.dilation_h, 0, args.h, &first_y, &last_y);
        const T *top = image + (start + static_cast<int64_t>(first_y) * args.dilation_h) * pitch;
        for_each_block<V::LANES>(args.c, [&](int64_t c) {
            for (int x = 0; x < args.w; x++) {
                const T *at = top + static_cast<int64_t>(x) * args.src_pitch + c;
                V best = V::set(std::numeric_limits<T>::lowest());
                for (int y = first_y; y < last_y; y++, at += args.dilation_h * pitch) {
                    best = V::max(best, V::load(at));
                }
                columns[x] = best;
            }
            for (int x = 0; x < args.out_w; x++) {
                const int left = x * args.stride_w - args.pad_left;
                int first_x, last_x;
                clip_taps(left, args.kernel_w, args.dilation_w, 0, args.w, &first_x, &last_x);
                V best = V::set(std::numeric_limits<T>::lowest());
                for (int i = first_x; i < last_x; i++) {
                    best = V::max(best, columns[left + i * args.dilation_w]);
                }
                best.store(row + static_cast<int64_t>(x) * args.dst_pitch + c);
            }
        });
    }
}

/** Choose the widest register that the channels of a pixel, at least 16 bytes, fill. */
template <typename T, int BYTES = REGISTER_BYTES>
void max_pool_of(const PoolArgs &args, int begin, int end) {
    if constexpr (BYTES > 16) {
        if (args.c * sizeof(T) < BYTES) {
            return max_pool_of<T, BYTES / 2>(args, begin, end);
        }
    }
    using V = Vector<T, BYTES>;
    const int64_t by_columns =
        static_cast<int64_t>(args.kernel_h) * args.stride_w + args.kernel_w;  // loads for an output
    if (args.w <= MAX_POOL_COLUMNS && by_columns < static_cast<int64_t>(args.kernel_h) * args.kernel_w) {
        max_of_columns<V, T>(args, begin, end);
    } else {
        max_of_windows<V, T>(args, begin, end);
    }
}

/** MaxPool of floats. */
inline void max_pool_of_floats(const PoolArgs &args, int begin, int end) {
    const float *src = static_cast<const float *>(args.src);
    float *dst = static_cast<float *>(args.dst);
    for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
        for_each_block<Real::LANES>(args.c, [&](int64_t c) {
            Real best = Real::set(-std::numeric_limits<float>::infinity());
            for_each_tap(args, image, window, [&](int64_t tap) {
                const Real value = Real::load(src + tap * args.src_pitch + c);
                best = Real::choose(best >= value, best, value);  // as the reference kernel does with NaN
            });
            best.store(dst + pixel * args.dst_pitch + c);
        });
    });
}

/** AveragePool: of floats, or of integers where a float holds the sum of a window exactly. */
template <typename T, typename Rounding>
void average_pool_of(const PoolArgs &args, int begin, int end) {
    const Real rescale = Real::set(DL_SCALE(args.types.src_exponent - args.types.dst_exponent));
    const T *src = static_cast<const T *>(args.src);
    T *dst = static_cast<T *>(args.dst);
    for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
        const Real count = Real::set(static_cast<float>(window.count > 1 ? window.count : 1));
        for_each_block<Real::LANES>(args.c, [&](int64_t c) {
            Real sum = Real::set(0);
            for_each_tap(args, image, window,
                         [&](int64_t tap) { sum = sum + Real::load(src + tap * args.src_pitch + c); });
            const Real mean = sum / count * rescale;
            quantize_real<T, Rounding>(mean, Real::set(1.0f)).store(dst + pixel * args.dst_pitch + c);
        });
    });
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
