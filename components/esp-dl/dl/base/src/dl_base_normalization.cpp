#include "dl_base_normalization_reference.hpp"

#include <algorithm>
#include <cmath>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

/** The factors of a row, from real numbers. @param second variance, mean square, or sum as the norm has it */
static NormFactors real_factors(const NormArgs &args, double mean, double second) {
    switch (args.kind) {
        case NORM_LAYER:
        case NORM_RMS:
            return {static_cast<float>(mean), static_cast<float>(1.0 / std::sqrt(second + args.epsilon))};
        case NORM_L1:
            return {0, std::max(static_cast<float>(second), 1e-12f)};
        default:
            return {0, std::max(static_cast<float>(std::sqrt(second)), 1e-12f)};
    }
}

NormFactors norm_factors(const NormArgs &args, int64_t sum, int64_t second) {
    const double scale = DL_SCALE(args.types.src_exponent);
    const double n = static_cast<double>(args.length);
    switch (args.kind) {
        case NORM_LAYER: {
            // The squares of the distances to an integer are exact. It is the one next to the mean, so that what has to
            // be subtracted for the difference is small beside them.
            const double mean = static_cast<double>(sum) / n;
            const int64_t centre = std::llround(mean);
            const double rest = static_cast<double>(sum - args.length * centre) / n;
            const int64_t distances = second - 2 * centre * sum + args.length * centre * centre;
            const double variance = static_cast<double>(distances) / n - rest * rest;
            return real_factors(args, mean * scale, variance * scale * scale);
        }
        case NORM_RMS:
            return real_factors(args, 0, static_cast<double>(second) / n * scale * scale);
        case NORM_L1:
            return real_factors(args, 0, static_cast<double>(second) * scale);
        default:
            return real_factors(args, 0, static_cast<double>(second) * scale * scale);
    }
}

namespace {

NormFactors row_factors(const NormArgs &args, const float *src) {
    auto sum_of = [&](auto f) {
        double sum = 0;
        for (int64_t i = 0; i < args.length; i++) {
            sum += f(static_cast<double>(src[i * args.inner]));
        }
        return sum;
    };
    const double n = static_cast<double>(args.length);
    switch (args.kind) {
        case NORM_LAYER: {
            const double mean = sum_of([](double x) { return x; }) / n;
            return real_factors(args, mean, sum_of([&](double x) { return (x - mean) * (x - mean); }) / n);
        }
        case NORM_RMS:
            return real_factors(args, 0, sum_of([](double x) { return x * x; }) / n);
        case NORM_L1:
            return real_factors(args, 0, sum_of([](double x) { return std::fabs(x); }));
        default:
            return real_factors(args, 0, sum_of([](double x) { return x * x; }));
    }
}

template <typename In>
NormFactors row_factors(const NormArgs &args, const In *src) {
    int64_t sum = 0, second = 0;
    for (int64_t i = 0; i < args.length; i++) {
        const int64_t x = src[i * args.inner];
        sum += x;
        second += args.kind == NORM_L1 ? std::abs(x) : x * x;
    }
    return norm_factors(args, sum, second);
}

template <typename Rounding, typename In, typename Out>
void normalize_rows(const NormArgs &args, int begin, int end) {
    const float src_scale = DL_SCALE(args.types.src_exponent);
    const float inv_scale = DL_RESCALE(args.types.dst_exponent);
    const bool is_lp = args.kind == NORM_L1 || args.kind == NORM_L2;
    for (int unit = begin; unit < end; unit++) {
        const int64_t offset = unit / args.inner * args.inner * args.length + unit % args.inner;
        const In *src = static_cast<const In *>(args.src) + offset;
        Out *dst = static_cast<Out *>(args.dst) + offset;
        const NormFactors row = row_factors(args, src);
        for (int64_t i = 0; i < args.length; i++) {
            const float x = static_cast<float>(src[i * args.inner]) * src_scale;
            float y = is_lp ? x / row.factor : (x - row.mean) * row.factor;
            if (!args.scale.empty()) {
                y *= args.scale[i];
            }
            if (!args.bias.empty()) {
                y += args.bias[i];
            }
            dst[i * args.inner] = quantize_real<Out, Rounding>(y * inv_scale);
        }
    }
}

template <typename Rounding>
void dl_reference_any_normalization(const NormArgs &args, int begin, int end) {
    with_quantized_dtype(args.types.src_dtype, [&](auto in) {
        with_quantized_dtype(args.types.dst_dtype, [&](auto out) {
            normalize_rows<Rounding, decltype(in), decltype(out)>(args, begin, end);
        });
    });
}

const Kernel<NormArgs> s_kernels[] = {
    {"dl_reference_any_normalization", nullptr, nullptr, dl_reference_any_normalization<RoundHalfUp>,
     dl_reference_any_normalization<RoundHalfEven>},
};

}  // namespace

BoundKernel<NormArgs> select_normalization(NormArgs &args) {
    return select_kernel<NormArgs>(&Wing::normalization, s_kernels, args);
}

}  // namespace base
}  // namespace dl
