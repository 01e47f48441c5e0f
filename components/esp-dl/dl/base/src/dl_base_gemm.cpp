#include "dl_base_gemm.hpp"

#include "dl_rounding.hpp"

namespace dl {
namespace base {

template <typename T, typename Accumulator, typename Finish>
static void gemm_rows(const GemmArgs &args, int begin, int end, Finish finish) {
    const T *weights = reinterpret_cast<const T *>(args.weights.data());
    for (int m = begin; m < end; m++) {
        const T *a = static_cast<const T *>(args.input) + static_cast<size_t>(m) * args.a_stride_m;
        T *y = static_cast<T *>(args.output) + static_cast<size_t>(m) * args.n;
        for (int n = 0; n < args.n; n++) {
            const T *b = weights + static_cast<size_t>(n) * args.k;
            Accumulator sum = 0;
            for (int k = 0; k < args.k; k++) {
                sum += static_cast<Accumulator>(a[static_cast<size_t>(k) * args.a_stride_k]) * b[k];
            }
            y[n] = finish(sum, n, static_cast<size_t>(m) * args.c_stride_m + static_cast<size_t>(n) * args.c_stride_n);
        }
    }
}

template <typename T, typename Rounding>
static void gemm_integer(const GemmArgs &args, int begin, int end) {
    gemm_rows<T, int64_t>(args, begin, end, [&](int64_t sum, int n, size_t c) {
        const int64_t value = shift_and_round<Rounding>(accumulator<T>(sum + args.bias[c]), args.shifts[n]);
        return saturate<T>(args.relu && value < 0 ? 0 : value);
    });
}

static void gemm_float(const GemmArgs &args, int begin, int end) {
    gemm_rows<float, double>(args, begin, end, [&](double sum, int, size_t c) {
        const float value = static_cast<float>(args.alpha * sum + static_cast<double>(args.beta) * args.bias_float[c]);
        return args.relu && value < 0 ? 0.0f : value;
    });
}

static const Kernel<GemmArgs> s_kernels[] = {
    {"dl_reference_s8_gemm", [](const GemmArgs &args) { return args.dtype == DATA_TYPE_INT8; }, nullptr,
     gemm_integer<int8_t, RoundHalfUp>, gemm_integer<int8_t, RoundHalfEven>},
    {"dl_reference_s16_gemm", [](const GemmArgs &args) { return args.dtype == DATA_TYPE_INT16; }, nullptr,
     gemm_integer<int16_t, RoundHalfUp>, gemm_integer<int16_t, RoundHalfEven>},
    {"dl_reference_f32_gemm", [](const GemmArgs &args) { return args.dtype == DATA_TYPE_FLOAT; }, nullptr, gemm_float,
     gemm_float},
};

BoundKernel<GemmArgs> select_gemm(GemmArgs &args) {
    args.units = args.m;
    return select_kernel(s_kernels, args);
}

}  // namespace base
}  // namespace dl
