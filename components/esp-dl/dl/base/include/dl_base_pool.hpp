/**
 * @file dl_base_pool.hpp
 * MaxPool and AveragePool over NHWC (1-D: NWC, with h = 1).
 */
#pragma once

#include <cstdint>
#include <vector>

#include "dl_base_copy.hpp"
#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

struct PoolArgs {
    const void *src = nullptr;  ///< [n, h, w, c]
    void *dst = nullptr;        ///< [n, out_h, out_w, c]
    int n = 1, h = 1, w = 1, c = 1;
    int out_h = 1, out_w = 1;
    int src_pitch = 1;  ///< elements from one input pixel to the next, at least c
    int dst_pitch = 1;  ///< elements from one output pixel to the next, at least c
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    bool count_include_pad = false;  ///< AveragePool: padding counts as elements of value 0
    CopyTypes types;
    int units = 0;  ///< output rows: n * out_h
};

/**
 * Choose the kernel of MaxPool: the largest element of the window, padding left out, rescaled to the output. A window
 * that lies wholly in the padding gives the lowest value of the input's type.
 */
BoundKernel<PoolArgs> select_max_pool(PoolArgs &args);

/**
 * Choose the kernel of AveragePool: round(float(sum) / count * 2^(src_exponent - dst_exponent)), in float. `count` is
 * the number of the window's elements that lie inside the input, or, with count_include_pad, inside the padded input. A
 * window without elements gives 0.
 */
BoundKernel<PoolArgs> select_average_pool(PoolArgs &args);

/** Find the taps of a window that lie inside [low, high) along one axis: the indices [first, last) of the kernel. */
static inline void clip_taps(int start, int kernel, int dilation, int low, int high, int *first, int *last) {
    *first = start >= low ? 0 : (low - start + dilation - 1) / dilation;
    *last = start >= high ? 0 : (high - start + dilation - 1) / dilation;
    *last = *last < kernel ? *last : kernel;
    *first = *first < *last ? *first : *last;
}

/** The input pixels under an output pixel. */
struct PoolWindow {
    int start_y, start_x;
    int first_y, last_y;  ///< taps inside the input
    int first_x, last_x;
    int count;  ///< elements that the mean is taken over
};

// The two walks below are always inlined: as calls, they would leave a kernel's registers in memory at each pixel.

/** Call f(index of the image's first pixel, index of the output pixel, window) for all output pixels of the rows
 * [begin, end). */
template <typename F>
inline __attribute__((always_inline)) void for_each_window(const PoolArgs &args, int begin, int end, F f) {
    for (int unit = begin; unit < end; unit++) {
        const int image = unit / args.out_h;
        PoolWindow window;
        window.start_y = (unit % args.out_h) * args.stride_h - args.pad_top;
        clip_taps(window.start_y, args.kernel_h, args.dilation_h, 0, args.h, &window.first_y, &window.last_y);
        for (int x = 0; x < args.out_w; x++) {
            window.start_x = x * args.stride_w - args.pad_left;
            clip_taps(window.start_x, args.kernel_w, args.dilation_w, 0, args.w, &window.first_x, &window.last_x);
            window.count = (window.last_y - window.first_y) * (window.last_x - window.first_x);
            if (args.count_include_pad) {
                int first_y, last_y, first_x, last_x;
                clip_taps(window.start_y, args.kernel_h, args.dilation_h, -args.pad_top, args.h + args.pad_bottom,
                          &first_y, &last_y);
                clip_taps(window.start_x, args.kernel_w, args.dilation_w, -args.pad_left, args.w + args.pad_right,
                          &first_x, &last_x);
                window.count = (last_y - first_y) * (last_x - first_x);
            }
            f(static_cast<int64_t>(image) * args.h * args.w, static_cast<int64_t>(unit) * args.out_w + x, window);
        }
    }
}

/** Call f with the index of each pixel of the window that lies inside the input. */
template <typename F>
inline __attribute__((always_inline)) void for_each_tap(const PoolArgs &args, int64_t image, const PoolWindow &window,
                                                        F f) {
    for (int i = window.first_y; i < window.last_y; i++) {
        const int64_t row = image + static_cast<int64_t>(window.start_y + i * args.dilation_h) * args.w;
        for (int j = window.first_x; j < window.last_x; j++) {
            f(row + window.start_x + j * args.dilation_w);
        }
    }
}

}  // namespace base
}  // namespace dl
