#include "dl_base_pool.hpp"

#include <algorithm>
#include <limits>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

namespace {

template <typename Rounding>
void dl_reference_any_max_pool(const PoolArgs &args, int begin, int end) {
    with_quantized_dtype(args.types.src_dtype, [&](auto in) {
        using In = decltype(in);
        with_quantized_dtype(args.types.dst_dtype, [&](auto out) {
            using Out = decltype(out);
            const In *src = static_cast<const In *>(args.src);
            Out *dst = static_cast<Out *>(args.dst);
            for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
                for (int c = 0; c < args.c; c++) {
                    In best = std::is_floating_point_v<In> ? -std::numeric_limits<In>::infinity()
                                                           : std::numeric_limits<In>::lowest();
                    for_each_tap(args, image, window, [&](int64_t tap) {
                        const In value = src[tap * args.src_pitch + c];
                        // Written so that a NaN is kept.
                        best = value <= best ? best : value;
                    });
                    dst[pixel * args.dst_pitch + c] =
                        rescale<Out, Rounding>(best, args.types.src_exponent, args.types.dst_exponent);
                }
            });
        });
    });
}

template <typename Rounding>
void dl_reference_any_average_pool(const PoolArgs &args, int begin, int end) {
    with_quantized_dtype(args.types.src_dtype, [&](auto in) {
        using In = decltype(in);
        with_quantized_dtype(args.types.dst_dtype, [&](auto out) {
            using Out = decltype(out);
            using Sum = std::conditional_t<std::is_floating_point_v<In>, float, int64_t>;
            const float rescale = DL_SCALE(args.types.src_exponent - args.types.dst_exponent);
            const In *src = static_cast<const In *>(args.src);
            Out *dst = static_cast<Out *>(args.dst);
            for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
                const float count = static_cast<float>(std::max(window.count, 1));
                for (int c = 0; c < args.c; c++) {
                    Sum sum = 0;
                    for_each_tap(args, image, window, [&](int64_t tap) { sum += src[tap * args.src_pitch + c]; });
                    // A division: the product with 1 / count would miss ties.
                    const float mean = static_cast<float>(sum) / count * rescale;
                    dst[pixel * args.dst_pitch + c] = quantize_real<Out, Rounding>(mean);
                }
            });
        });
    });
}

const Kernel<PoolArgs> s_max_kernels[] = {
    {"dl_reference_any_max_pool", nullptr, nullptr, dl_reference_any_max_pool<RoundHalfUp>,
     dl_reference_any_max_pool<RoundHalfEven>},
};

const Kernel<PoolArgs> s_average_kernels[] = {
    {"dl_reference_any_average_pool", nullptr, nullptr, dl_reference_any_average_pool<RoundHalfUp>,
     dl_reference_any_average_pool<RoundHalfEven>},
};

}  // namespace

BoundKernel<PoolArgs> select_max_pool(PoolArgs &args) {
    return select_kernel<PoolArgs>(&Wing::max_pool, s_max_kernels, args);
}

BoundKernel<PoolArgs> select_average_pool(PoolArgs &args) {
    return select_kernel<PoolArgs>(&Wing::average_pool, s_average_kernels, args);
}

}  // namespace base
}  // namespace dl
