#include "dl_base_pool.hpp"

#include <algorithm>
#include <limits>

#include "dl_base_rescale.hpp"
#if DL_ISA_X86
#include "avx2/dl_avx2_kernels.hpp"
#include "avx512vnni/dl_avx512vnni_kernels.hpp"
#elif DL_ISA_NEON
#include "neon_dotprod/dl_neon_dotprod_kernels.hpp"
#endif

namespace dl {
namespace base {

namespace {

template <typename Rounding>
void dl_reference_max_pool(const PoolArgs &args, int begin, int end) {
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
void dl_reference_average_pool(const PoolArgs &args, int begin, int end) {
    with_quantized_dtype(args.types.src_dtype, [&](auto in) {
        using In = decltype(in);
        with_quantized_dtype(args.types.dst_dtype, [&](auto out) {
            using Out = decltype(out);
            using Sum = std::conditional_t<std::is_floating_point_v<In>, float, int64_t>;
            const float rescale = DL_SCALE(args.types.src_exponent - args.types.dst_exponent);
            const In *src = static_cast<const In *>(args.src);
            Out *dst = static_cast<Out *>(args.dst);
            for_each_window(args, begin, end, [&](int64_t image, int64_t pixel, const PoolWindow &window) {
                const float count = (float)std::max(window.count, 1);
                for (int c = 0; c < args.c; c++) {
                    Sum sum = 0;
                    for_each_tap(args, image, window, [&](int64_t tap) { sum += src[tap * args.src_pitch + c]; });
                    // A division: the product with 1 / count would miss ties.
                    const float mean = (float)sum / count * rescale;
                    dst[pixel * args.dst_pitch + c] = quantize_real<Out, Rounding>(mean);
                }
            });
        });
    });
}

#if DL_ISA_X86 || DL_ISA_NEON
template <typename T>
bool is_all(const PoolArgs &args) {
    constexpr dtype_t dtype = sizeof(T) == 1 ? DATA_TYPE_INT8 : DATA_TYPE_INT16;
    return args.types.src_dtype == dtype && args.types.dst_dtype == dtype;
}

template <typename T>
bool fits_max(const PoolArgs &args) {
    return is_all<T>(args) && args.types.is_plain() && args.c * sizeof(T) >= 16;
}

/** Also sums that float holds exactly. */
template <typename T, int CHANNELS>
bool fits_average(const PoolArgs &args) {
    return is_all<T>(args) && args.c >= CHANNELS &&
           (int64_t)args.kernel_h * args.kernel_w <= 1 << (sizeof(T) == 1 ? 17 : 9);
}
#endif

const Kernel<PoolArgs> s_max_kernels[] = {
#if DL_ISA_X86
    {"dl_avx512vnni_s8_max_pool_64", ISA_AVX512VNNI, fits_max<int8_t>, nullptr, dl_avx512vnni_s8_max_pool_64,
     dl_avx512vnni_s8_max_pool_64},
    {"dl_avx512vnni_s16_max_pool_32", ISA_AVX512VNNI, fits_max<int16_t>, nullptr, dl_avx512vnni_s16_max_pool_32,
     dl_avx512vnni_s16_max_pool_32},
    {"dl_avx2_s8_max_pool_32", ISA_AVX2, fits_max<int8_t>, nullptr, dl_avx2_s8_max_pool_32, dl_avx2_s8_max_pool_32},
    {"dl_avx2_s16_max_pool_16", ISA_AVX2, fits_max<int16_t>, nullptr, dl_avx2_s16_max_pool_16, dl_avx2_s16_max_pool_16},
#elif DL_ISA_NEON
    {"dl_neon_dotprod_s8_max_pool_16", ISA_NEON_DOTPROD, fits_max<int8_t>, nullptr, dl_neon_dotprod_s8_max_pool_16,
     dl_neon_dotprod_s8_max_pool_16},
    {"dl_neon_dotprod_s16_max_pool_8", ISA_NEON_DOTPROD, fits_max<int16_t>, nullptr, dl_neon_dotprod_s16_max_pool_8,
     dl_neon_dotprod_s16_max_pool_8},
#endif
    {"dl_reference_max_pool", ISA_REFERENCE, nullptr, nullptr, dl_reference_max_pool<RoundHalfUp>,
     dl_reference_max_pool<RoundHalfEven>},
};

const Kernel<PoolArgs> s_average_kernels[] = {
#if DL_ISA_X86
    {"dl_avx512vnni_s8_average_pool_16", ISA_AVX512VNNI, fits_average<int8_t, 16>, nullptr,
     dl_avx512vnni_s8_average_pool_16_half_up, dl_avx512vnni_s8_average_pool_16_half_even},
    {"dl_avx512vnni_s16_average_pool_16", ISA_AVX512VNNI, fits_average<int16_t, 16>, nullptr,
     dl_avx512vnni_s16_average_pool_16_half_up, dl_avx512vnni_s16_average_pool_16_half_even},
    {"dl_avx2_s8_average_pool_8", ISA_AVX2, fits_average<int8_t, 8>, nullptr, dl_avx2_s8_average_pool_8_half_up,
     dl_avx2_s8_average_pool_8_half_even},
    {"dl_avx2_s16_average_pool_8", ISA_AVX2, fits_average<int16_t, 8>, nullptr, dl_avx2_s16_average_pool_8_half_up,
     dl_avx2_s16_average_pool_8_half_even},
#elif DL_ISA_NEON
    {"dl_neon_dotprod_s8_average_pool_8", ISA_NEON_DOTPROD, fits_average<int8_t, 8>, nullptr,
     dl_neon_dotprod_s8_average_pool_8_half_up, dl_neon_dotprod_s8_average_pool_8_half_even},
    {"dl_neon_dotprod_s16_average_pool_8", ISA_NEON_DOTPROD, fits_average<int16_t, 8>, nullptr,
     dl_neon_dotprod_s16_average_pool_8_half_up, dl_neon_dotprod_s16_average_pool_8_half_even},
#endif
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
