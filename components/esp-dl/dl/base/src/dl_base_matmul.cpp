#include "dl_base_matmul.hpp"

#include "dl_base_wing.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {

/** Compute the units [begin, end), each of which is a row of Y. */
template <typename T, typename Accumulator, typename Finish>
static void matmul_rows(const MatmulArgs &args, int begin, int end, Finish finish) {
    const int block = weight_block(args.dtype);
    for (int unit = begin; unit < end; unit++) {
        const int batch = unit / args.m;
        const T *a = static_cast<const T *>(args.a) +
                     (static_cast<size_t>(args.a_batch[batch]) * args.m + unit % args.m) * args.k;
        const T *b = static_cast<const T *>(args.b) + static_cast<size_t>(args.b_batch[batch]) * args.n * args.k;
        T *y = static_cast<T *>(args.output) + static_cast<size_t>(unit) * args.n;
        for (int n = 0; n < args.n; n++) {
            Accumulator sum = 0;
            for (int k = 0; k < args.k; k++) {
                sum += static_cast<Accumulator>(a[k]) * b[weight_index(args.layout, block, args.n, args.k, n, k)];
            }
            y[n] = finish(sum);
        }
    }
}

template <typename T, typename Rounding>
static void matmul_integer(const MatmulArgs &args, int begin, int end) {
    matmul_rows<T, int64_t>(args, begin, end, [&](int64_t sum) {
        const int64_t value = shift_and_round<Rounding>(accumulator<T>(sum), args.shift);
        return saturate<T>(args.relu && value < 0 ? 0 : value);
    });
}

static void matmul_float(const MatmulArgs &args, int begin, int end) {
    matmul_rows<float, double>(args, begin, end, [&](double sum) {
        const float value = static_cast<float>(sum);
        return args.relu && value < 0 ? 0.0f : value;
    });
}

static bool prepare_rows(MatmulArgs &args) {
    args.units = static_cast<int>(args.a_batch.size()) * args.m;
    return true;
}

static const Kernel<MatmulArgs> s_kernels[] = {
    {"dl_reference_s8_matmul", [](const MatmulArgs &args) { return args.dtype == DATA_TYPE_INT8; }, prepare_rows,
     matmul_integer<int8_t, RoundHalfUp>, matmul_integer<int8_t, RoundHalfEven>},
    {"dl_reference_s16_matmul", [](const MatmulArgs &args) { return args.dtype == DATA_TYPE_INT16; }, prepare_rows,
     matmul_integer<int16_t, RoundHalfUp>, matmul_integer<int16_t, RoundHalfEven>},
    {"dl_reference_f32_matmul", [](const MatmulArgs &args) { return args.dtype == DATA_TYPE_FLOAT; }, prepare_rows,
     matmul_float, matmul_float},
};

BoundKernel<MatmulArgs> select_matmul(MatmulArgs &args) {
    return select_kernel<MatmulArgs>(&Wing::matmul, s_kernels, args);
}

}  // namespace base
}  // namespace dl
