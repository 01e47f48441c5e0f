#include "dl_base_pool.hpp"

#include <algorithm>
#include <limits>

#include "dl_base_rescale.hpp"

namespace dl {
namespace base {

namespace {

/** Input pixels under one output pixel. */
struct Window {
    int start_y, start_x;
    int first_y, last_y;  ///< taps inside the input
    int first_x, last_x;
    int count;  ///< elements of the mean
};

template <typename F>
void for_each_window(const PoolArgs &args, int begin, int end, F f) {
    for (int unit = begin; unit < end; unit++) {
        const int image = unit / args.out_h;
        Window window;
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
            f((int64_t)image * args.h * args.w, (int64_t)unit * args.out_w + x, window);
        }
    }
}

/** Calls f with the index of every pixel of the window inside the input. */
template <typename F>
void for_each_tap(const PoolArgs &args, int64_t image, const Window &window, F f) {
    for (int i = window.first_y; i < window.last_y; i++) {
        const int64_t row = image + (int64_t)(window.start_y + i * args.dilation_h) * args.w;
        for (int j = window.first_x; j < window.last_x; j++) {
            f(row + window.start_x + j * args.dilation_w);
        }
    }
}

template <typename Rounding>
void dl_reference_max_pool(const PoolArgs &args, int begin, int end) {
    with_quantized_dtype(args.src_dtype, [&](auto in) {
        using In = decltype(in);
        with_quantized_dtype(args.dst_dtype, [&](auto out) {
            using Out = decltype(out);
            const In *src = static_cast<const In *>(args.src);
            Out *dst = static_cast<Out *>(args.dst);
            for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const Window &window) {
                for (int c = 0; c < args.c; c++) {
                    In best = std::is_floating_point_v<In> ? -std::numeric_limits<In>::infinity()
                                                           : std::numeric_limits<In>::lowest();
                    for_each_tap(args, image, window, [&](int64_t tap) {
                        const In value = src[tap * args.c + c];
                        // Written so that a NaN is kept.
                        best = value <= best ? best : value;
                    });
                    dst[pixel * args.c + c] = rescale<Out, Rounding>(best, args.src_exponent, args.dst_exponent);
                }
            });
        });
    });
}

template <typename Rounding>
void dl_reference_average_pool(const PoolArgs &args, int begin, int end) {
    with_quantized_dtype(args.src_dtype, [&](auto in) {
        using In = decltype(in);
        with_quantized_dtype(args.dst_dtype, [&](auto out) {
            using Out = decltype(out);
            using Sum = std::conditional_t<std::is_floating_point_v<In>, float, int64_t>;
            const float rescale = DL_SCALE(args.src_exponent - args.dst_exponent);
            const In *src = static_cast<const In *>(args.src);
            Out *dst = static_cast<Out *>(args.dst);
            for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const Window &window) {
                const float count = (float)std::max(window.count, 1);
                for (int c = 0; c < args.c; c++) {
                    Sum sum = 0;
                    for_each_tap(args, image, window, [&](int64_t tap) { sum += src[tap * args.c + c]; });
                    // A division: the product with 1 / count would miss ties.
                    const float mean = (float)sum / count * rescale;
                    dst[pixel * args.c + c] = quantize_real<Out, Rounding>(mean);
                }
            });
        });
    });
}

const Kernel<PoolArgs> s_max_kernels[] = {
    {"dl_reference_max_pool", ISA_REFERENCE, nullptr, nullptr, dl_reference_max_pool<RoundHalfUp>,
     dl_reference_max_pool<RoundHalfEven>},
};

const Kernel<PoolArgs> s_average_kernels[] = {
    {"dl_reference_average_pool", ISA_REFERENCE, nullptr, nullptr, dl_reference_average_pool<RoundHalfUp>,
     dl_reference_average_pool<RoundHalfEven>},
};

}  // namespace

BoundKernel<PoolArgs> select_max_pool(PoolArgs &args) {
    return select_kernel(s_max_kernels, args);
}

BoundKernel<PoolArgs> select_average_pool(PoolArgs &args) {
    return select_kernel(s_average_kernels, args);
}

}  // namespace base
}  // namespace dl
