#include "dl_base_normalization.hpp"

#include <algorithm>
#include <cmath>

#include "dl_base_rescale.hpp"

namespace dl {
namespace base {

namespace {

template <typename Rounding, typename In, typename Out>
void normalize_rows(const NormArgs &args, int begin, int end) {
    const double n = static_cast<double>(args.length);
    const float src_scale = DL_SCALE(args.types.src_exponent);
    const float inv_scale = DL_RESCALE(args.types.dst_exponent);
    for (int unit = begin; unit < end; unit++) {
        const int64_t offset = unit / args.inner * args.inner * args.length + unit % args.inner;
        const In *src = static_cast<const In *>(args.src) + offset;
        Out *dst = static_cast<Out *>(args.dst) + offset;
        auto real = [&](int64_t i) { return static_cast<float>(src[i * args.inner]) * src_scale; };
        auto sum_of = [&](auto f) {
            double sum = 0;
            for (int64_t i = 0; i < args.length; i++) {
                sum += f(static_cast<double>(real(i)));
            }
            return sum;
        };

        float mean = 0;
        float factor = 0;
        switch (args.kind) {
            case NORM_LAYER: {
                const double centre = sum_of([](double x) { return x; }) / n;
                const double variance = sum_of([&](double x) { return (x - centre) * (x - centre); }) / n;
                mean = static_cast<float>(centre);
                factor = static_cast<float>(1.0 / std::sqrt(variance + args.epsilon));
                break;
            }
            case NORM_RMS:
                factor = static_cast<float>(1.0 / std::sqrt(sum_of([](double x) { return x * x; }) / n + args.epsilon));
                break;
            case NORM_L1:
                factor = std::max(static_cast<float>(sum_of([](double x) { return std::fabs(x); })), 1e-12f);
                break;
            case NORM_L2:
                factor = std::max(static_cast<float>(std::sqrt(sum_of([](double x) { return x * x; }))), 1e-12f);
                break;
        }

        const bool is_lp = args.kind == NORM_L1 || args.kind == NORM_L2;
        for (int64_t i = 0; i < args.length; i++) {
            float y = is_lp ? real(i) / factor : (real(i) - mean) * factor;
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
    return select_kernel(s_kernels, args);
}

}  // namespace base
}  // namespace dl
